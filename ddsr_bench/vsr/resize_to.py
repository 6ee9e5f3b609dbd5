"""Bringing a frame to any size: bicubic, widened where it shrinks, as MATLAB's imresize does it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from ddsr_bench.video.info import Frame

Array = np.ndarray[Any, np.dtype[Any]]


def resize_to(frame: Frame, height: int, width: int) -> Frame:
    """Bicubic (Keys 1981, a = -.5), antialiased, borders mirrored with the edge sample counting twice.

    Args:
        frame: uint8 (H, W, C).
        height, width: of the result.

    Returns:
        uint8 (height, width, C), rounded once; the frame itself where it has that size.
    """
    if frame.shape[:2] == (height, width):
        return frame
    picture = frame.astype(np.float32)
    # The axis that shrinks more goes first, so that less is left for the other.
    axes = sorted((0, 1), key=lambda axis: (height, width)[axis] / frame.shape[axis])
    for axis in axes:
        picture = _along(picture, (height, width)[axis], axis)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def _along(picture: Array, length: int, axis: int) -> Array:
    at, weights = _taps(picture.shape[axis], length)
    shape = [1] * picture.ndim
    shape[axis] = length
    out = np.zeros((*picture.shape[:axis], length, *picture.shape[axis + 1 :]), np.float32)
    for tap in range(weights.shape[1]):
        out += picture.take(at[:, tap], axis) * weights[:, tap].reshape(shape)
    return out


@lru_cache(maxsize=64)
def _taps(before: int, after: int) -> tuple[Array, Array]:
    """For each output sample the input samples around it, int (after, taps), and their weights, float32, of sum 1."""
    ratio = after / before
    narrow = min(ratio, 1.0)
    centres = (np.arange(after) + 0.5) / ratio - 0.5
    count = int(np.ceil(4 / narrow)) + 2
    at = np.floor(centres - 2 / narrow).astype(int)[:, None] + np.arange(count)
    weights = bicubic(np.abs(centres[:, None] - at) * narrow)
    weights /= weights.sum(1, keepdims=True)
    used = weights.any(0)
    mirrored = at % (2 * before)
    mirrored = np.where(mirrored < before, mirrored, 2 * before - 1 - mirrored)
    return mirrored[:, used], weights[:, used].astype(np.float32)


def bicubic(distance: Array) -> Array:
    """Keys' kernel of 1981 with a = -.5 at distances from 0 on, float64; not normed."""
    near = (1.5 * distance - 2.5) * distance**2 + 1
    far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    return np.where(distance <= 1, near, np.where(distance < 2, far, 0.0))
