"""Two correlations with the same opinions: published examples, degenerate input, and the size of each test."""

import numpy as np
import pytest
from scipy import stats

from ddsr_bench.evaluate.dependent import bootstrap_difference, meng, steiger

# May and Hittner, "A note on statistics for comparing dependent correlations", Psychological Reports 80 (1997): z of
# Meng et al. for n = 50 and r_kh = 0, 0.1, ..., 0.8. Their 2.24 is 2.245 unrounded, hence the tolerance.
MAY_HITTNER = {
    (0.5, 0.2): [1.62, 1.70, 1.80, 1.91, 2.06, 2.24, 2.50, 2.87, 3.50],
    (0.7, 0.4): [2.03, 2.10, 2.20, 2.32, 2.47, 2.66, 2.94, 3.35, 4.05],
}


def test_meng_rosenthal_rubin_1992():
    """Their worked example: r = .63 and -.03, between the two predictors -.19, n = 15: z = 1.68, one-sided p .047."""
    result = meng(0.63, -0.03, -0.19, 15)
    assert result.statistic == pytest.approx(1.68, abs=0.005)
    assert result.p / 2 == pytest.approx(0.047, abs=0.0005)


@pytest.mark.parametrize("pair", MAY_HITTNER)
def test_may_hittner_1997(pair):
    """Their published table, one row at a time, which also shows that arrays broadcast."""
    result = meng(pair[0], pair[1], np.arange(9) / 10, 50)
    assert result.statistic == pytest.approx(MAY_HITTNER[pair], abs=0.0055)


def test_steiger_1980():
    """Steiger's case A (p. 249): r12 = .4, r13 = .5, r23 = .1, n = 103.

    He prints Z2* = -.8913 from a covariance rounded to .0042; unrounded, the R package cocor documents -0.8887185.
    """
    result = steiger(0.4, 0.5, 0.1, 103)
    assert result.statistic == pytest.approx(-0.8887185, abs=5e-8)
    assert result.statistic == pytest.approx(-0.8913, abs=0.003)


def test_depcor_2006():
    """Silver, Hittner and May, "A FORTRAN 77 program ...", Applied Psychological Measurement 30 (2006): r = .3, .4, .5.

    n = 100; the program prints four decimals.
    """
    first, second = meng(0.3, 0.4, 0.5, 100), steiger(0.3, 0.4, 0.5, 100)
    assert (first.statistic, first.p) == pytest.approx((-1.0707, 0.2843), abs=5e-5)
    assert (second.statistic, second.p) == pytest.approx((-1.0718, 0.2838), abs=5e-5)


@pytest.mark.parametrize("test", [meng, steiger])
def test_degenerate_input(test):
    same, perfect, twice_perfect, small, lacking = (
        test(0.7, 0.7, 1.0, 50),
        test(1.0, 0.7, 0.7, 50),
        test(1.0, 1.0, 1.0, 50),
        test(0.5, 0.2, 0.3, 3),
        test(np.nan, 0.2, 0.3, 50),
    )
    assert (same.p, twice_perfect.p) == (1.0, 1.0)
    assert np.isnan([perfect.p, small.p, lacking.p]).all()
    # Copies of a metric whose correlations differ in the last bit are still copies.
    assert test(0.7, 0.7 + 1e-16, 1.0 - 1e-16, 50).p == 1.0


@pytest.mark.parametrize("test", [meng, steiger])
def test_swapping_the_metrics_turns_the_sign(test):
    forth, back = test(0.8, 0.7, 0.6, 40), test(0.7, 0.8, 0.6, 40)
    assert forth.statistic == -back.statistic > 0
    assert forth.p == back.p


def correlations(rng, rho, between, n, count, ranks):
    """``count`` samples of n rows with rho_jk = rho_jh = rho and rho_kh = between: r_jk, r_jh, r_kh."""
    root = np.linalg.cholesky([[1, rho, rho], [rho, 1, between], [rho, between, 1]])
    x = root @ rng.normal(size=(count, 3, n))
    x = stats.rankdata(x, axis=-1) if ranks else x
    x = x - x.mean(axis=-1, keepdims=True)
    x /= np.linalg.norm(x, axis=-1, keepdims=True)
    r = x @ x.swapaxes(1, 2)
    return r[:, 0, 1], r[:, 0, 2], r[:, 1, 2]


@pytest.mark.parametrize("ranks", [False, True])
@pytest.mark.parametrize(("rho", "between"), [(0.5, 0.3), (0.8, 0.7), (0.9, 0.85)])
@pytest.mark.parametrize("n", [50, 200])
def test_size(rho, between, n, ranks):
    """At 5 % the null hypothesis is rejected in 3 to 7 % of 6000 samples (standard error 0.3 %)."""
    r = correlations(np.random.default_rng(7), rho, between, n, 6000, ranks)
    for test in (meng, steiger):
        assert 0.03 <= (test(*r, n, ranks=ranks).p < 0.05).mean() <= 0.07


def test_pearsons_variance_is_too_small_for_ranks():
    """Why ``ranks`` exists: without it a true null is rejected far too often at high correlations."""
    r = correlations(np.random.default_rng(7), 0.9, 0.85, 100, 6000, True)
    assert (meng(*r, 100).p < 0.05).mean() > 0.08


def clustered(rng, groups, size):
    """Opinions and two equally good metrics, all with as much variance between clusters as within: (3, n)."""
    code = np.repeat(np.arange(groups), size)
    noise = (rng.normal(size=(3, groups))[:, code] + rng.normal(size=(3, groups * size))) / np.sqrt(2)
    return np.stack([noise[0], noise[0] + 0.8 * noise[1], noise[0] + 0.8 * noise[2]])


def bootstrap_p(rng, groups, size, resamples):
    """The plainest cluster bootstrap of two SROCC: draw clusters, stack their rows, rank, correlate."""
    x = clustered(rng, groups, size)
    drawn = rng.integers(groups, size=(resamples + 1, groups))
    drawn[0] = np.arange(groups)
    rows = (drawn[:, :, None] * size + np.arange(size)).reshape(resamples + 1, -1)
    ranks = stats.rankdata(x[:, rows], axis=-1)
    ranks -= ranks.mean(axis=-1, keepdims=True)
    ranks /= np.linalg.norm(ranks, axis=-1, keepdims=True)
    srocc = (ranks[0] * ranks[1:]).sum(axis=-1).T
    return bootstrap_difference(srocc[0], srocc[1:], groups).p[0, 1]


SLOW = [pytest.param(*shape, marks=pytest.mark.slow) for shape in ((10, 20), (30, 5), (50, 1))]


@pytest.mark.parametrize(("groups", "size"), [(10, 5), *SLOW])
def test_size_of_the_clustered_bootstrap(groups, size):
    """With rows correlated within clusters, 3 to 7 % of 2000 nulls are rejected at 5 % (standard error 0.5 %)."""
    rng = np.random.default_rng(11)
    p = np.array([bootstrap_p(rng, groups, size, 300) for _ in range(2000)])
    assert 0.03 <= (p < 0.05).mean() <= 0.07


def test_bootstrap_by_hand():
    """The definition, pair by pair: t = dz / (sd of the resampled dz, times sqrt(G / (G - 1))), G - 1 df."""
    rng = np.random.default_rng(0)
    estimates, draws = np.array([0.8, 0.6, 0.7]), np.tanh(rng.normal(1.0, 0.1, (500, 3)))
    result = bootstrap_difference(estimates, draws, 12)
    z = np.arctanh(draws)
    t = (np.arctanh(0.8) - np.arctanh(0.7)) / ((z[:, 0] - z[:, 2]).std(ddof=1) * np.sqrt(12 / 11))
    assert result.statistic[0, 2] == pytest.approx(t)
    assert result.p[0, 2] == pytest.approx(2 * stats.t.sf(t, 11))
    assert result.statistic == pytest.approx(-result.statistic.T)


def test_bootstrap_of_copies_and_of_undefined_metrics():
    draws = np.tanh(np.random.default_rng(0).normal(1.0, 0.1, (200, 4)))
    draws[:, 1] = draws[:, 0]
    draws[:, 2] = np.nan
    draws[:20, 3] = np.nan
    result = bootstrap_difference(np.array([0.8, 0.8, np.nan, 0.5]), draws, 10)
    assert result.p[0, 1] == 1.0
    assert np.isnan(result.p[2]).all()
    assert result.p[0, 3] < 0.05
    assert np.isnan(bootstrap_difference(np.array([0.8, 0.5]), draws[:, [0, 3]], 1).p[0, 1])


def test_a_resample_that_reaches_one_does_not_blow_up():
    draws = np.tanh(np.random.default_rng(0).normal(1.0, 0.1, (200, 2)))
    draws[0, 0] = 1.0
    assert np.isfinite(bootstrap_difference(np.array([0.9, 0.5]), draws, 10).statistic).all()
