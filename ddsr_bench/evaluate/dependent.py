"""Tests of two correlations that share a variable: both metrics are correlated with the same opinions.

With j the opinions and k, h two metrics, the null hypothesis is rho_jk = rho_jh. The classical tests (Meng, Rosenthal
and Rubin; Steiger) take the n rows as independent draws from a trivariate normal distribution; videos made from the
same source are not. The bootstrap test makes neither assumption: it takes clusters as independent.

On ranks (Spearman's correlation) the variance of Fisher's z exceeds 1 / (n - 3) by a factor of 1 + r^2 / 2 (Bonett and
Wright, "Sample size requirements for estimating Pearson, Kendall and Spearman correlations", Psychometrika 65 (2000)).
Without it both classical tests find a difference at 5 % in up to one null case of ten (rho = 0.9), with it in 3 to 6 %.
"""

from __future__ import annotations

import numpy as np

from ddsr_bench.evaluate.multiplicity import Significance, normal_test, student_test
from ddsr_bench.evaluate.records import Floats

# A resample of few distinct rows can reach |r| = 1; its Fisher z is then held at 7.3 instead of infinity.
_MOST = 1 - 1e-6


def meng(
    r_jk: Floats | float, r_jh: Floats | float, r_kh: Floats | float, n: Floats | float, *, ranks: bool = False
) -> Significance:
    """Test rho_jk = rho_jh by the z of Meng, Rosenthal and Rubin; positive where r_jk is the larger.

    Source: "Comparing correlated correlation coefficients", Psychological Bulletin 111 (1992), eq. 1-3:
    ``z = (z_jk - z_jh) sqrt((n - 3) / (2 (1 - r_kh) h))``, ``h = (1 - f m) / (1 - m)``, m the mean of the two squared
    correlations, ``f = (1 - r_kh) / (2 (1 - m))`` and at most 1.

    Args:
        r_jk, r_jh: the two correlations with the opinions, in [-1, 1]; any shapes that broadcast.
        r_kh: the correlation of the two metrics with each other.
        n: rows.
        ranks: whether the correlations are Spearman's; enlarges the variance by 1 + m / 2.

    Returns:
        NaN below 4 rows and where a correlation is NaN or +-1; p = 1 where the two correlations are equal.
    """
    a, b, c, n = _arrays(r_jk, r_jh, r_kh, n)
    with np.errstate(all="ignore"):
        mean = 0.5 * (a**2 + b**2)
        f = np.minimum((1 - c) / (2 * (1 - mean)), 1.0)
        h = (1 - f * mean) / (1 - mean)
        return _z_test(a, b, 2 * (1 - c) * h, n, ranks)


def steiger(
    r_jk: Floats | float, r_jh: Floats | float, r_kh: Floats | float, n: Floats | float, *, ranks: bool = False
) -> Significance:
    """Test rho_jk = rho_jh by Steiger's Z2*, with the correlations pooled in the covariance term.

    Source: Steiger, "Tests for comparing elements of a correlation matrix", Psychological Bulletin 87 (1980), eq. 14
    with the covariance of eq. 10, which is eq. 3 taken at the mean of the two correlations:
    ``Z = (z_jk - z_jh) sqrt(n - 3) / sqrt(2 - 2 s)``.

    Args and returns as :func:`meng`.
    """
    a, b, c, n = _arrays(r_jk, r_jh, r_kh, n)
    with np.errstate(all="ignore"):
        pooled = (0.5 * (a + b)) ** 2
        psi = c * (1 - 2 * pooled) - 0.5 * pooled * (1 - 2 * pooled - c**2)
        s = psi / (1 - pooled) ** 2
        return _z_test(a, b, 2 - 2 * s, n, ranks)


def bootstrap_difference(estimates: Floats, draws: Floats, clusters: int) -> Significance:
    """Compare every two of M coefficients by their difference over common bootstrap resamples of clusters.

    On Fisher's z scale: ``t = (z_i - z_j) / sd(z_i* - z_j*)`` with ``clusters - 1`` degrees of freedom, since the
    resampled spread rests on that many independent pieces (Cameron, Gelbach and Miller, "Bootstrap-based improvements
    for inference with clustered errors", Review of Economics and Statistics 90 (2008)).

    Args:
        estimates: float64 (M,), the coefficients on all rows; NaN where undefined.
        draws: float64 (B, M), the same on B resamples, row b of the same resample for all metrics; NaN where a
            resample leaves a coefficient undefined (left out, pair by pair).
        clusters: independent groups of rows that were resampled.

    Returns:
        float64 (M, M), positive where the row's coefficient is the larger; NaN with fewer than two clusters or where
        fewer than half of the resamples are defined.
    """
    z, drawn = _fisher(estimates), _fisher(draws)
    error = np.full((len(z), len(z)), np.nan)
    for i in range(len(z)):
        difference = drawn[:, i, None] - drawn
        valid = np.isfinite(difference)
        count = valid.sum(axis=0)
        enough = count > max(1, len(drawn) // 2)
        mean = np.where(valid, difference, 0.0).sum(axis=0) / np.maximum(count, 1)
        squares = np.where(valid, difference - mean, 0.0) ** 2
        error[i, enough] = np.sqrt(squares.sum(axis=0) / np.maximum(count - 1, 1))[enough]
    # The spread of G resampled clusters falls short of the sampling variance by (G - 1) / G, as a mean's does.
    error *= np.sqrt(clusters / max(clusters - 1, 1))
    return student_test(np.where(np.isnan(error), np.nan, z[:, None] - z), error, clusters - 1)


def _arrays(*values: Floats | float) -> list[Floats]:
    return np.broadcast_arrays(*(np.asarray(value, np.float64) for value in values))  # type: ignore[return-value]


def _z_test(a: Floats, b: Floats, variance: Floats, n: Floats, ranks: bool) -> Significance:
    """``variance`` is that of the difference of the two z, times n - 3."""
    if ranks:
        variance = variance * (1 + 0.25 * (a**2 + b**2))
    difference = np.where(a == b, 0.0, np.arctanh(a) - np.arctanh(b))
    difference = np.where((n >= 4) & np.isfinite(difference), difference, np.nan)
    return normal_test(difference, np.sqrt(variance / (n - 3)))


def _fisher(r: Floats) -> Floats:
    return np.arctanh(np.clip(np.asarray(r, np.float64), -_MOST, _MOST))
