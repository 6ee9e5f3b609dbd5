"""From inputs and options to the items of ``generate-lr``; clips that cannot be used are failures, not the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ddsr_bench.data.discover import SourceClip
from ddsr_bench.data.generate import Item, source_clip_info
from ddsr_bench.degrade.recipe import ClipInfo, Recipe
from ddsr_bench.degrade.sampling import check_length, sample
from ddsr_bench.degrade.spec import Spec
from ddsr_bench.errors import DdsrError
from ddsr_bench.jobs import Failure
from ddsr_bench.provenance import read_json


@dataclass(frozen=True)
class Options:
    """The options that decide what is made (not how fast)."""

    root: Path
    scale: int = 4
    seed: int = 0
    variants: int = 1
    frames: tuple[int, int | None] = (0, None)
    file_format: str = "mkv"
    keep_hr: bool = False


@dataclass(frozen=True)
class Plan:
    """Items to make, and clips that cannot be used with the reason."""

    items: list[Item] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def plan(clips: list[SourceClip], options: Options, spec: Spec | None, recipes: dict[str, Recipe]) -> Plan:
    """Draw (or look up) the recipes of all clips.

    Args:
        clips: the sources.
        options: see :class:`Options`.
        spec: drawn from, where there are no ``recipes``.
        recipes: by item id; a single recipe under "" is for the single clip.
    """
    result = Plan()
    for clip in clips:
        try:
            info = source_clip_info(clip.id, clip.path, options.scale, options.frames)
            result.items.extend(_items(clip, info, options, spec, recipes))
        except DdsrError as error:
            # What speaks of the clip's id is better said of the file that the user knows.
            text = str(error)
            own = f"{clip.id}: "
            text = f"{clip.path}: {text.removeprefix(own)}" if text.startswith(own) else text
            result.failures.append(Failure(clip.id, text, "input"))
    result.items.sort(key=lambda item: (-_cost(item), item.id))
    return result


def _cost(item: Item) -> int:
    clip = item.recipe.clip
    return clip.width * clip.height * clip.frames


def _items(
    clip: SourceClip, info: ClipInfo, options: Options, spec: Spec | None, recipes: dict[str, Recipe]
) -> list[Item]:
    result = []
    for variant in range(1 if recipes else options.variants):
        item_id = clip.id if variant == 0 else f"{clip.id}_v{variant}"
        if recipes:
            found = recipes.get("") or recipes.get(item_id)
            if found is None:
                raise DdsrError(f"{clip.path}: no recipe with id {item_id!r}; give the recipe of this clip")
            recipe = _fitting(found, info, clip)
        elif spec is not None:
            recipe = sample(spec, options.seed, info, options.scale, variant)
        else:
            raise DdsrError(f"{clip.path}: neither a spec nor a recipe was given")
        result.append(
            Item(
                item_id,
                clip.id,
                variant,
                clip.path,
                recipe,
                options.root,
                options.file_format,
                options.keep_hr,
                options.frames[0],
            )
        )
    return result


def _fitting(recipe: Recipe, info: ClipInfo, clip: SourceClip) -> Recipe:
    wanted, have = recipe.clip, info
    if (wanted.width, wanted.height, wanted.frames) != (have.width, have.height, have.frames):
        raise DdsrError(
            f"{clip.path}: {have.width}x{have.height}, {have.frames} frames, but its recipe is for "
            f"{wanted.width}x{wanted.height}, {wanted.frames} frames; use the recipe of this clip"
        )
    check_length(recipe)
    return recipe


def load_recipes(path: Path) -> dict[str, Recipe]:
    """Recipes of a file (a bare recipe or a record of ``generate-lr``; under "") or of a folder (by item id).

    Raises:
        DdsrError: unreadable, no recipe in the folder, or a recipe of another version.
    """
    if not path.is_dir():
        return {"": _read(path)}
    found = {file.relative_to(path).with_suffix("").as_posix(): _read(file) for file in sorted(path.rglob("*.json"))}
    if not found:
        raise DdsrError(f"{path}: no .json recipe in it; give a recipe file or the 'recipes' folder of a dataset")
    return found


def _read(path: Path) -> Recipe:
    raw = read_json(path)
    if isinstance(raw, dict) and "record_version" in raw:
        raw = raw.get("recipe")
    return Recipe.from_dict(raw, str(path))
