"""Plain coefficients; the oracle is SciPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ddsr_bench.evaluate.coefficients import krocc, outlier_ratio, plcc, rmse, srocc, why_undefined
from ddsr_bench.evaluate.ranks import midranks

VALUES = st.lists(st.integers(-5, 5), min_size=4, max_size=40)


@given(VALUES, st.integers(0, 2**32 - 1))
@settings(max_examples=200, deadline=None)
def test_equal_scipy_with_ties(values, seed):
    x = np.array(values, float)
    y = np.random.default_rng(seed).integers(0, 4, len(x)).astype(float)
    assert midranks(x) == pytest.approx(stats.rankdata(x))
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert np.isnan([srocc(x, y), krocc(x, y), plcc(x, y)]).all()
        return
    assert srocc(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)
    assert krocc(x, y) == pytest.approx(stats.kendalltau(x, y).statistic, abs=1e-12)
    assert plcc(x, y) == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-12)


@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
@settings(max_examples=50, deadline=None)
def test_rank_correlations_ignore_monotone_maps_and_plcc_units(seed, scale, offset):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(2, 30))
    assert srocc(np.exp(x), y) == pytest.approx(srocc(x, y), abs=1e-12)
    assert krocc(x**3, y) == pytest.approx(krocc(x, y), abs=1e-12)
    assert plcc(scale * x + offset, y) == pytest.approx(plcc(x, y), abs=1e-6)
    assert srocc(-x, y) == pytest.approx(-srocc(x, y), abs=1e-12)


@pytest.mark.parametrize("unit", [1e-200, 1e-9, 1e200])
def test_extreme_units_neither_overflow_nor_vanish(unit):
    x, y = np.random.default_rng(0).normal(size=(2, 50))
    assert plcc(x * unit, y) == pytest.approx(plcc(x, y), abs=1e-12)


def test_errors_and_outliers_by_hand():
    predicted, mos, half = np.array([1.0, 2, 3, 4]), np.array([1.0, 2.5, 3, 5]), np.array([0.1, 0.6, 0.1, 0.9])
    assert rmse(predicted, mos) == pytest.approx(np.sqrt((0.25 + 1) / 4))
    assert outlier_ratio(predicted, mos, half) == 0.25
    assert np.isnan(rmse(predicted[:0], mos[:0]))
    assert np.isnan(outlier_ratio(predicted[:0], mos[:0], half[:0]))


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        ([1, 2], [1, 2], "2 videos; 3 or more are needed"),
        ([1, np.nan, 3], [1, 2, 3], "the metric holds NaN or infinity"),
        ([2, 2, 2], [1, 2, 3], "constant metric"),
        ([1, 2, 3], [4, 4, 4], "all MOS are equal"),
        ([1, 2, 3], [4, 4, 5], None),
    ],
)
def test_undefined_values_have_a_reason(x, y, reason):
    x, y = np.array(x, float), np.array(y, float)
    assert why_undefined(x, y) == reason
    assert np.isnan(srocc(x, y)) == (reason is not None)
