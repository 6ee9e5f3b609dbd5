"""Tests of two metrics over the same train-test splits, from the coefficients on each split's test part."""

from __future__ import annotations

import numpy as np

from ddsr_bench.evaluate.multiplicity import Significance, student_test
from ddsr_bench.evaluate.records import Floats


def wilcoxon(values: Floats) -> Significance:
    """Compare every two of M metrics by Wilcoxon's signed rank test over S splits.

    Splits drawn from the same videos overlap, so their differences are not independent and p comes out too small
    (Nadeau and Bengio 2003): the test is customary, :func:`corrected_t` is the one to trust.

    Source: Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1 (1945). Splits without a
    difference are left out; exact below 51 splits without ties, normal approximation otherwise.

    Args:
        values: float64 (S, M), a coefficient per split and metric; NaN where undefined (left out, pair by pair).

    Returns:
        float64 (M, M): the sum of the positive ranks less that of the negative ones (positive where the row is the
        better), and p; p = 1 where no split shows a difference, NaN where no split is defined.
    """
    count = values.shape[1]
    statistic, p = np.full((count, count), np.nan), np.full((count, count), np.nan)
    for i in range(count):
        for j in range(i + 1):
            statistic[i, j], p[i, j] = _signed_rank(values[:, i] - values[:, j])
            statistic[j, i], p[j, i] = -statistic[i, j], p[i, j]
    return Significance(statistic + 0.0, p)


def _signed_rank(difference: Floats) -> tuple[float, float]:
    from scipy import stats

    difference = difference[np.isfinite(difference)]
    if not len(difference):
        return np.nan, np.nan
    difference = difference[difference != 0]
    if not len(difference):
        return 0.0, 1.0
    positive = stats.wilcoxon(difference, alternative="greater").statistic
    return float(2 * positive - len(difference) * (len(difference) + 1) / 2), float(stats.wilcoxon(difference).pvalue)


def corrected_t(values: Floats, test_fraction: float) -> Significance:
    """Compare every two of M metrics by the corrected resampled t test over S overlapping splits.

    The variance of the mean difference is enlarged by the share that the splits have in common:
    ``t = mean / sqrt((1/S + n_test / n_train) s^2)`` with S - 1 degrees of freedom.

    Source: Nadeau and Bengio, "Inference for the generalization error", Machine Learning 52 (2003), section 3.

    Args:
        values: float64 (S, M), a coefficient per split and metric; a split with a NaN is left out, pair by pair.
        test_fraction: the share of the videos that each split tests on, in (0, 1).

    Returns:
        float64 (M, M), positive where the row is the better; NaN with fewer than two splits, p = 1 without a
        difference.
    """
    difference = values[:, :, None] - values[:, None, :]
    valid = np.isfinite(difference)
    count = valid.sum(axis=0)
    mean = np.where(valid, difference, 0.0).sum(axis=0) / np.maximum(count, 1)
    squares = (np.where(valid, difference - mean, 0.0) ** 2).sum(axis=0)
    variance = squares / np.maximum(count - 1, 1)
    ratio = test_fraction / (1 - test_fraction)
    error = np.sqrt((1 / np.maximum(count, 1) + ratio) * variance)
    return student_test(np.where(count > 1, mean, np.nan), error, count - 1.0)
