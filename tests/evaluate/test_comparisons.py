"""The tests between metrics as a whole: each matrix from its own test, and what degenerate tables give."""

import json

import numpy as np
import pytest
from scipy import stats

from ddsr_bench.evaluate.comparisons import PRIMARY, Compared, compare
from ddsr_bench.evaluate.dependent import meng, steiger
from ddsr_bench.evaluate.pairs import pair_analysis
from ddsr_bench.evaluate.residuals import f_test, morgan_pitman

IDS = [
    "bootstrap_srocc",
    "bootstrap_plcc",
    "meng_srocc",
    "meng_plcc",
    "steiger_srocc",
    "steiger_plcc",
    "f_residuals",
    "morgan_pitman",
    "wilcoxon_srocc",
    "corrected_t_srocc",
    "delong_different_similar",
    "delong_better_worse",
]


def fitted(row, mos):
    """Least squares line; NaN where the metric is constant or was not scored."""
    known = np.isfinite(row)
    if known.sum() < 3 or np.ptp(row[known]) == 0:
        return np.full(len(row), np.nan)
    slope, offset = np.polyfit(row[known], mos[known], 1)
    return slope * row + offset


def coefficients(rows, predictions, mos):
    """SROCC and PLCC of every metric on some rows; NaN where undefined."""
    out = {"srocc": [], "plcc": []}
    for row in predictions[:, rows]:
        x = np.stack([row, mos[rows]])
        for key, values in (("srocc", stats.rankdata(x, axis=1)), ("plcc", x)):
            defined = np.isfinite(x).all() and x.shape[1] > 1 and (np.ptp(x, axis=1) > 0).all()
            out[key].append(np.corrcoef(values)[0, 1] if defined else np.nan)
    return {key: np.array(values) for key, values in out.items()}


def study(predictions, mos, resamples=200, splits=30):
    """Everything the engine would hand over, by the plainest means: every video a cluster."""
    rng = np.random.default_rng(9)
    n = len(mos)
    names = [f"m{k}" for k in range(len(predictions))]
    draws = [coefficients(rng.integers(n, size=n), predictions, mos) for _ in range(resamples)]
    parts = [coefficients(rng.permutation(n)[: max(2, n // 5)], predictions, mos) for _ in range(splits)]
    return Compared(
        names=names,
        predictions=predictions,
        mapped=np.array([fitted(row, mos) for row in predictions]).reshape(predictions.shape),
        mos=mos,
        estimates=coefficients(np.arange(n), predictions, mos),
        resampled={key: np.array([draw[key] for draw in draws]) for key in ("srocc", "plcc")},
        clusters=n,
        mapping_parameters=[2] * len(names),
        split_values={"srocc": np.array([part["srocc"] for part in parts])},
        test_fraction=0.2,
        pairs=pair_analysis(names, predictions, mos, np.arange(n)),
    )


@pytest.fixture(scope="module")
def four():
    """A good metric, a copy of it, a poor one and one that is nearly as good."""
    rng = np.random.default_rng(0)
    mos = rng.uniform(1, 5, 120)
    good, near = mos + rng.normal(0, 0.5, 120), mos + rng.normal(0, 0.55, 120)
    return study(np.stack([good, good, mos + rng.normal(0, 3, 120), near]), mos)


@pytest.fixture(scope="module")
def results(four):
    return compare(four)


def matrix(results, name, key):
    return np.array(results["tests"][name][key], float)


def test_all_tests_are_there_and_explained(results):
    assert list(results["tests"]) == IDS
    assert results["primary"] == PRIMARY == "bootstrap_srocc"
    assert (results["metrics"], results["alpha"]) == (["m0", "m1", "m2", "m3"], 0.05)
    for test in results["tests"].values():
        assert test["title"]
        assert test["about"].endswith(".")
    json.dumps(results, allow_nan=False)


@pytest.mark.parametrize("name", IDS)
def test_matrices(results, name):
    """Symmetric p, Holm never below p, an empty diagonal; the good metric beats the poor one, its copy ties with it."""
    statistic, p, adjusted, better = (matrix(results, name, key) for key in ("statistic", "p", "p_holm", "better"))
    off = ~np.eye(4, dtype=bool)
    assert np.isnan([np.diag(statistic), np.diag(p), np.diag(adjusted)]).all()
    assert p[off] == pytest.approx(p.T[off])
    assert (adjusted[off] >= p[off]).all()
    assert np.array_equal(better, -better.T, equal_nan=True)
    assert better[0, 2] == better[1, 2] == better[3, 2] == 1
    assert p[0, 1] == pytest.approx(1.0)
    assert better[0, 1] == 0
    assert statistic[0, 2] > (1 if name == "f_residuals" else 0)
    expected = 1 / statistic.T if name == "f_residuals" else -statistic.T
    assert statistic[off] == pytest.approx(expected[off])


def test_correlation_tests_take_the_right_correlations(four, results):
    """Meng and Steiger by scipy's correlations: Spearman's of the scores, Pearson's of the mapped scores."""
    good, poor, mos = four.predictions[0], four.predictions[2], four.mos
    r = [stats.spearmanr(*pair).statistic for pair in ((good, mos), (poor, mos), (good, poor))]
    assert matrix(results, "meng_srocc", "p")[0, 2] == pytest.approx(float(meng(*r, 120, ranks=True).p))
    assert matrix(results, "steiger_srocc", "statistic")[0, 2] == pytest.approx(
        float(steiger(*r, 120, ranks=True).statistic)
    )
    good, poor = four.mapped[0], four.mapped[2]
    r = [stats.pearsonr(*pair).statistic for pair in ((good, mos), (poor, mos), (good, poor))]
    assert matrix(results, "meng_plcc", "statistic")[0, 2] == pytest.approx(float(meng(*r, 120).statistic))


def test_residual_tests_take_the_right_variances(four, results):
    residuals = four.mos - four.mapped
    squares = (residuals**2).sum(axis=1) / 118
    assert matrix(results, "f_residuals", "statistic")[0, 2] == pytest.approx(squares[2] / squares[0])
    assert matrix(results, "f_residuals", "p")[0, 3] == pytest.approx(float(f_test(squares[0], squares[3], 118, 118).p))
    covariance = np.cov(residuals[[0, 3]])
    expected = morgan_pitman(covariance[0, 0], covariance[1, 1], covariance[0, 1], 120)
    assert matrix(results, "morgan_pitman", "p")[0, 3] == pytest.approx(float(expected.p))


@pytest.mark.parametrize("alpha", [0.2, 1e-4])
def test_alpha_decides_on_the_corrected_values(four, alpha):
    for test in compare(four, alpha=alpha)["tests"].values():
        significant = np.array(test["p_holm"], float) < alpha
        assert np.array_equal(np.abs(np.array(test["better"], float)) == 1, significant)


def test_only_what_there_is_material_for(four):
    slim = Compared(**{**vars(four), "split_values": None, "test_fraction": None, "pairs": None, "resampled": {}})
    assert list(compare(slim)["tests"]) == IDS[2:8]


def test_undefined_metrics_are_undefined_everywhere():
    """A constant metric and one with a few scores only: None against all others, who are compared on all videos."""
    rng = np.random.default_rng(1)
    mos = rng.uniform(1, 5, 50)
    scores = np.stack([mos + rng.normal(0, 1, 50), mos + rng.normal(0, 1, 50), np.full(50, 2.0), mos])
    scores[3, :40] = np.nan
    outcome = compare(study(scores, mos))
    alone = compare(study(scores[:2], mos))
    for name in IDS:
        p = outcome["tests"][name]["p"]
        assert [p[i][j] for i, j in ((0, 2), (0, 3), (2, 3), (1, 2))] == [None] * 4, name
        if "bootstrap" not in name and name not in ("wilcoxon_srocc", "corrected_t_srocc"):  # other random draws
            assert p[0][1] == pytest.approx(alone["tests"][name]["p"][0][1]), name
    json.dumps(outcome, allow_nan=False)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("metrics", [1, 3])
def test_tiny_tables(metrics, n):
    """Nothing crashes, nothing warns, and the matrices have the size they should."""
    rng = np.random.default_rng(2)
    outcome = compare(study(rng.normal(size=(metrics, n)), np.arange(n) * 1.0, resamples=20, splits=3))
    assert all(len(test["p"]) == metrics for test in outcome["tests"].values())
    json.dumps(outcome, allow_nan=False)


def test_no_video_that_all_scored():
    """Half of the videos each: no common one, and still no crash."""
    mos, scores = np.arange(6.0), np.full((2, 6), np.nan)
    scores[0, :3], scores[1, 3:] = [1, 2, 3], [3, 1, 2]
    outcome = compare(study(scores, mos, resamples=20, splits=3))
    assert outcome["tests"]["meng_srocc"]["p"][0][1] is None
