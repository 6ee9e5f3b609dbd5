"""Generalised Gaussian fits by moment matching, for any number of sample sets at once.

The symmetric fit is that of Sharifi and Leon-Garcia (1995), the asymmetric one that of Lasmar, Stitou and
Berthoumieu (2009), both as in the code published with BRISQUE and NIQE: the shape is the nearest entry of the grid
.2, .201, ..., 10, here found by bisection of the monotone moment ratio instead of a search through all 9801 entries.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gamma

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """What the fits need to know of sample sets; all fields float64 of one shape.

    Attributes:
        mean_abs: mean of ``|x|``.
        mean_square: mean of ``x**2``.
        left: root mean square of the samples below zero, NaN where there is none.
        right: the same above zero. Samples that are zero belong to neither.
    """

    mean_abs: Floats
    mean_square: Floats
    left: Floats
    right: Floats


def moments(x: NDArray[Any]) -> Moments:
    """Moments of sample sets: floats (..., n) -> fields of shape (...)."""
    x = np.asarray(x, np.float64)
    square = x * x
    halves = (_root_mean(square, x < 0), _root_mean(square, x > 0))
    count = max(x.shape[-1], 1)
    return Moments(np.abs(x).sum(axis=-1) / count, square.sum(axis=-1) / count, *halves)


def _root_mean(square: Floats, chosen: NDArray[np.bool_]) -> Floats:
    return root_mean(np.where(chosen, square, 0).sum(axis=-1), chosen.sum(axis=-1))


def root_mean(total: Floats, count: NDArray[Any]) -> Floats:
    """``sqrt(total / count)``, NaN where ``count`` is 0."""
    return np.asarray(np.sqrt(np.where(count > 0, total, np.nan) / np.maximum(count, 1)))


def ggd_fit(x: NDArray[Any]) -> tuple[Floats, Floats]:
    """Fit zero-mean generalised Gaussians: floats (..., n) -> shape and standard deviation, each (...).

    The shape is .2 where all samples are zero.
    """
    return ggd_from(moments(x))


def ggd_from(m: Moments) -> tuple[Floats, Floats]:
    """Shape and standard deviation from moments; see :func:`ggd_fit`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = m.mean_square / m.mean_abs**2
    shapes, falling = grid()[0], grid()[2]
    last = len(falling) - 1
    # The table falls: search it from its end; of two entries equally near the earlier one counts.
    return shapes[last - _nearest(falling[::-1], ratio, earlier_is_left=False, without=last)], np.sqrt(m.mean_square)


def aggd_fit(x: NDArray[Any]) -> tuple[Floats, Floats, Floats]:
    """Fit asymmetric generalised Gaussians with mode zero.

    Args:
        x: floats (..., n).

    Returns:
        (alpha, left, right), each float64 (...): the shape, and the root mean square of the samples below and
        above zero. Where one of the halves has no sample its value is NaN and alpha is .2, the grid's first entry
        (MATLAB's ``min`` over NaN gives the first).
    """
    return aggd_from(moments(x))


def aggd_from(m: Moments) -> tuple[Floats, Floats, Floats]:
    """Shape, left and right deviation from moments; see :func:`aggd_fit`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        skew = m.left / m.right
        ratio = m.mean_abs**2 / m.mean_square * (skew**3 + 1) * (skew + 1) / (skew**2 + 1) ** 2
    shapes, rising, _ = grid()
    return shapes[_nearest(rising, ratio, earlier_is_left=True, without=0)], m.left, m.right


def scale_factor(alpha: Floats) -> Floats:
    """``sqrt(G(1/alpha) / G(3/alpha))``: scale parameter (beta) over standard deviation; G is the gamma function."""
    return np.asarray(np.sqrt(gamma(1 / alpha) / gamma(3 / alpha)))


def mean_factor(alpha: Floats) -> Floats:
    """``G(2/alpha) / G(1/alpha)``: mean over the difference of right and left scale parameters."""
    return np.asarray(gamma(2 / alpha) / gamma(1 / alpha))


@functools.lru_cache(maxsize=1)
def grid() -> tuple[Floats, Floats, Floats]:
    """The authors' grid of shapes, with ``E|x|**2 / E x**2`` (rising) and its inverse (falling) at each; read-only."""
    shapes = np.arange(200, 10001) / 1000
    first, second, third = (gamma(k / shapes) for k in (1, 2, 3))
    tables = (shapes, second**2 / (first * third), first * third / second**2)
    for table in tables:
        table.flags.writeable = False
    return tables


def _nearest(table: Floats, value: Floats, *, earlier_is_left: bool, without: int) -> NDArray[np.intp]:
    """Index of the entry of the rising ``table`` nearest to each value; ``without`` for values that are NaN."""
    right = np.clip(np.searchsorted(table, value), 1, len(table) - 1)
    below, above = np.abs(value - table[right - 1]), np.abs(table[right] - value)
    left_wins = below <= above if earlier_is_left else below < above
    return np.asarray(np.where(np.isnan(value), without, np.where(left_wins, right - 1, right)))
