"""spec -> recipe: drawing, pure and fast; no pixel is touched here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ddsr_bench import seeding
from ddsr_bench.degrade.check import typed
from ddsr_bench.degrade.recipe import ClipInfo, Recipe, RecipeStage
from ddsr_bench.degrade.spec import Alternative, Spec, StageSpec
from ddsr_bench.degrade.stage import get_stage
from ddsr_bench.degrade.values import Shared, Value, pick
from ddsr_bench.errors import DdsrError


def sample(spec: Spec, seed: int, clip: ClipInfo, scale: int, variant: int = 0) -> Recipe:
    """Draw a recipe of ``spec`` for ``clip``.

    Each draw is addressed by (seed, clip id, variant, place in the spec, parameter): the same arguments give the
    same recipe whatever else is drawn, and a new parameter changes no other.

    Raises:
        DdsrError: the clip is smaller than the scale, or too short for a stage that was drawn.
    """
    if clip.width < scale or clip.height < scale:
        raise DdsrError(f"{clip.id}: {clip.width}x{clip.height} is smaller than the scale {scale}; use a larger clip")
    recipe_seed = seeding.derive_seed("recipe", seed, clip.id, variant)
    draw = _Draw(spec, recipe_seed, clip, scale)
    stages = _ending_at_lr(tuple(draw.stages(spec.stages, "")))
    recipe = Recipe(preset=spec.name, spec_sha256=spec.sha256, clip=clip, scale=scale, seed=recipe_seed, stages=stages)
    check_length(recipe)
    return recipe


def _ending_at_lr(stages: tuple[RecipeStage, ...]) -> tuple[RecipeStage, ...]:
    """Bring the clip to the LR size at the end, where the last stage that changes its size does not."""
    sizing = [stage for stage in stages if _changes_size(stage)]
    if sizing and sizing[-1].params.get("to") == "lr":
        return stages
    return (*stages, RecipeStage(kind="resize", key="end", params={"mode": "area", "to": "lr"}))


def _changes_size(stage: RecipeStage) -> bool:
    changes = getattr(get_stage(stage.kind), "changes_size", None)
    return changes is not None and bool(changes(stage.params))


def check_length(recipe: Recipe) -> None:
    """Raise DdsrError where the clip is shorter than a stage of its recipe needs."""
    for stage in recipe.stages:
        needed = getattr(get_stage(stage.kind), "minimum_frames", None)
        if needed is None:
            continue
        least = needed(stage.typed())
        if recipe.clip.frames < least:
            plural = "" if recipe.clip.frames == 1 else "s"
            raise DdsrError(
                f"{recipe.clip.id}: {recipe.clip.frames} frame{plural}, but preset {recipe.preset!r} needs {least} "
                f"for its {stage.kind} stage; use --preset bicubic or a longer clip"
            )


@dataclass(frozen=True)
class _Draw:
    spec: Spec
    seed: int
    clip: ClipInfo
    scale: int

    def rng(self, *address: str) -> np.random.Generator:
        return seeding.generator("draw", self.seed, *address)

    def stages(self, members: tuple[StageSpec, ...], path: str) -> Iterator[RecipeStage]:
        for index, member in enumerate(members):
            yield from self.stage(member, f"{path}{index}")

    def stage(self, spec: StageSpec, key: str) -> Iterator[RecipeStage]:
        for turn in range(spec.repeat):
            here = key if spec.repeat == 1 else f"{key}x{turn}"
            if self.rng(here, "prob").uniform() >= spec.prob:
                continue
            if spec.members:
                yield from self.group(spec, here)
            else:
                yield RecipeStage(kind=spec.kind, key=here, params=self.params(spec, here))

    def group(self, spec: StageSpec, key: str) -> Iterator[RecipeStage]:
        order = list(range(len(spec.members)))
        if spec.kind == "shuffle":
            self.rng(key, "order").shuffle(order)
            order = keep_order(order, [member.label for member in spec.members], spec.keep_order)
        if spec.kind == "choose":
            order = [pick(self.rng(key, "choose"), [member.share for member in spec.members])]
        for index in order:
            yield from self.stage(spec.members[index], f"{key}.{index}")

    def params(self, spec: StageSpec, key: str) -> dict[str, Any]:
        weights = [alternative.weight for alternative in spec.alternatives]
        chosen: Alternative = spec.alternatives[pick(self.rng(key, "one_of"), weights)]
        model = get_stage(spec.kind).Params
        return {name: self.value(typed(model, name, value), key, name) for name, value in chosen.values.items()}

    def value(self, value: Value, key: str, name: str) -> Any:
        if isinstance(value, Shared):
            return self.value(self.spec.shared[value.name], "shared", value.name)
        rate = float(self.clip.rate)
        drawn = value.draw(self.rng(key, name), self.scale, self.clip.frames, rate)
        return list(drawn) if isinstance(drawn, tuple) else drawn


def keep_order(order: list[int], labels: list[str], keep: tuple[str, ...]) -> list[int]:
    """``order`` with the members labelled in ``keep`` put into that order, in the places they hold."""
    places = sorted(order.index(labels.index(label)) for label in keep)
    result = list(order)
    for place, label in zip(places, keep, strict=True):
        result[place] = labels.index(label)
    return result
