"""Tests of two metrics' prediction errors: whose mapped scores lie closer to the opinions?"""

from __future__ import annotations

import numpy as np
from scipy.special import fdtr, fdtrc

from ddsr_bench.evaluate.multiplicity import Significance, student_test
from ddsr_bench.evaluate.records import Floats


def f_test(first: Floats, second: Floats, df_first: Floats | float, df_second: Floats | float) -> Significance:
    """Compare two residual variances by their ratio, as ITU-T P.1401 and VQEG's reports compare two RMSE.

    The recommendation reads the ratio of the larger to the smaller off the upper tail; here both tails count, so that
    p is two-sided. The residuals of the two metrics are taken as independent of each other, which those on the same
    videos are not: :func:`morgan_pitman` allows for that.

    Args:
        first, second: mean squared residuals (sums of squares over degrees of freedom), shapes that broadcast.
        df_first, df_second: their degrees of freedom: videos less the free parameters of the mapping.

    Returns:
        Statistic ``second / first`` (above 1 where the first metric errs less); NaN where a variance is 0 or NaN or
        no degree of freedom is left.
    """
    a, b, m, n = np.broadcast_arrays(*(np.asarray(value, np.float64) for value in (first, second, df_first, df_second)))
    with np.errstate(all="ignore"):
        defined = (a > 0) & (b > 0) & (m > 0) & (n > 0)
        ratio = np.where(defined, b / a, np.nan)
        p = 2 * np.minimum(fdtr(n, m, ratio), fdtrc(n, m, ratio))
    return Significance(ratio, np.minimum(p, 1.0))


def morgan_pitman(first: Floats, second: Floats, covariance: Floats, n: int) -> Significance:
    """Compare the variances of two correlated residuals: the test of no correlation of their sum and difference.

    Source: Pitman, "A note on normal correlation", Biometrika 31 (1939); Morgan, ibid.:
    ``t = (v2 - v1) sqrt(n - 2) / (2 sqrt(v1 v2 - c^2))`` with n - 2 degrees of freedom, residuals bivariate normal
    and rows independent.

    Args:
        first, second: the two variances, shapes that broadcast.
        covariance: of the two residuals.
        n: rows.

    Returns:
        Positive where the first metric errs less; p = 1 where the variances are equal, NaN below 3 rows.
    """
    v1, v2, c = np.broadcast_arrays(*(np.asarray(value, np.float64) for value in (first, second, covariance)))
    with np.errstate(all="ignore"):
        scale = np.sqrt(v1 * v2)
        error = 2 * np.sqrt(np.maximum(1 - (c / scale) ** 2, 0.0) / (n - 2 if n > 2 else np.nan))
        return student_test((v2 - v1) / scale, error, n - 2)
