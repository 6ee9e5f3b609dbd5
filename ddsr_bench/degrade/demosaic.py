"""Demosaicing: the two colours that each pixel's filter held back, by linear filters.

Borders are mirrored without repeating the edge sample, which keeps the colours of the array in step.
"""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from ddsr_bench.degrade.raw import PATTERNS, PLACES, Array, Pattern

Method = Literal["bilinear", "malvar"]

_CROSS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32) / 4
_ACROSS = np.array([[0, 0, 0], [1, 0, 1], [0, 0, 0]], np.float32) / 2
_DIAGONAL = np.array([[1, 0, 1], [0, 0, 0], [1, 0, 1]], np.float32) / 4

# Malvar, He and Cutler 2004, figure 2, in sixteenths: the bilinear estimate plus a share of the Laplacian of
# the colour at hand.
_CROSS_CORRECTED = (
    (0, 0, -2, 0, 0),
    (0, 0, 4, 0, 0),
    (-2, 4, 8, 4, -2),
    (0, 0, 4, 0, 0),
    (0, 0, -2, 0, 0),
)
_ACROSS_CORRECTED = (
    (0, 0, 1, 0, 0),
    (0, -2, 0, -2, 0),
    (-2, 8, 10, 8, -2),
    (0, -2, 0, -2, 0),
    (0, 0, 1, 0, 0),
)
_DIAGONAL_CORRECTED = (
    (0, 0, -3, 0, 0),
    (0, 4, 0, 4, 0),
    (-3, 0, 12, 0, -3),
    (0, 4, 0, 4, 0),
    (0, 0, -3, 0, 0),
)
_CORRECTED = (_CROSS_CORRECTED, _ACROSS_CORRECTED, _DIAGONAL_CORRECTED)
_FILTERS = {
    "bilinear": (_CROSS, _ACROSS, _DIAGONAL),
    "malvar": tuple(np.array(kernel, np.float32) / 16 for kernel in _CORRECTED),
}


def demosaic(raw: Array, pattern: Pattern, method: Method = "malvar") -> Array:
    """Interpolate a raw frame to RGB.

    ``bilinear`` averages the two or four nearest samples of the colour. ``malvar`` corrects that by the
    local curvature of the colour which the pixel did measure: sharper, with fewer zipper edges. Source:
    Malvar, He and Cutler, "High-quality linear interpolation for demosaicing of Bayer-patterned color
    images", ICASSP 2004.

    Args:
        raw: float32 (H, W), any size.
        pattern: see :mod:`ddsr_bench.degrade.raw`.
        method: ``bilinear`` or ``malvar``.

    Returns:
        float32 (3, H, W); measured samples are kept as they are, values may leave the range of ``raw``.
    """
    cross, across, diagonal = _FILTERS[method]
    kernels = (cross, across, np.ascontiguousarray(across.T), diagonal)
    rgb = np.empty((3, *raw.shape), np.float32)
    # One buffer for all four estimates: touching fresh memory costs more than the filters.
    estimate = np.empty_like(raw)
    for kernel, places in zip(kernels, _missing(pattern), strict=True):
        cv2.filter2D(raw, cv2.CV_32F, kernel, dst=estimate)
        for row, column, colour in places:
            rgb[colour, row::2, column::2] = estimate[row::2, column::2]
    for row, column in PLACES:
        rgb[PATTERNS[pattern][row][column], row::2, column::2] = raw[row::2, column::2]
    return rgb


def _missing(pattern: Pattern) -> tuple[list[tuple[int, int, int]], ...]:
    """(row, column, colour) that each kernel estimates: the cross, across, down, and the diagonal one."""
    cross: list[tuple[int, int, int]] = []
    across: list[tuple[int, int, int]] = []
    down: list[tuple[int, int, int]] = []
    diagonal: list[tuple[int, int, int]] = []
    for row, column in PLACES:
        colour = PATTERNS[pattern][row][column]
        if colour == 1:
            beside = PATTERNS[pattern][row][1 - column]
            across.append((row, column, beside))
            down.append((row, column, 2 - beside))
        else:
            cross.append((row, column, 1))
            diagonal.append((row, column, 2 - colour))
    return cross, across, down, diagonal
