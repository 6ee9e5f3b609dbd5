"""Bootstrap intervals: forms, edges, and (slow) whether they cover what they promise."""

import numpy as np
import pytest
from scipy import stats

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.bootstrap import bootstrap_counts, clusters_of, jackknife_counts, merged
from ddsr_bench.evaluate.intervals import interval
from ddsr_bench.evaluate.mapping import fit_mapping
from ddsr_bench.evaluate.resampled import Resampled
from ddsr_bench.evaluate.solver_grid import standardise


def test_the_default_is_students_t_on_fishers_scale():
    draws = np.tanh(np.arctanh(0.6) + 0.1 * np.random.default_rng(0).normal(size=4000))
    ends = interval(0.6, draws, 10)
    reach = stats.t.ppf(0.975, 9) * np.sqrt(10 / 9) * np.arctanh(draws).std(ddof=1)
    assert ends.low == pytest.approx(np.tanh(np.arctanh(0.6) - reach))
    assert ends.high == pytest.approx(np.tanh(np.arctanh(0.6) + reach))


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_with_many_clusters_percentiles_are_plain_ones(method):
    draws = np.random.default_rng(1).normal(0.3, 0.05, 20_000)
    ends = interval(0.3, draws, 100_000, method=method, jackknife=np.random.default_rng(2).normal(0.3, 1e-4, 500))
    assert [ends.low, ends.high] == pytest.approx(np.quantile(draws, [0.025, 0.975]), abs=0.002)


def test_bca_agrees_with_scipy():
    data = np.random.default_rng(3).exponential(size=60)
    known = stats.bootstrap((data,), np.mean, n_resamples=20_000, method="BCa", rng=np.random.default_rng(0))
    counts = bootstrap_counts(60, 20_000, 0)
    left_out = (data.sum() - data) / 59
    # So many clusters that nothing is widened: what is left is Efron's formula.
    ends = interval(data.mean(), counts @ data / 60, 10**7, scale="error", method="bca", jackknife=left_out)
    assert [ends.low, ends.high] == pytest.approx(list(known.confidence_interval), abs=0.02)


def test_few_clusters_widen_the_interval():
    draws = np.random.default_rng(1).normal(0.3, 0.05, 4000)
    widths = [np.diff([i.low, i.high])[0] for i in (interval(0.3, draws, g) for g in (4, 10, 1000))]
    assert widths[0] > 1.3 * widths[1] > 1.5 * widths[2] / 1.3


@pytest.mark.parametrize(
    ("estimate", "clusters", "finite", "reason"),
    [
        (np.nan, 10, 1.0, "the value itself is undefined"),
        (0.5, 1, 1.0, "1 independent group cannot tell the spread; 3 or more can"),
        (0.5, 2, 1.0, "2 independent groups cannot tell the spread; 3 or more can"),
        (0.5, 10, 0.5, "undefined on too many resamples"),
    ],
)
def test_no_interval_has_a_reason(estimate, clusters, finite, reason):
    draws = np.where(np.arange(1000) < 1000 * finite, 0.5, np.nan)
    ends = interval(estimate, draws, clusters)
    assert np.isnan([ends.low, ends.high]).all()
    assert ends.reason == reason


def test_unknown_methods_are_named():
    with pytest.raises(DdsrError, match=r"^interval 'basic': unknown; choose one of: t, percentile, bca$"):
        interval(0.5, np.zeros(10), 5, method="basic")


def test_shares_and_errors_stay_in_range():
    draws = np.random.default_rng(0).normal(0.02, 0.05, 1000)
    assert interval(0.02, draws, 10, scale="share").low == 0
    assert interval(0.02, np.abs(draws), 10, scale="error").low > 0


def test_clusters_keep_their_rows_together():
    clusters = clusters_of(["b", "a", "b", "c"], 4, "source")
    assert (clusters.count, clusters.codes.tolist(), clusters.order.tolist()) == (3, [0, 1, 1, 2], [1, 0, 2, 3])
    assert clusters_of(None, 3, "video").codes.tolist() == [0, 1, 2]


def test_merging_keeps_every_row_and_whole_clusters():
    labels = [f"s{i // 3}" for i in range(300)]
    few = merged(clusters_of(labels, 300, "source"), 7, seed=1)
    assert few.count == 7
    assert sorted(few.order.tolist()) == list(range(300))
    assert (np.diff(few.codes) >= 0).all()
    home = np.empty(300, int)
    home[few.order] = few.codes
    assert all(len(set(home[i * 3 : i * 3 + 3])) == 1 for i in range(100))


def test_resamples_are_addressed():
    first = bootstrap_counts(20, 50, 3)
    assert (first == bootstrap_counts(20, 50, 3)).all()
    assert (first[:10] == bootstrap_counts(20, 10, 3)).all(), "more resamples add to the fewer"
    assert not (first == bootstrap_counts(20, 50, 4)).all()
    assert (first.sum(1) == 20).all()
    assert jackknife_counts(3).tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 0]]


def drawn(rng, rho, icc, clusters, size):
    """Two bivariate normal variables whose correlation is ``rho`` between and within clusters alike."""
    between, inside = rng.normal(size=(2, clusters)), rng.normal(size=(2, clusters * size))
    codes = np.repeat(np.arange(clusters), size)
    for pair in (between, inside):
        pair[1] = rho * pair[0] + np.sqrt(1 - rho**2) * pair[1]
    x, y = np.sqrt(icc) * between[:, codes] + np.sqrt(1 - icc) * inside
    return x, y, codes


@pytest.mark.slow
@pytest.mark.parametrize("size", [5, 20], ids=["n=50", "n=200"])
@pytest.mark.parametrize("coefficient", ["srocc", "krocc", "plcc_raw", "plcc"])
def test_intervals_of_ten_clusters_cover_92_to_97_percent(coefficient, size):
    """Averaged over weak to strong metrics and sources, at which a plain bootstrap covers too little (below).

    True values of the bivariate normal: SROCC 6/pi asin(rho/2), KROCC 2/pi asin(rho), PLCC rho.
    """
    runs = 2000 if coefficient != "plcc" else 400
    hits = []
    for index in range(runs):
        rng = np.random.default_rng([index, size])
        rho, icc = [0.3, 0.6, 0.9][index % 3], [0.0, 0.3, 0.6][index // 3 % 3]
        x, y, codes = drawn(rng, rho, icc, 10, size)
        true = {"srocc": 6 / np.pi * np.arcsin(rho / 2), "krocc": 2 / np.pi * np.arcsin(rho)}.get(coefficient, rho)
        estimate, draws = both(coefficient, x, y, codes, bootstrap_counts(10, 400, index))
        ends = interval(estimate, draws, 10)
        hits.append(ends.low <= true <= ends.high)
    assert 0.92 <= np.mean(hits) <= 0.97


@pytest.mark.slow
def test_plain_bootstrap_intervals_of_ten_clusters_cover_too_little():
    """Why the default is none of them: plain percentiles and plain BCa of PLCC, same designs, 50 videos."""
    hits = {"percentile": [], "bca": [], "t": []}
    for index in range(1800):
        rho, icc = [0.3, 0.6, 0.9][index % 3], [0.0, 0.3, 0.6][index // 3 % 3]
        x, y, codes = drawn(np.random.default_rng([index, 5]), rho, icc, 10, 5)
        estimate, draws = both("plcc_raw", x, y, codes, bootstrap_counts(10, 1000, index))
        left_out = Resampled(y, codes, jackknife_counts(10)).plcc(x)
        for method, covered in hits.items():
            # A million clusters: nothing is widened for being few.
            ends = interval(estimate, draws, 10 if method == "t" else 10**6, method=method, jackknife=left_out)
            covered.append(ends.low <= rho <= ends.high)
    shares = {method: float(np.mean(covered)) for method, covered in hits.items()}
    assert 0.86 < shares["percentile"] < 0.92, shares
    assert 0.84 < shares["bca"] < 0.91, shares
    assert shares["t"] > 0.925, shares


def both(coefficient, x, y, codes, counts):
    """The estimate and its draws."""
    engines = [Resampled(y, codes, c) for c in (np.ones((1, counts.shape[1])), counts)]
    if coefficient != "plcc":
        name = coefficient.removesuffix("_raw")
        one, many = (getattr(engine, name)(x) for engine in engines)
        return float(one[0]), many
    location, spread = standardise(x)
    b = fit_mapping(x, y).parameters
    start = np.array([(b["b3"] - location) / spread, np.log(abs(b["b4"]) / spread)])
    one, many = (engine.mapped(x, start, slope=False).plcc for engine in engines)
    return float(one[0]), many
