"""Coefficients inside groups; the oracle is a loop over SciPy."""

import numpy as np
import pytest
from scipy import stats

from ddsr_bench.evaluate.groups import Groups, mean_of_groups, within


def uneven(seed=0):
    """Groups of 3, 5, 5, 12 and 130 rows, with ties."""
    rng = np.random.default_rng(seed)
    labels = np.repeat([f"g{i}" for i in range(5)], [3, 5, 5, 12, 130])
    order = rng.permutation(len(labels))
    y = np.round(rng.normal(size=len(labels)), 1)
    return labels[order], np.round(y + rng.normal(size=len(y)), 1), y


def test_each_group_equals_scipy():
    labels, x, y = uneven()
    groups = Groups.of(labels)
    mapped = 0.5 * x
    found = within(x, mapped, y, groups)
    assert np.isnan(found["srocc"][0]), "three rows are too few for Fisher's z"
    for index, name in enumerate(groups.names[1:], 1):
        rows = labels == name
        assert found["srocc"][index] == pytest.approx(stats.spearmanr(x[rows], y[rows]).statistic, abs=1e-12)
        assert found["krocc"][index] == pytest.approx(stats.kendalltau(x[rows], y[rows]).statistic, abs=1e-12)
        assert found["plcc_raw"][index] == pytest.approx(stats.pearsonr(x[rows], y[rows]).statistic, abs=1e-12)
        assert found["plcc"][index] == pytest.approx(found["plcc_raw"][index], abs=1e-12)
        assert found["rmse"][index] == pytest.approx(np.sqrt(np.mean((mapped[rows] - y[rows]) ** 2)))


def test_the_mean_is_fishers():
    values, sizes = np.array([np.nan, 0.2, 0.5, -0.1]), np.array([9, 5, 13, 4])
    z = np.arctanh(values[1:])
    weighted, plain = mean_of_groups(values, sizes, "srocc")
    assert weighted == pytest.approx(np.tanh((2 * z[0] + 10 * z[1] + z[2]) / 13))
    assert plain == pytest.approx(np.tanh(z.mean()))
    assert mean_of_groups(values, sizes, "rmse")[1] == pytest.approx(0.2)


def test_a_perfect_small_group_does_not_rule_the_mean():
    values, sizes, z = np.array([1.0, 0.1, 0.1, 0.1]), np.full(4, 5), np.arctanh(0.1)
    assert mean_of_groups(values, sizes, "srocc")[0] == pytest.approx(np.tanh((np.arctanh(0.95) + 3 * z) / 4))
    assert mean_of_groups(values, sizes, "krocc")[0] == pytest.approx(np.tanh((np.arctanh(0.9) + 3 * z) / 4))
    # The largest value below 1 that five untied rows can take stays as it is.
    assert mean_of_groups(np.array([0.9]), np.array([5]), "srocc")[0] == pytest.approx(0.9)


def test_constant_groups_are_nan_and_no_group_at_all_too():
    labels = np.repeat(["a", "b"], 5)
    x = np.r_[np.ones(5), np.arange(5.0)]
    y = np.arange(10.0)
    found = within(x, x, y, Groups.of(labels))
    assert np.isnan([found[name][0] for name in ("srocc", "krocc", "plcc", "plcc_raw")]).all()
    assert found["srocc"][1] == pytest.approx(1.0)
    assert np.isnan(mean_of_groups(np.array([np.nan]), np.array([5]), "srocc")).all()
