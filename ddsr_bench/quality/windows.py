"""Gaussian windows and half-size pictures, as the measures that compare structure use them."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@lru_cache(maxsize=16)
def gaussian(size: int, sigma: float) -> NDArray[np.float64]:
    """Taps of MATLAB's ``fspecial("gaussian", size, sigma)`` along one axis; float64 (size,), sum 1."""
    x = np.arange(size) - (size - 1) / 2
    taps = np.asarray(np.exp(-(x**2) / (2 * sigma**2)), np.float64)
    taps /= taps.sum()
    taps.flags.writeable = False
    return taps


def smooth(plane: Array, taps: NDArray[np.float64]) -> Array:
    """Filter along both axes where the window lies inside the picture (MATLAB's ``"valid"``).

    Args:
        plane: float (H, W), no side shorter than ``taps``.
        taps: float64 (n,), n odd, symmetric.

    Returns:
        the plane's dtype, (H - n + 1, W - n + 1), a view.
    """
    edge = len(taps) // 2
    filtered = cv2.sepFilter2D(plane, -1, taps, taps)
    height, width = plane.shape
    return np.asarray(filtered[edge : height - edge, edge : width - edge])


def halve(plane: Array, border: int) -> Array:
    """Means of 2x2 samples; ``border`` (an OpenCV border type) says what stands beyond an odd last row or column.

    float (H, W) -> (ceil(H / 2), ceil(W / 2)); equal to MATLAB's filtering by ``ones(2) / 4`` and ``(1:2:end)``.
    """
    height, width = plane.shape
    if height % 2 or width % 2:
        plane = cv2.copyMakeBorder(plane, 0, height % 2, 0, width % 2, border, value=0)
    size = (plane.shape[1] // 2, plane.shape[0] // 2)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA))


def deviation(values: Array, less: int = 0) -> float:
    """Standard deviation over all values, the squares divided by their number less ``less``; 0 of a single one.

    NaN where a value is: OpenCV's own function makes 0 of that.
    """
    if values.size == 1:
        less = 0
    return math.sqrt(cv2.norm(values - cv2.mean(values)[0], cv2.NORM_L2SQR) / (values.size - less))


def magnitude(x: Array, y: Array) -> Array:
    """Length of vectors (x, y). Not by OpenCV's function, whose last bits depend on where an array lies in memory."""
    return np.asarray(np.sqrt(x * x + y * y))
