"""Brightness of a planar frame, and the filter that smooths a plane along another one's edges."""

from __future__ import annotations

import cv2
import numpy as np

from ddsr_bench.degrade.raw import Array

#: ITU-R BT.601 weights of encoded red, green and blue.
RED, GREEN, BLUE = 0.299, 0.587, 0.114


def luma(planes: Array) -> Array:
    """BT.601 luma of encoded float32 (3, H, W): float32 (H, W)."""
    result = np.asarray(cv2.addWeighted(planes[0], RED, planes[1], GREEN, 0))
    return np.asarray(cv2.scaleAdd(planes[2], BLUE, result, dst=result))


def guided(guide: Array, plane: Array, radius: int, epsilon: float) -> Array:
    """Smooth ``plane`` but for what ``guide`` explains (He, Sun, Tang, "Guided image filtering", ECCV 2010).

    Args:
        guide: float32 (H, W); may be ``plane`` itself, then its edges stay and its texture goes.
        plane: float32 (H, W).
        radius: half width of the window, pixels.
        epsilon: variance of the guide below which a window counts as flat.

    Returns:
        float32 (H, W).
    """
    size = (2 * radius + 1, 2 * radius + 1)
    mean, target = _mean(guide, size), _mean(plane, size)
    variance = _mean(guide * guide, size) - mean * mean
    np.maximum(variance, 0, out=variance)
    if plane is guide:
        slope = variance / (variance + np.float32(epsilon))
    else:
        slope = (_mean(guide * plane, size) - mean * target) / (variance + np.float32(epsilon))
    offset = target - slope * mean
    result = _mean(slope, size)
    result *= guide
    result += _mean(offset, size)
    return result


def _mean(plane: Array, size: tuple[int, int]) -> Array:
    return np.asarray(cv2.blur(plane, size, borderType=cv2.BORDER_REFLECT_101))
