"""Resizing by a factor, or to the LR clip's size; see ``degrade.resample`` for the modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import model_validator

from ddsr_bench.degrade.frames import size, to_float
from ddsr_bench.degrade.kernels import Kernel
from ddsr_bench.degrade.linear import blur_resize
from ddsr_bench.degrade.stage import Bounds, Frames, StageContext, StageParams, Track, at


def changes_size(params: dict[str, object]) -> bool:
    """Whether the frames leave with another size: always."""
    return True


class Params(StageParams):
    """``factor`` multiplies both sides (rounded down; to even numbers where ``even``); or ``to = "lr"``.

    The sides are those of the frame, or those of the LR clip with ``relative_to = "lr"``.

    Exactly one of the two is given. With a factor that moves, the frames of a clip have different sizes until the
    next resize to LR or the next video codec, which brings them to the size of the first.
    """

    mode: Literal["nearest", "bilinear", "bicubic", "lanczos", "area", "matlab_bicubic", "decimate"]
    factor: Annotated[Track | None, Bounds(0.02, 8)] = None
    to: Literal["lr"] | None = None
    even: bool = False
    relative_to: Literal["frame", "lr"] = "frame"

    @model_validator(mode="after")
    def _one_target(self) -> Params:
        if (self.factor is None) == (self.to is None):
            raise ValueError("give exactly one of factor and to")
        return self


def target_size(params: Params, frame_size: tuple[int, int], index: int, context: StageContext) -> tuple[int, int]:
    """(height, width) of frame ``index`` after the resize; never below 2 pixels unless the frame is."""
    if params.factor is None:
        return context.lr_size
    factor = at(params.factor, index)
    base = context.lr_size if params.relative_to == "lr" else frame_size
    wanted = [int(side * factor + 1e-6) for side in base]
    if params.even:
        wanted = [side // 2 * 2 for side in wanted]
    height, width = (max(side, min(2, old)) for side, old in zip(wanted, frame_size, strict=True))
    return height, width


def apply(frames: Frames, params: Params, context: StageContext) -> Frames:
    """Yield each frame resized, as ``float32 (3, H', W')``."""
    return apply_with_blur(frames, params, context, lambda index: None)


def apply_with_blur(
    frames: Frames, params: Params, context: StageContext, kernel: Callable[[int], Kernel | None]
) -> Frames:
    """As :func:`apply` behind a blur whose kernel for each frame is ``kernel(index)``, in one step."""
    for index, frame in enumerate(frames):
        wanted = target_size(params, size(frame), index, context)
        yield blur_resize(to_float(frame), kernel(index), wanted, params.mode)
