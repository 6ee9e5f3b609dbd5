"""Where a method puts its picture: the sub-pixel shift of an output against another enlargement of the same frame."""

from __future__ import annotations

import cv2
import numpy as np

from ddsr_bench.evaluate.records import Floats
from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.method import Settings

#: Shifts from here on, in pixels of the output, are told in the method's note.
TELLING = 0.1
_SIGMA, _BORDER, _LEAST = 3.0, 12, 32


def shift_between(base: Frame, other: Frame) -> tuple[float, float] | None:
    """Shift (dx, dy) of ``other`` against ``base`` in pixels, positive to the right and down; None where unknown.

    Least squares on gradients of blurred luma (Lucas and Kanade 1981): good below about a pixel, and a sign that
    something is wrong above. Unknown for pictures of less than 32 inner samples a side, and for flat ones.

    Args:
        base, other: uint8 (H, W, 3), RGB.
    """
    if min(base.shape[:2]) < _LEAST + 2 * _BORDER:
        return None
    inner = (slice(_BORDER, -_BORDER), slice(_BORDER, -_BORDER))
    a, b = (_smooth(picture)[inner] for picture in (base, other))
    gy, gx = np.gradient((a + b) / 2)
    matrix = np.array([[(gx * gx).sum(), (gx * gy).sum()], [(gx * gy).sum(), (gy * gy).sum()]])
    if np.linalg.eigvalsh(matrix)[0] < 1e-3 * a.size:
        return None
    error = a - b
    dx, dy = np.linalg.solve(matrix, [(gx * error).sum(), (gy * error).sum()])
    return float(dx), float(dy)


def shift_against_bicubic(low: Frame, made: Frame, scale: int) -> tuple[float, float] | None:
    """Shift of a method's frame against bicubic enlargement of the LR frame; see :func:`shift_between`."""
    bicubic = get_method("bicubic").start(Settings(scale=scale))
    return shift_between(next(iter(bicubic(iter([low])))), made)


def _smooth(picture: Frame) -> Floats:
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float64)
    smooth: Floats = cv2.GaussianBlur(luma, (0, 0), _SIGMA)
    return smooth
