"""Counts, means and spreads of grouped values, without a matrix: one pass for each, NaN for empty groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


def ratio(top: ArrayLike, bottom: ArrayLike) -> Floats:
    """Return float64 ``top / bottom``, NaN where ``bottom`` is not positive."""
    above, below = np.asarray(top, np.float64), np.asarray(bottom, np.float64)
    result: Floats = np.divide(above, below, out=np.full(below.shape, np.nan), where=below > 0)
    return result


def count(group: Indices, size: int) -> Indices:
    """Return intp (size,): how many values each group holds."""
    return np.bincount(group, minlength=size)


def mean(group: Indices, values: Floats, size: int) -> Floats:
    """Return float64 (size,): each group's mean."""
    return ratio(np.bincount(group, values, size), count(group, size))


def central(group: Indices, values: Floats, size: int, order: int) -> Floats:
    """Return float64 (size,): each group's mean of ``(value - mean)**order``."""
    apart = values - mean(group, values, size)[group]
    return mean(group, apart**order, size)


def std(group: Indices, values: Floats, size: int, ddof: int) -> Floats:
    """Return float64 (size,): each group's standard deviation over ``n - ddof``; NaN below two values."""
    number = count(group, size)
    total = central(group, values, size, 2) * number
    return np.where(number >= 2, np.sqrt(ratio(total, number - ddof)), np.nan)
