"""recipe -> pixels: the stages of a recipe chained over a stream of frames, with bounded memory."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from ddsr_bench.degrade import frames as forms
from ddsr_bench.degrade.linear import single_thread
from ddsr_bench.degrade.recipe import Recipe
from ddsr_bench.degrade.stage import Frame, Frames, StageContext, StageParams, get_stage
from ddsr_bench.errors import DdsrError


def apply(recipe: Recipe, frames: Iterable[Frame]) -> Frames:
    """Degrade a clip frame by frame.

    Args:
        recipe: what to do; nothing is drawn here but noise, addressed by (recipe seed, stage, frame).
        frames: ``uint8 (H, W, 3)`` RGB, at least as large as ``recipe.clip`` (what is more is cropped at the
            right and bottom).

    Yields:
        ``uint8 (recipe.lr_height, recipe.lr_width, 3)`` RGB, one for each frame of the source.

    Raises:
        DdsrError: a frame is smaller than the recipe's clip, or the source has another number of frames.
    """
    return _result(recipe, chained(recipe, frames))


def chained(recipe: Recipe, frames: Iterable[Frame]) -> Frames:
    """The stages of ``recipe`` over ``frames``, without the checks and the conversion to bytes at the end."""
    single_thread()
    stream: Frames = _source(recipe, frames)
    stages = [(stage.kind, stage.key, stage.typed()) for stage in recipe.stages]
    position = 0
    while position < len(stages):
        kind, key, params = stages[position]
        following = stages[position + 1] if position + 1 < len(stages) else None
        if following is not None and following[0] == "resize" and hasattr(get_stage(kind), "kernel"):
            stream = _fused(stream, params, following, _context(recipe, following[1]), kind)
            position += 2
        else:
            stream = get_stage(kind).apply(stream, params, _context(recipe, key))
            position += 1
    return stream


def _context(recipe: Recipe, key: str) -> StageContext:
    return StageContext(
        seed=recipe.seed,
        key=key,
        fps=recipe.clip.rate,
        frames=recipe.clip.frames,
        lr_size=(recipe.lr_height, recipe.lr_width),
        scale=recipe.scale,
    )


def _fused(
    stream: Frames, blur: StageParams, resize: tuple[str, str, StageParams], context: StageContext, kind: str
) -> Frames:
    kernel = partial(get_stage(kind).kernel, blur)
    fused: Frames = get_stage("resize").apply_with_blur(stream, resize[2], context, kernel)
    return fused


def _source(recipe: Recipe, frames: Iterable[Frame]) -> Frames:
    clip, count = recipe.clip, 0
    for frame in frames:
        height, width = frame.shape[:2]
        if height < clip.height or width < clip.width:
            raise DdsrError(
                f"{clip.id}: frame {count} is {width}x{height}, its recipe is for {clip.width}x{clip.height}"
            )
        count += 1
        yield frame[: clip.height, : clip.width]
    if count != clip.frames:
        raise DdsrError(f"{clip.id}: {count} frames, its recipe is for {clip.frames}")


def _result(recipe: Recipe, stream: Frames) -> Frames:
    for frame in stream:
        if forms.size(frame) != (recipe.lr_height, recipe.lr_width):
            height, width = forms.size(frame)
            raise DdsrError(
                f"{recipe.clip.id}: the recipe ends at {width}x{height}, not at "
                f'{recipe.lr_width}x{recipe.lr_height}; end it with a resize stage that has to = "lr"'
            )
        yield forms.to_uint8(frame)
