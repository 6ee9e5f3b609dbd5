"""The batched engine; the oracle repeats the rows of each resample and asks SciPy."""

import numpy as np
import pytest
from scipy import stats

from ddsr_bench.evaluate.bootstrap import bootstrap_counts
from ddsr_bench.evaluate.mapping import fit_mapping
from ddsr_bench.evaluate.resampled import Resampled, cluster_sums

CLUSTERS, SIZE = 14, 6


def scores(ties, seed=0):
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(CLUSTERS), SIZE)
    y = 3 + 0.5 * rng.normal(size=CLUSTERS)[codes] + 0.4 * rng.normal(size=len(codes))
    x = np.tanh(y - 2.5) + 0.3 * rng.normal(size=len(codes))
    return (np.round(x, 1), np.round(y, 1), codes) if ties else (x, y, codes)


def weights(kind):
    if kind == "bootstrap":
        return bootstrap_counts(CLUSTERS, 30, 5)
    counts = np.zeros((30, CLUSTERS))
    for index, row in enumerate(counts):
        row[np.random.default_rng(index).choice(CLUSTERS, 4, replace=False)] = 1
    return counts


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("kind", ["bootstrap", "folds"])
def test_every_coefficient_equals_the_one_on_repeated_rows(ties, kind):
    x, y, codes = scores(ties)
    counts = weights(kind)
    engine = Resampled(y, codes, counts)
    found = {"srocc": engine.srocc(x), "plcc": engine.plcc(x), "krocc": engine.krocc(x), "rmse": engine.linear_rmse(x)}
    for index, row in enumerate(counts):
        taken = np.repeat(np.arange(len(x)), row[codes].astype(int))
        a, b = x[taken], y[taken]
        line = np.polyval(np.polyfit(a, b, 1), a)
        expected = {
            "srocc": stats.spearmanr(a, b).statistic,
            "plcc": stats.pearsonr(a, b).statistic,
            "krocc": stats.kendalltau(a, b).statistic,
            "rmse": np.sqrt(np.mean((line - b) ** 2)),
        }
        for name, value in expected.items():
            assert found[name][index] == pytest.approx(value, abs=1e-10), name


@pytest.mark.parametrize("kind", ["bootstrap", "folds"])
@pytest.mark.parametrize("form", ["logistic4", "logistic5"])
def test_the_mapping_is_fitted_anew_on_each_resample(kind, form):
    x, y, codes = scores(False)
    counts = weights(kind)
    fits = Resampled(y, codes, counts).mapped(x, np.zeros(2), slope=form == "logistic5", nodes=4)
    gaps = []
    for index, row in enumerate(counts):
        taken = np.repeat(np.arange(len(x)), row[codes].astype(int))
        fitted = fit_mapping(x[taken], y[taken], form)(x[taken])
        expected = stats.pearsonr(fitted, y[taken]).statistic
        gaps.append(fits.plcc[index] - expected)
        if abs(gaps[-1]) < 1e-6:
            assert fits.rmse[index] == pytest.approx(np.sqrt(np.mean((fitted - y[taken]) ** 2)), rel=1e-4)
    # Fewer starts are tried here: now and then a neighbouring minimum is a little worse, never much.
    share, close = (0.8, 1e-4) if form == "logistic4" else (0.6, 1e-3)
    assert np.quantile(np.abs(gaps), share) < close
    assert np.abs(gaps).max() < 0.05


def test_rows_as_their_own_clusters():
    x, y, _codes = scores(True)
    counts = bootstrap_counts(len(x), 5, 1)
    found = Resampled(y, np.arange(len(x)), counts).krocc(x)
    for value, row in zip(found, counts, strict=True):
        taken = np.repeat(np.arange(len(x)), row.astype(int))
        assert value == pytest.approx(stats.kendalltau(x[taken], y[taken]).statistic, abs=1e-10)


@pytest.mark.parametrize("what", ["metric", "scores"])
def test_constant_resamples_are_nan(what):
    x, y, codes = scores(False)
    counts = np.zeros((2, CLUSTERS))
    counts[:, 3] = [1, 2]
    counts[1, 4] = 1
    (x if what == "metric" else y)[codes == 3] = 1.25
    engine = Resampled(y, codes, counts)
    found = [engine.srocc(x), engine.plcc(x), engine.krocc(x), engine.mapped(x, np.zeros(2), slope=False).plcc]
    assert np.isnan([values[0] for values in found[:3]]).all()
    assert np.isfinite([values[1] for values in found]).all()
    assert not found[3][0] > 1e-6


def test_blocks_do_not_change_a_bit(monkeypatch):
    x, y, codes = scores(True)
    counts = weights("bootstrap")
    whole = Resampled(y, codes, counts)
    monkeypatch.setattr("ddsr_bench.evaluate.resampled._BLOCK", 4 * len(x))
    parts = Resampled(y, codes, counts)
    assert (whole.srocc(x) == parts.srocc(x)).all()
    one, other = (engine.mapped(x, np.zeros(2), slope=False) for engine in (whole, parts))
    assert one.plcc == pytest.approx(other.plcc, abs=1e-4)


def test_cluster_sums_leave_absent_clusters_at_zero():
    values = np.array([[1.0, 2], [3, 4], [5, 6]])
    assert cluster_sums(values, np.array([0, 0, 2]), 4).tolist() == [[4, 6], [0, 0], [5, 6], [0, 0]]
