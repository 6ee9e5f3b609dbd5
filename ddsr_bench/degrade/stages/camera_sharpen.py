"""Sharpening in the camera: unsharp masking of brightness, with its light and dark rims along edges."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np

from ddsr_bench.degrade.frames import to_float
from ddsr_bench.degrade.luma import luma
from ddsr_bench.degrade.raw import Array
from ddsr_bench.degrade.stage import Bounds, Frames, StageContext, StageParams, Track, at


class Params(StageParams):
    """``amount`` of detail added; ``radius``: the Gaussian's sigma in pixels of the frame the stage meets.

    ``threshold``: detail up to so many grey levels (of 255) is left alone, and the rest counts from there
    (coring).
    """

    amount: Annotated[Track, Bounds(0, 3)] = 1.0
    radius: Annotated[Track, Bounds(0.3, 10)] = 1.0
    threshold: Annotated[Track, Bounds(0, 50)] = 0.0


def apply(frames: Frames, params: Params, context: StageContext) -> Frames:
    """Yield each frame sharpened, as ``float32 (3, H, W)``; rims may leave [0, 1]."""
    for index, frame in enumerate(frames):
        planes, amount = to_float(frame), at(params.amount, index)
        if amount == 0:
            yield planes
            continue
        halo = detail(luma(planes), at(params.radius, index), at(params.threshold, index) / 255)
        halo *= np.float32(amount)
        yield planes + halo  # the same for all three channels: brightness changes, colour differences do not


def detail(bright: Array, radius: float, threshold: float) -> Array:
    """``bright`` less its Gaussian blur, moved towards 0 by ``threshold``; both float32 (H, W)."""
    fine = bright - cv2.GaussianBlur(bright, (0, 0), radius, borderType=cv2.BORDER_REFLECT_101)
    if threshold:
        fine -= np.clip(fine, -threshold, threshold)
    return np.asarray(fine)
