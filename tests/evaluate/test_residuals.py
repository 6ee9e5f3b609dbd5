"""Residual variances: scipy's distributions and correlation as second implementations, and the size of both tests."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ddsr_bench.evaluate.residuals import f_test, morgan_pitman


def test_f_by_tables():
    """Any table of F with 9 and 9 degrees of freedom: 3.18 leaves 5 % above it, 4.03 leaves 2.5 %."""
    assert f_test(1.0, 3.18, 9, 9).p == pytest.approx(0.10, abs=0.001)
    assert f_test(1.0, 4.03, 9, 9).p == pytest.approx(0.05, abs=0.001)


@given(st.floats(0.1, 10), st.floats(0.1, 10), st.integers(1, 300), st.integers(1, 300))
def test_f_equals_scipy_and_is_symmetric(first, second, df_first, df_second):
    result = f_test(first, second, df_first, df_second)
    upper = stats.f.sf(second / first, df_second, df_first)
    assert result.statistic == pytest.approx(second / first)
    assert result.p == pytest.approx(2 * min(upper, 1 - upper), abs=1e-9)
    assert f_test(second, first, df_second, df_first).p == pytest.approx(result.p, abs=1e-9)


def test_f_degenerate():
    assert f_test(2.0, 2.0, 10, 10).p == pytest.approx(1.0)
    assert np.isnan(
        f_test(np.array([0.0, 1.0, np.nan, 1.0]), 1.0, np.array([9, 0, 9, 9]), np.array([9, 9, 9, 0])).p
    ).all()


def moments(residuals):
    return np.var(residuals[0], ddof=1), np.var(residuals[1], ddof=1), np.cov(residuals)[0, 1]


def test_morgan_pitman_is_the_correlation_of_sum_and_difference():
    """The test's definition (Pitman 1939), by scipy's Pearson correlation and its p value."""
    residuals = np.random.default_rng(3).multivariate_normal([0, 0], [[1, 0.6], [0.6, 1.8]], 40).T
    r, p = stats.pearsonr(residuals[1] + residuals[0], residuals[1] - residuals[0])
    result = morgan_pitman(*moments(residuals), 40)
    assert result.p == pytest.approx(p)
    assert result.statistic == pytest.approx(r * np.sqrt(38 / (1 - r**2)))
    assert result.statistic > 0


def test_morgan_pitman_degenerate():
    assert morgan_pitman(2.0, 2.0, 2.0, 30).p == 1.0
    assert np.isnan(morgan_pitman(2.0, 1.0, 0.3, 2).p)
    assert np.isnan(morgan_pitman(0.0, 1.0, 0.0, 30).p)
    assert np.isnan(morgan_pitman(4.0, 1.0, 2.0, 30).p)  # one residual is twice the other: no spread to test against


@pytest.mark.parametrize("n", [20, 200])
def test_size(n):
    """3 to 7 % of 10 000 nulls rejected at 5 %: F on independent residuals, Morgan-Pitman on correlated ones."""
    rng = np.random.default_rng(5)
    first, second = rng.normal(size=(2, 10_000, n))
    independent = f_test((first**2).mean(axis=1), (second**2).mean(axis=1), n, n)
    second = 0.8 * first + 0.6 * second
    first, second = (x - x.mean(axis=1, keepdims=True) for x in (first, second))
    v1, v2, c = ((a * b).sum(axis=1) / (n - 1) for a, b in ((first, first), (second, second), (first, second)))
    assert 0.03 <= (independent.p < 0.05).mean() <= 0.07
    assert 0.03 <= (morgan_pitman(v1, v2, c, n).p < 0.05).mean() <= 0.07
    # On the same correlated residuals the F-test is far too cautious, which is why both are reported.
    assert (f_test(v1, v2, n - 1, n - 1).p < 0.05).mean() < 0.01
