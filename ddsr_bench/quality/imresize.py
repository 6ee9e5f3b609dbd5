"""MATLAB's ``imresize`` for floating-point planes: bicubic, antialiased, unrounded.

Keys' kernel with a = -1/2, widened by the factor of reduction, borders mirrored with the edge sample repeated.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
# The widened kernel at 3.5, 2.5, 1.5, .5 samples, and mirrored: whole numbers of 256ths, so that halving pictures
# of whole grey levels is exact even in float32 and what was flat stays flat.
_HALF = np.array([-3, -9, 29, 111, 111, 29, -9, -3]) / 256


def imresize(planes: Array, scale: float | None = None, *, size: tuple[int, int] | None = None) -> Array:
    """Resize planes as ``imresize(I, scale)`` or ``imresize(I, size)`` does.

    Args:
        planes: float32 or float64 (B, H, W).
        scale: factor of both axes; the result has ``ceil(scale * n)`` samples.
        size: (height, width) instead of a factor.

    Returns:
        (B, H', W') of the input's dtype; bicubic interpolation overshoots the input's range.

    Raises:
        ValueError: both or none of ``scale`` and ``size`` given, or an empty result.
    """
    if (scale is None) == (size is None):
        raise ValueError("imresize takes either scale or size")
    if scale == 0.5:
        return _halved(planes)
    shape = planes.shape[1:]
    if size is None:
        assert scale is not None
        factors, size = (scale, scale), (math.ceil(scale * shape[0]), math.ceil(scale * shape[1]))
    else:
        factors = (size[0] / shape[0], size[1] / shape[1])
    if min(size) < 1 or min(factors) <= 0:
        raise ValueError(f"imresize: {shape[0]}x{shape[1]} to {size[0]}x{size[1]} leaves nothing")
    # The axis that shrinks more goes first, as there.
    for axis in sorted((0, 1), key=lambda axis: factors[axis]):
        planes = _along(planes, axis + 1, size[axis], factors[axis])
    return planes


def _halved(planes: Array) -> Array:
    height, width = planes.shape[1:]
    result = np.empty((len(planes), (height + 1) // 2, (width + 1) // 2), planes.dtype)
    for source, target in zip(planes, result, strict=True):
        full = cv2.sepFilter2D(source, -1, _HALF, _HALF, anchor=(3, 3), borderType=cv2.BORDER_REFLECT)
        target[...] = full[::2, ::2]
    return result


def _along(planes: Array, axis: int, n_out: int, factor: float) -> Array:
    index, weight = contributions(planes.shape[axis], n_out, factor)
    shape = (-1, 1) if axis == 1 else (-1,)
    total = np.zeros(1, planes.dtype)
    for tap in range(index.shape[1]):
        total = total + planes.take(index[:, tap], axis) * weight[:, tap].astype(planes.dtype).reshape(shape)
    return total


@functools.lru_cache(maxsize=64)
def contributions(n_in: int, n_out: int, factor: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Which input samples make each output sample, and by what weight: two arrays (n_out, taps), read-only."""
    shrink = min(factor, 1.0)
    width = 4 / shrink
    centre = (np.arange(n_out) + 0.5) / factor - 0.5
    index = np.floor(centre - width / 2)[:, None] + np.arange(math.ceil(width) + 2)
    weight = _cubic((centre[:, None] - index) * shrink)
    weight /= weight.sum(axis=1, keepdims=True)
    used = weight.any(axis=0)
    folded = np.mod(index[:, used].astype(np.int64), 2 * n_in)
    index, weight = np.minimum(folded, 2 * n_in - 1 - folded), weight[:, used]
    index.flags.writeable = weight.flags.writeable = False
    return index, weight


def _cubic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    d = np.abs(x)
    near = (1.5 * d - 2.5) * d**2 + 1
    far = ((-0.5 * d + 2.5) * d - 4) * d + 2
    return np.where(d <= 1, near, np.where(d <= 2, far, 0.0))
