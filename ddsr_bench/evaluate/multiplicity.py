"""P values: the record that every test returns, two-sided tails, and Holm's correction for many tests at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, stdtr

from ddsr_bench.evaluate.records import Floats


@dataclass(frozen=True)
class Significance:
    """A test's outcome, for one comparison or for an array of them.

    Attributes:
        statistic: float64, any shape; NaN where the test is undefined.
        p: float64 of the same shape, two-sided, in [0, 1]; NaN where the test is undefined.
    """

    statistic: Floats
    p: Floats


def normal_test(difference: Floats, error: Floats) -> Significance:
    """Compare ``difference`` / ``error`` with the standard normal distribution; see :func:`student_test`."""
    return _ratio_test(difference, error, None)


def student_test(difference: Floats, error: Floats, df: Floats | float) -> Significance:
    """Compare ``difference`` / ``error`` with Student's t with ``df`` degrees of freedom, two-sided.

    Args:
        difference, error: float64, shapes that broadcast; ``error`` is the standard error of ``difference``.
        df: degrees of freedom; below 1 the test is undefined.

    Returns:
        Statistic 0 and p = 1 where the difference is nil (two metrics alike, whatever the error), NaN where
        only the error is nil, negative or NaN.
    """
    return _ratio_test(difference, error, np.asarray(df, np.float64))


def _ratio_test(difference: Floats, error: Floats, df: Floats | None) -> Significance:
    # Two copies of a metric differ by rounding only, and so does their error: neither may make a "significant" ratio.
    nil = 1e-12
    difference, error = np.broadcast_arrays(np.asarray(difference, np.float64), np.asarray(error, np.float64))
    with np.errstate(all="ignore"):
        statistic = np.where(error > nil, difference / error, np.nan)
        statistic = np.where(np.abs(difference) <= nil, 0.0, statistic)
        if df is None:
            return Significance(statistic, 2 * ndtr(-np.abs(statistic)))
        statistic = np.where(df >= 1, statistic, np.nan)
        return Significance(statistic, 2 * stdtr(np.maximum(df, 1.0), -np.abs(statistic)))


def holm(p: Floats) -> Floats:
    """Adjust the p values of a family of tests so that the chance of any false alarm stays below the level.

    Source: Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6 (1979): the k-th
    smallest of m values is multiplied by m - k + 1, and none may fall below the one before it.

    Args:
        p: float64 (m,); NaN stands for a test that could not be made, which leaves the family.

    Returns:
        float64 (m,), each at least ``p`` and at most 1; NaN where ``p`` is NaN.

    Example:
        >>> holm(np.array([0.01, 0.04, 0.03, 0.005])).round(3).tolist()
        [0.03, 0.06, 0.06, 0.02]
    """
    p = np.asarray(p, np.float64)
    adjusted = np.full(p.shape, np.nan)
    valid = np.flatnonzero(~np.isnan(p))
    order = valid[np.argsort(p[valid], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * p[order]), 1.0)
    return adjusted


def holm_matrix(p: Floats) -> Floats:
    """Adjust a symmetric float64 (M, M) matrix of p values over its M(M-1)/2 comparisons; the diagonal is NaN."""
    upper = np.triu_indices(len(p), 1)
    adjusted = np.full(np.shape(p), np.nan)
    adjusted[upper] = holm(np.asarray(p)[upper])
    adjusted.T[upper] = adjusted[upper]
    return adjusted
