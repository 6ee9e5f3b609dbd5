"""The colour filter array: taking one colour a pixel, and binning pixels of one colour.

A raw frame is a float32 ``(H, W)`` array in which pixel (y, x) holds the colour ``PATTERNS[pattern][y % 2][x
% 2]``; any unit will do (share of white, electrons). Sample (y, x) of a raw frame and of an RGB frame lie at
one place.
"""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np

from ddsr_bench.degrade.frames import size
from ddsr_bench.degrade.stage import Frame

Array = np.ndarray[Any, np.dtype[Any]]
Pattern = Literal["RGGB", "BGGR", "GRBG", "GBRG"]
BinMode = Literal["average", "sum"]

#: Colour (0 red, 1 green, 2 blue) of each place of the 2 x 2 cell: ``PATTERNS[name][row][column]``.
PATTERNS: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    name: (("RGB".index(name[0]), "RGB".index(name[1])), ("RGB".index(name[2]), "RGB".index(name[3])))
    for name in ("RGGB", "BGGR", "GRBG", "GBRG")
}
#: The four places (row, column) of the cell.
PLACES = ((0, 0), (0, 1), (1, 0), (1, 1))


def mosaic(rgb: Array, pattern: Pattern, matrix: Array | None = None) -> Array:
    """Keep of each pixel the colour that its filter passes.

    Args:
        rgb: float32 (3, H, W), any size.
        pattern: the colours of the upper left 2 x 2 pixels, read row by row.
        matrix: (3, 3); the result is then that of ``mosaic(matrix @ rgb)``, at a third of the cost.

    Returns:
        float32 (H, W).
    """
    raw = np.empty(rgb.shape[1:], np.float32)
    for row, column in PLACES:
        colour = PATTERNS[pattern][row][column]
        samples = rgb[:, row::2, column::2]
        if matrix is None:
            raw[row::2, column::2] = samples[colour]
            continue
        red, green, blue = np.asarray(matrix[colour], np.float32)
        mixed = samples[0] * red
        mixed += samples[1] * green
        mixed += samples[2] * blue
        raw[row::2, column::2] = mixed
    return raw


def bin_bayer(raw: Array, factor: int, mode: BinMode) -> Array:
    """Combine ``factor`` x ``factor`` pixels of one colour; the result is a mosaic of the same pattern.

    Each colour takes its pixels from the cell of ``2 factor`` x ``2 factor`` that its place heads, at period
    2. For factor 2, the place (p, q) of the output's 2 x 2 cell at (2i, 2j) is made of the input pixels
    ``(4i + p + {0, 2}, 4j + q + {0, 2})``. The windows of the colours overlap, so the samples are not evenly
    spread: the centre of a binned pixel is off the centre of the output pixel's area by ``(factor - 1) / 2``
    *input* pixels, downwards in even rows and upwards in odd ones, and likewise in columns (see
    :func:`centre_shift`). This is how sensors bin (Jin and Hirakawa, "Analysis and processing of pixel
    binning for color image sensor", EURASIP JASP 2012:125), and why binned video has jagged edges and
    coloured ones. The shifts of the two greens cancel, those of red and blue are opposite.

    Args:
        raw: float32 (H, W); H and W are multiples of ``2 * factor`` (see :func:`pad_to_cells`).
        factor: 2 or 4.
        mode: ``average``, or ``sum`` (``factor**2`` times as much).

    Returns:
        float32 (H / factor, W / factor).

    Raises:
        ValueError: a size that is no multiple of the cell.
    """
    height, width = raw.shape
    if height % (2 * factor) or width % (2 * factor):
        raise ValueError(f"raw frame of {width}x{height}: binning by {factor} needs multiples of {2 * factor}")
    binned = np.empty((height // factor, width // factor), np.float32)
    half = (width // factor // 2, height // factor // 2)
    for row, column in PLACES:
        plane = np.ascontiguousarray(raw[row::2, column::2])
        binned[row::2, column::2] = cv2.resize(plane, half, interpolation=cv2.INTER_AREA)
    if mode == "sum":
        binned *= np.float32(factor * factor)
    return binned


def centre_shift(factor: int, place: int) -> float:
    """How far a binned sample lies from its output pixel's centre, along one axis, in output pixels.

    ``place`` is the row (or column) of the sample, modulo 2. Positive means downwards (to the right): an
    even row shows what lies ``(1 - 1/factor) / 2`` further down than an area average would.
    """
    return (0.5 - place % 2) * (1 - 1 / factor)


def pad_to_cells(frame: Frame, cell: int) -> Frame:
    """Repeat the last row and column of a frame in either form until both sides are multiples of ``cell``."""
    height, width = size(frame)
    below, right = -height % cell, -width % cell
    if not (below or right):
        return frame
    sides = ((0, below), (0, right))
    pads = (*sides, (0, 0)) if frame.dtype == np.uint8 else ((0, 0), *sides)
    return np.pad(frame, pads, mode="edge")
