"""Sums over overlapping blocks of a plane and of its products with four neighbours, without forming the products.

VIIDEO fits asymmetric generalised Gaussians to blocks of 18 x 18 samples that reach 8 samples into their neighbours
(34 x 34 in all, zeros beyond the picture). Two observations make that cheap:

* blocks ``[18 i, 18 i + 34)`` of the padded plane are one cell of 18 rows and the first 16 rows of the next cell, so
  each row is summed once, as the head or the tail of its cell, and heads count twice;
* with ``p = a b``, all sums the fit needs are inner products of maps of the factors: ``|p|`` of ``|a|``, the squares
  of either half of ``p`` of the squares of either half of ``a``, and the counts of their signs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.nss_fit import Moments, root_mean

Plane = NDArray[Any]
Floats = NDArray[np.float64]
SIZE, BORDER = 18, 8
# Order of the authors' features: (rows, columns) of MATLAB's circshift.
SHIFTS = ((1, 0), (0, 1), (1, 1), (1, -1))
_HEAD, _TAIL = np.s_[:, :, : 2 * BORDER], np.s_[:, :, 2 * BORDER :]
# Samples taken at once, so that a strip's ten maps stay in the cache.
_AT_ONCE = 64_000


def block_moments(coefficients: Plane) -> Moments:
    """Moments of each block of normalised coefficients and of their products with four neighbours.

    Args:
        coefficients: float32 (H, W); neighbours wrap around at the edges of the picture, as ``circshift`` does.

    Returns:
        Fields float64 (5, blocks): the coefficients, then the products in the order of :data:`SHIFTS`. Means are over
        all 34 x 34 samples, zeros beyond the picture included, as in the authors' ``blkproc``.
    """
    padded, wrapped = _layout(coefficients)
    step = max(1, _AT_ONCE // (SIZE * padded.shape[1])) * SIZE
    # Used for all strips: fresh memory would cost more than the sums.
    own, other = (np.empty((5, min(step, len(padded)) + more, padded.shape[1] + more), padded.dtype) for more in (0, 2))
    strips = []
    for top in range(0, len(padded), step):
        rows = min(step, len(padded) - top)
        _maps(padded[top : top + rows], own[:, :rows])
        _maps(wrapped[top : top + rows + 2], other[:, : rows + 2])
        strips.append(_strip(own[:, :rows], other[:, : rows + 2]))
    return _moments(_over_blocks(np.concatenate(strips, axis=3)))


def _layout(plane: Plane) -> tuple[Plane, Plane]:
    """The plane among zeros, in whole cells; and, one sample larger all round, with its wrapped-around rim."""
    height, width = plane.shape
    cells = (-(-height // SIZE) + 1, -(-width // SIZE) + 1)
    padded = np.zeros((cells[0] * SIZE, cells[1] * SIZE), plane.dtype)
    padded[BORDER : BORDER + height, BORDER : BORDER + width] = plane
    wrapped = np.zeros((padded.shape[0] + 2, padded.shape[1] + 2), plane.dtype)
    wrapped[BORDER : BORDER + height + 2, BORDER : BORDER + width + 2] = np.pad(plane, 1, mode="wrap")
    return padded, wrapped


def _maps(x: Plane, out: Plane) -> None:
    """Squares of the half above and of the half below zero, magnitude, sign, and where it is not zero: (5, h, W)."""
    above, below, magnitude, sign, nonzero = out
    np.square(np.maximum(x, 0, out=above), out=above)
    np.square(np.minimum(x, 0, out=below), out=below)
    np.abs(x, out=magnitude)
    np.abs(np.sign(x, out=sign), out=nonzero)


def _strip(own: Plane, other: Plane) -> Plane:
    """Sums of maps down the columns of each cell: (2 for head and tail, 5 sums, 1 + 4 planes, cells, W).

    ``own`` is (5, h, W), h in whole cells; ``other`` is one sample larger all round.
    """
    rows, columns = own.shape[1:]
    result = np.empty((2, 5, 1 + len(SHIFTS), rows // SIZE, columns), own.dtype)
    cells = _cells(own)
    for target, part in zip(result, (_HEAD, _TAIL), strict=True):
        np.add.reduce(cells[part], axis=2, out=target[:, 0])
        for index, (down, right) in enumerate(SHIFTS, start=1):
            moved = other[:, 1 - down : 1 - down + rows, 1 - right : 1 - right + columns]
            _products(cells[part], _cells(moved)[part], target[:, index])
    return result


def _products(own: Plane, other: Plane, target: Plane) -> None:
    """The same five sums of the products of two planes, from the maps of each."""
    above, below = own[:2]
    above2, below2 = other[:2]
    np.add(_inner(above, above2), _inner(below, below2), out=target[0])
    np.add(_inner(above, below2), _inner(below, above2), out=target[1])
    for index in range(2, 5):
        target[index] = _inner(own[index], other[index])


def _cells(maps: Plane) -> Plane:
    return maps.reshape(len(maps), -1, SIZE, maps.shape[2])


def _inner(a: Plane, b: Plane) -> Plane:
    return np.asarray(np.einsum("crw,crw->cw", a, b))


def _over_blocks(sums: Plane) -> Floats:
    """From sums over heads and tails of cells, (2, ..., cells, W), to sums over blocks, float64 (..., blocks)."""
    head, tail = sums
    rows = head[..., :-1, :] + tail[..., :-1, :] + head[..., 1:, :]
    starts = np.add.outer(np.arange(0, rows.shape[-1], SIZE), (0, 2 * BORDER)).ravel()
    parts = np.add.reduceat(rows, starts, axis=-1, dtype=np.float64)
    head, tail = parts[..., 0::2], parts[..., 1::2]
    blocks = head[..., :-1] + tail[..., :-1] + head[..., 1:]
    return np.asarray(blocks.reshape(*blocks.shape[:-2], -1))


def _moments(sums: Floats) -> Moments:
    above, below, magnitude, sign, nonzero = sums
    size = (SIZE + 2 * BORDER) ** 2
    left, right = root_mean(below, (nonzero - sign) / 2), root_mean(above, (nonzero + sign) / 2)
    return Moments(magnitude / size, (above + below) / size, left, right)
