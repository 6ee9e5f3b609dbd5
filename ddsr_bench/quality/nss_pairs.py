"""Moments of coefficients and of products of neighbouring coefficients, without forming the products.

With p = a b, every sum that the asymmetric fit needs is an inner product of maps of the two factors: ``|p|`` of
``|a|``, ``p**2`` of ``a**2``, ``p |p|`` of ``a |a|``, the counts of their signs. So these maps are made once, in
pieces that fit the cache, and each neighbour costs a few dot products; sums over the negative and the positive half
are half the difference and half the sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.nss_fit import Floats, Moments, root_mean

Array = NDArray[Any]
Shift = tuple[int, int]
# By (rows, columns), as in both codes; their (1, -1) and (-1, 1) give the same products in another order.
SHIFTS: tuple[Shift, ...] = ((0, 1), (1, 0), (1, 1), (1, -1))
# Samples taken at once: the maps of that many stay in the second-level cache.
_AT_ONCE = 1 << 16
# Shorter than what BLAS shares out to threads: the order of summation must not depend on their number.
_DOT = 9216
# Columns below which the putting right of the edge is a large part of a sum, too large for float32.
_NARROW = 48
# A half below this share of the whole is summed anew, sample by sample: as a difference it has lost its digits.
_SMALL = 1e-2


def paired_products(coefficients: Array, shift: Shift) -> Array:
    """Each coefficient times its neighbour: floats (..., H, W) -> (..., H, W).

    Args:
        coefficients: normalised coefficients.
        shift: (rows, columns) by which the second factor is moved, wrapping around as MATLAB's ``circshift``.
    """
    return np.asarray(coefficients * np.roll(coefficients, shift, axis=(-2, -1)))


def pair_moments(coefficients: Array) -> tuple[Moments, Moments]:
    """Moments of normalised coefficients and of their products with four neighbours.

    Args:
        coefficients: float32 or float64 (N, h, w), each of the N taken as a set of its own that wraps around.

    Returns:
        Moments with fields (N,) of the coefficients and with fields (N, 4) of the products in the order of
        :data:`SHIFTS`: those of :func:`~ddsr_bench.quality.nss_fit.moments` up to rounding.
    """
    return _moments([coefficients])


def tile_moments(plane: Array, size: int) -> tuple[Moments, Moments]:
    """:func:`pair_moments` of the tiles of a plane (H, W), row by row; both sides are whole multiples of ``size``."""
    rows, columns = plane.shape[0] // size, plane.shape[1] // size
    return _moments(list(plane.reshape(rows, size, columns, size).transpose(0, 2, 1, 3)))


def _moments(groups: Sequence[Array]) -> tuple[Moments, Moments]:
    if groups[0].shape[-1] < _NARROW:
        groups = [group.astype(np.float64) for group in groups]
    sums = np.concatenate([_group_sums(group) for group in groups], axis=1)
    each = len(groups[0])
    both = _divided(sums, groups[0][0].size, lambda index: groups[index // each][index % each])
    return _part(both, np.s_[:, 0]), _part(both, np.s_[:, 1:])


def _group_sums(a: Array) -> Floats:
    """Sums of the five maps over coefficients and products of each set: (N, h, w) -> (5, N, 1 + 4)."""
    sums = np.zeros((5, len(a), 1 + len(SHIFTS)))
    space = np.empty(0, a.dtype)
    for sets, piece in _pieces(a):
        if 5 * piece.size > space.size:
            space = np.empty(5 * piece.size, a.dtype)
        sums[:, sets] += _sums(_maps(piece, space))
    return sums


def _pieces(a: Array) -> Iterator[tuple[slice, Array]]:
    """Cut (N, h, w) into groups of sets, or sets into strips: (which sets, (n, 1 + rows, w)), the row above on top."""
    count, height, width = a.shape
    together = min(max(_AT_ONCE // (height * width), 1), count)
    rows = min(max(_AT_ONCE // width, 1), height)
    buffer = np.empty((together, 1 + rows, width), a.dtype)
    for first in range(0, count, together):
        sets = slice(first, min(first + together, count))
        for top in range(0, height, rows):
            strip = a[sets, top : top + rows]
            piece = buffer[: len(strip), : 1 + strip.shape[1]]
            piece[:, 0], piece[:, 1:] = a[sets, top - 1], strip
            yield sets, piece


def _maps(a: Array, space: Array) -> Array:
    """``|a|``, ``a**2``, ``a |a|``, sign, and where it is not zero (left out where it never is), laid in ``space``."""
    sign = np.subtract((a > 0).view(np.int8), (a < 0).view(np.int8))
    everywhere = bool(sign.all())
    count = 4 if everywhere else 5
    maps = space[: count * a.size].reshape(count, *a.shape)
    np.abs(a, out=maps[0])
    np.multiply(a, a, out=maps[1])
    np.multiply(a, maps[0], out=maps[2])
    maps[3] = sign
    if not everywhere:
        np.abs(maps[3], out=maps[4])
    return maps


def _sums(maps: Array) -> Floats:
    """Sums of maps (5 or 4, n, 1 + rows, w) over coefficients and products: (5, n, 1 + 4)."""
    flat = maps.reshape(*maps.shape[:2], -1)
    inner = flat[..., maps.shape[3] :]
    alone = _dot(inner, np.ones_like(inner[:1, :1]))
    sums = np.stack([alone, *(_shifted(maps, flat, shift) for shift in SHIFTS)], axis=-1)
    if len(maps) < 5:
        everything = np.full((1, *sums.shape[1:]), inner.shape[2])
        sums = np.concatenate([sums, everything])
    return sums


def _dot(x: Array, y: Array) -> Floats:
    """Inner products over the last axis, (m, n, k) with (m, n, k) or (1, 1, k) -> float64 (m, n)."""
    whole = x.shape[-1] // _DOT * _DOT
    total = np.zeros(x.shape[:2])
    if whole:
        parts = [z[..., :whole].reshape(*z.shape[:2], -1, _DOT) for z in (x, y)]
        total += np.matmul(parts[0][..., None, :], parts[1][..., None]).sum(axis=(-3, -2, -1), dtype=np.float64)
    if whole < x.shape[-1]:
        total += np.matmul(x[..., None, whole:], y[..., whole:, None])[..., 0, 0]
    return total


def _shifted(maps: Array, flat: Array, shift: Shift) -> Floats:
    """Sum over ``m * circshift(m, shift)`` of each map (m, n, 1 + rows, w) without its first row: (m, n)."""
    rows, columns = shift
    width = maps.shape[-1]
    back = rows * width + columns
    start = max(width, back)
    total = _dot(flat[..., start:], flat[..., start - back : flat.shape[-1] - back])
    if columns == 0:
        return total
    # Laid out flat, the neighbour beyond the edge column is one row off: put that right.
    edge, other = (0, -1) if columns > 0 else (-1, 0)
    mine, beyond = maps[..., 1:, edge].astype(np.float64), maps[..., other].astype(np.float64)
    beyond = np.concatenate([np.zeros_like(beyond[..., :1]), beyond], axis=-1)
    count = mine.shape[-1]
    right, taken = (beyond[..., k : k + count] for k in (2 - rows, 2 - rows - columns))
    return np.asarray(total + (mine * (right - taken)).sum(axis=-1))


def _divided(sums: Floats, size: int, samples_of: Callable[[int], Array]) -> Moments:
    """Turn sums (5, N, 1 + 4) over sets of ``size`` samples into moments (N, 1 + 4)."""
    magnitude, square, signed, sign, nonzero = sums
    # Where no product differs from zero, rounding at the edge must not leave a speck, of either sign.
    some = np.rint(nonzero) > 0
    magnitude, square = np.where(some, magnitude, 0.0), np.where(some, square, 0.0)
    halves = np.maximum(square - signed, 0) / 2, np.maximum(square + signed, 0) / 2
    counts = np.rint(nonzero - sign) / 2, np.rint(nonzero + sign) / 2
    left, right = (root_mean(total, count) for total, count in zip(halves, counts, strict=True))
    doubtful = (np.minimum(*halves) < _SMALL * square) & (np.minimum(*counts) > 0)
    for index, column in np.argwhere(doubtful):
        samples = samples_of(index) if column == 0 else paired_products(samples_of(index), SHIFTS[column - 1])
        for side, chosen in ((left, samples[samples < 0]), (right, samples[samples > 0])):
            side[index, column] = np.sqrt(np.mean(chosen.astype(np.float64) ** 2))
    return Moments(magnitude / size, square / size, left, right)


def _part(m: Moments, where: Any) -> Moments:
    return Moments(m.mean_abs[where], m.mean_square[where], m.left[where], m.right[where])
