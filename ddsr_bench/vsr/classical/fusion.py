"""Multi-frame fusion: neighbours are brought onto the output grid along their motion and averaged where they agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.classical.back_projection import project_back
from ddsr_bench.vsr.classical.motion import Motion, warp_enlarged
from ddsr_bench.vsr.classical.pixels import Array, luma_of, noise_level, to_bytes, to_float
from ddsr_bench.vsr.classical.resize import blur, enlarge

#: Frames on each side that are looked at.
RADIUS = 2
_LEAST = 3.0  # grey levels of disagreement that count as none


def make_flow_fusion(scale: int) -> Callable[[Sequence[Frame], int], Frame]:
    """Start a shot: the function that makes one frame from its window.

    Source: registration and interpolation on the output grid (Ur and Gross, CVGIP 54(2), 1992; Park, Park, Kang,
    "Super-resolution image reconstruction: a technical overview", IEEE Signal Processing Magazine 20(3), 2003), with
    dense flow for registration and weights that fall with disagreement as a Gaussian does.
    """
    motion = Motion()

    def upscale(window: Sequence[Frame], middle: int) -> Frame:
        fused, _ = fuse(motion, window, middle, scale)
        low = to_float(window[middle])
        # Averages of interpolations are soft; the middle frame itself says by how much, its noise left aside.
        return to_bytes(project_back(fused, blur(low, 0.3), scale, 1, 0.6))

    return upscale


def fuse(motion: Motion, window: Sequence[Frame], middle: int, scale: int) -> tuple[Array, Array]:
    """The weighted mean of the window on the output grid, float32 (sH, sW, 3), and its weights' sum (sH, sW)."""
    frame = window[middle]
    base = enlarge(to_float(frame), scale, "bicubic")
    luma = luma_of(base)
    spread = np.float32(max(_LEAST, 2.0 * noise_level(luma_of(to_float(frame)))))
    total, weights = base.copy(), np.ones(base.shape[:2], np.float32)
    for place, other in enumerate(window):
        if place == middle:
            continue
        fetched, trust = warp_enlarged(to_float(other), motion.flow(frame, other), scale)
        apart = blur(np.abs(luma_of(fetched) - luma), 0.5 * scale)
        weight = trust * cv2.exp(-((apart / spread) ** 2) / 2)
        total += fetched * weight[..., None]
        weights += weight
    return total / weights[..., None], weights
