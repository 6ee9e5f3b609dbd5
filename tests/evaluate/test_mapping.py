"""Mappings to MOS; the oracle is SciPy's curve_fit from several starts."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.mapping import at_bound, fit_mapping


def logistic4(x, b1, b2, b3, b4):
    return b2 + (b1 - b2) / (1 + np.exp(-(x - b3) / np.abs(b4)))


def logistic5(x, b1, b2, b3, b4, b5):
    return b1 * (0.5 - 1 / (1 + np.exp(b2 * (x - b3)))) + b4 * x + b5


def residual(predicted, y):
    return float(((predicted - y) ** 2).sum())


def sample(seed, n, unit=1.0, steepness=1.5, noise=0.3, sign=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return x * unit + 7 * unit, 3 + sign * np.tanh(steepness * x / 2 + 0.2) + noise * rng.normal(size=n)


@pytest.mark.parametrize("n", [40, 231, 1155])
@pytest.mark.parametrize("unit", [0.01, 1.0, 300.0])
@pytest.mark.parametrize("sign", [-1, 1])
def test_four_parameters_end_where_scipy_ends(n, unit, sign):
    x, y = sample(n, n, unit, sign=sign)
    start = [y.max(), y.min(), x.mean(), x.std()] if sign > 0 else [y.min(), y.max(), x.mean(), x.std()]
    best, _ = curve_fit(logistic4, x, y, p0=start, maxfev=20_000)
    fitted = fit_mapping(x, y, "logistic4")
    assert fitted.used == "logistic4"
    assert fitted.converged
    assert residual(fitted(x), y) == pytest.approx(residual(logistic4(x, *best), y), rel=1e-6)
    # The parameters are those of the formula, not of another form.
    assert fitted(x) == pytest.approx(logistic4(x, *fitted.parameters.values()), rel=1e-9)


@pytest.mark.parametrize("unit", [0.01, 1.0, 300.0])
def test_five_parameters_end_no_higher_than_scipy(unit):
    x, y = sample(3, 300, unit, steepness=4)
    best, _ = curve_fit(logistic5, x, y, p0=[2, 2 / unit, x.mean(), 0.0, y.mean()], maxfev=50_000)
    fitted = fit_mapping(x, y, "logistic5")
    assert residual(fitted(x), y) <= residual(logistic5(x, *best), y) * (1 + 1e-6)
    assert fitted(x) == pytest.approx(logistic5(x, *fitted.parameters.values()), rel=1e-9)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:Covariance")
def test_weak_metrics_with_outliers_are_not_caught_in_a_poor_minimum():
    rng = np.random.default_rng(5)
    for _ in range(20):
        x = np.exp(1.2 * rng.normal(size=276))
        y = 3.6 - 0.15 * np.log(x) + 0.6 * rng.normal(size=276)
        found = residual(fit_mapping(x, y)(x), y)
        line = residual(fit_mapping(x, y, "linear")(x), y)
        best, _ = curve_fit(logistic4, x, y, p0=[y.max(), y.min(), x.mean(), 0.5], maxfev=100_000)
        assert found < line
        # Steps narrower than a hundredth of the spread are left to curve_fit.
        assert found < residual(logistic4(x, *best), y) * 1.01


def test_a_straight_line_is_least_squares():
    x, y = sample(1, 60)
    fitted = fit_mapping(x, y, "linear")
    slope, offset = np.polyfit(x, y, 1)
    assert list(fitted.parameters.values()) == pytest.approx([offset, slope])


@pytest.mark.parametrize(
    ("x", "kind", "used", "reason"),
    [
        (np.ones(9), "logistic4", "none", "constant metric"),
        (np.r_[np.ones(5), np.zeros(4)], "logistic4", "linear", "2 distinct values are too few for 4 parameters"),
        (np.arange(9.0) // 2, "logistic5", "linear", "5 distinct values are too few for 5 parameters"),
        (np.arange(9.0), "none", "none", None),
    ],
)
def test_what_cannot_be_fitted_falls_back_and_says_so(x, kind, used, reason):
    fitted = fit_mapping(x, np.arange(9.0), kind)
    assert (fitted.requested, fitted.used, fitted.reason) == (kind, used, reason)


def test_a_step_and_a_line_are_named():
    x = np.linspace(0, 1, 200)
    assert at_bound(fit_mapping(x, (x > 0.5) * 1.0), x) == "the best curve is a step"
    assert at_bound(fit_mapping(x, 2 * x), x) == "the best curve is a straight line"
    assert at_bound(fit_mapping(x, np.tanh(6 * (x - 0.5))), x) is None


def test_unknown_kinds_are_named():
    with pytest.raises(
        DdsrError, match=r"^mapping 'cubic': unknown; choose one of: logistic4, logistic5, linear, none$"
    ):
        fit_mapping(np.arange(5.0), np.arange(5.0), "cubic")
