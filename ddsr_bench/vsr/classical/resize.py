"""Enlarging by a whole factor: each phase of the output grid is one small filter over the input.

Output sample ``j`` lies at ``(j + .5) / scale - .5`` of the input (pixel centres at halves, the field's convention),
and the picture goes on beyond its border as its own mirror image, the edge sample counting twice (MATLAB's rule).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np

from ddsr_bench.vsr.classical.pixels import Array
from ddsr_bench.vsr.resize_to import bicubic

_REACH = {"nearest": 0.5, "bilinear": 1.0, "bicubic": 2.0, "lanczos": 3.0}


def enlarge(picture: Array, scale: int, kernel: str = "bicubic") -> Array:
    """Enlarge a picture.

    Args:
        picture: float32 (H, W) or (H, W, C).
        scale: from 1 on.
        kernel: ``"nearest"``, ``"bilinear"``, ``"bicubic"`` (Keys 1981, a = -.5: MATLAB's ``imresize``) or
            ``"lanczos"`` (a = 3).

    Returns:
        float32 (scale H, scale W) or (scale H, scale W, C).
    """
    out = np.empty((picture.shape[0] * scale, picture.shape[1] * scale, *picture.shape[2:]), np.float32)
    taps = [phase_taps(scale, phase, kernel) for phase in range(scale)]
    for row, down in enumerate(taps):
        for column, across in enumerate(taps):
            out[row::scale, column::scale] = cv2.sepFilter2D(
                picture, cv2.CV_32F, across, down, borderType=cv2.BORDER_REFLECT
            )
    return out


def shrink(picture: Array, scale: int, sigma: float) -> Array:
    """What a camera of ``1 / scale`` the resolution sees: a Gaussian, then one sample a pixel.

    Args:
        picture: float32 (H, W) or (H, W, C), sides multiples of ``scale``.
        scale: from 1 on.
        sigma: of the blur in pixels of ``picture``.

    Returns:
        float32 (H / scale, W / scale[, C]); samples lie in the middle of each block, as :func:`enlarge` has it.
    """
    blurred = blur(picture, sigma)
    first, second = (scale - 1) // 2, scale // 2
    if first == second:
        return np.ascontiguousarray(blurred[first::scale, first::scale])
    # An even scale has its centres between samples: the mean of the four around.
    near, far = blurred[first::scale], blurred[second::scale]
    rows = (near + far) * np.float32(0.5)
    return np.asarray((rows[:, first::scale] + rows[:, second::scale]) * np.float32(0.5))


def blur(picture: Array, sigma: float) -> Array:
    """Gaussian blur with mirrored borders, kernel cut off at three sigma."""
    size = 2 * max(1, round(3 * sigma)) + 1
    return np.asarray(cv2.GaussianBlur(picture, (size, size), sigma, borderType=cv2.BORDER_REFLECT))


@lru_cache(maxsize=64)
def phase_taps(scale: int, phase: int, kernel: str) -> Array:
    """Weights of the input samples around output phase ``phase``, float32 (2 k + 1,), of sum 1; read-only."""
    reach = _REACH[kernel]
    offset = (phase + 0.5) / scale - 0.5
    half = int(np.ceil(reach))
    distance = np.abs(np.arange(-half, half + 1) - offset)
    weight = _SHAPES[kernel](distance)
    taps: Array = (weight / weight.sum()).astype(np.float32)
    taps.flags.writeable = False
    return taps


def _nearest(distance: Array) -> Array:
    return np.asarray(distance == distance.min(), np.float64)


def _bilinear(distance: Array) -> Array:
    return np.asarray(np.clip(1 - distance, 0, None))


def _lanczos(distance: Array) -> Array:
    return np.asarray(np.where(distance < 3, np.sinc(distance) * np.sinc(distance / 3), 0.0))


_SHAPES: dict[str, Callable[[Array], Array]] = {
    "nearest": _nearest,
    "bilinear": _bilinear,
    "bicubic": bicubic,
    "lanczos": _lanczos,
}
