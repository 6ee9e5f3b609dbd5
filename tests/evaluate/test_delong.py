"""Areas under ROC curves: pROC's published example, the definition item by item, and the size of the test."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from ddsr_bench.evaluate.delong import Areas, delong, delong_mirrored

# Outcome after subarachnoid haemorrhage of 113 patients (Turck et al., Intensive Care Med. 36 (2010)), data set aSAH of
# the R package pROC (Robin et al., BMC Bioinformatics 12 (2011)): the 41 with a poor outcome first, then the 72 with a
# good one; each score as the rank of its value, which is all that an area depends on.
WFNS = """
3 2 4 5 5 5 5 2 5 2 1 2 5 4 4 2 5 5 5 2 5 2 5 2 4 5 4 4 1 4 4 2 2 5 5 2 2 5 5 5 5
1 1 1 1 5 1 2 2 1 2 2 1 1 1 2 1 2 1 1 3 4 1 4 1 5 5 1 1 2 4 1 1 2 2 1 2
1 2 2 1 1 1 1 2 1 2 1 1 3 2 4 2 1 4 1 1 5 4 2 2 1 1 1 3 1 2 2 4 4 1 1 1"""
S100B = """
9 6 12 8 26 31 29 3 20 5 3 24 22 28 31 16 31 31 31 3 31 18 1 5 14 31 16 31 4 16 9 6 7 14 31 10 31 19 31 31 26
9 10 6 2 27 13 6 6 2 4 2 5 7 3 13 3 7 9 13 2 12 10 21 5 30 27 12 3 25 27 7 4 5 4 2 9
6 10 11 2 2 5 2 5 4 12 5 4 20 7 17 3 6 19 3 2 15 23 6 11 4 10 6 3 2 13 11 27 13 11 30 28"""
NDKA = """
38 25 29 36 4 10 19 44 48 44 44 15 33 40 6 8 31 2 52 40 17 19 23 31 42 27 40 8 50 35 4 13 40 4 12 44 21 33 46 19 36
1 9 7 18 5 35 5 39 30 39 37 47 11 5 24 5 5 51 26 14 14 39 3 7 5 13 28 7 34 45 7 5 24 11 7 28
43 41 16 22 49 5 37 14 18 18 34 3 37 24 11 18 39 18 22 7 14 18 43 9 24 27 45 20 24 11 43 16 32 41 5 30"""


@pytest.fixture(scope="module")
def haemorrhage():
    scores = np.array([text.split() for text in (WFNS, S100B, NDKA)], float)
    return delong(scores, np.arange(113) < 41)


def test_published_areas_and_covariances(haemorrhage):
    """The values that pROC's own tests hold (tests/testthat: deLongPlacementsCpp, test-var, test-cov)."""
    assert haemorrhage.auc == pytest.approx([0.823678861788618, 0.731368563685637, 0.611957994579946])
    expected = [
        [0.00146991470882363, 0.00119615567376754, -0.000532967856762438],
        [0.00119615567376754, 0.00266868245717244, -0.000756164938056579],
        [-0.000532967856762438, -0.000756164938056579, 0.0031908105493913],
    ]
    assert haemorrhage.covariance == pytest.approx(np.array(expected))


def test_published_tests(haemorrhage):
    """pROC's test-roc.test: roc.test(wfns, s100b), (wfns, ndka), (ndka, s100b), DeLong, two-sided."""
    result = haemorrhage.differences()
    assert result.statistic[0, 1] == pytest.approx(2.20898359144091)
    assert result.statistic[0, 2] == pytest.approx(2.79777591868904)
    assert result.statistic[2, 1] == pytest.approx(-1.39077002573558)
    expected = [0.0271757822291882, 0.00514557970691098, 0.164295175223054]
    assert result.p[[0, 0, 1], [1, 2, 2]] == pytest.approx(expected)


def test_interval_of_a_difference_is_pROCs(haemorrhage):  # noqa: N802
    """Of wfns less s100b: 0.0104061769564846 to 0.174214419249478."""
    contrast = np.array([1, -1, 0])
    middle = contrast @ haemorrhage.auc
    error = np.sqrt(contrast @ haemorrhage.covariance @ contrast)
    low, high = Areas(np.array([middle]), np.array([[error**2]])).intervals()[0]
    assert (low, high) == pytest.approx((0.0104061769564846, 0.174214419249478))


def by_definition(positive, negative):
    """The paper's estimator with its kernel psi, all couples written out: areas and covariances."""
    couples = zip(positive, negative, strict=True)
    psi = np.array([[[1.0 if x > y else 0.5 if x == y else 0.0 for y in n] for x in p] for p, n in couples])
    v10, v01 = psi.mean(axis=2), psi.mean(axis=1)
    covariance = np.cov(v10) / positive.shape[1] + np.cov(v01) / negative.shape[1]
    return psi.mean(axis=(1, 2)), np.atleast_2d(covariance), np.atleast_2d(np.cov(v10))


tied = st.integers(0, 2**32 - 1).map(np.random.default_rng)


@given(tied, st.integers(2, 12), st.integers(2, 12), st.integers(1, 3), st.integers(1, 9))
def test_equals_the_definition(rng, m, n, count, levels):
    scores = rng.integers(-levels, levels + 1, (count, m + n)) / 4
    positive = rng.permutation(m + n) < m
    areas = delong(scores, positive)
    auc, covariance, _ = by_definition(scores[:, positive], scores[:, ~positive])
    assert areas.auc == pytest.approx(auc)
    assert areas.covariance == pytest.approx(covariance, abs=1e-15)
    assert areas.auc[0] == pytest.approx(roc_auc_score(positive, scores[0]))


@given(tied, st.integers(2, 20), st.integers(1, 3), st.integers(1, 9))
def test_mirrored_equals_the_definition(rng, count, metrics, levels):
    """Both orders written out: the area of (s, -s), and 4 times the placements' covariance over the pairs."""
    scores = rng.integers(-levels, levels + 1, (metrics, count)) / 4
    areas = delong_mirrored(scores)
    auc, _, placements = by_definition(scores, -scores)
    assert areas.auc == pytest.approx(auc)
    assert areas.covariance == pytest.approx(4 * placements / count, abs=1e-15)
    labels = np.repeat([True, False], count)
    assert areas.auc[0] == pytest.approx(roc_auc_score(labels, np.concatenate([scores[0], -scores[0]])))


def test_slices_do_not_change_the_covariance():
    """More items than one slice holds (16 384) against NumPy's covariance of placements found by rank."""
    rng = np.random.default_rng(4)
    positive = rng.random(150_000) < 0.6
    scores = rng.normal(size=(2, 150_000)) + positive
    m, n = positive.sum(), (~positive).sum()
    inner, outer = [], []
    for score in scores:
        low, high = np.sort(score[~positive]), np.sort(score[positive])
        inner.append(np.searchsorted(low, score[positive]) / n)
        outer.append(1 - np.searchsorted(high, score[~positive]) / m)
    expected = np.cov(inner) / m + np.cov(outer) / n
    assert delong(scores, positive).covariance == pytest.approx(expected, rel=1e-9)


def test_rows_may_come_one_by_one():
    scores, positive = np.random.default_rng(0).normal(size=(3, 20)), np.arange(20) < 9
    assert np.array_equal(delong(iter(scores), positive).covariance, delong(scores, positive).covariance)


def test_same_order_is_no_difference():
    """Scores of one order, however scaled, have one area: no difference, p = 1, never a division by rounding."""
    score = np.random.default_rng(0).normal(size=300)
    scores = np.stack([score, np.exp(score), score**3])
    for areas in (delong(scores, np.arange(300) < 100), delong_mirrored(np.stack([score, 2 * score]))):
        assert (areas.differences().p == 1).all()


def test_degenerate():
    score = np.arange(6.0)[None]
    for positive in (np.zeros(6, bool), np.ones(6, bool)):
        areas = delong(score, positive)
        assert np.isnan(areas.auc).all()
        assert np.isnan(areas.differences().p).all()
    perfect = delong(score, score[0] > 2)
    assert perfect.auc == 1
    assert np.isnan(perfect.intervals()).all()  # no placement varies: the error of 0 says nothing
    assert np.isnan(delong_mirrored(np.zeros((2, 0))).auc).all()
    one = delong(score, score[0] > 4)
    assert (one.auc, np.isnan(one.covariance).all()) == (1, True)
    assert delong(score, score[0] % 2 == 0).intervals().min() >= 0


@pytest.mark.parametrize("draw", ["two samples", "mirrored"])
def test_size(draw):
    """Of 4000 nulls (equal areas, correlated scores) 3 to 7 % are rejected at 5 %; standard error 0.35 %."""
    rng = np.random.default_rng(6)
    root = np.linalg.cholesky([[1, 0.5], [0.5, 1]])
    p = []
    for _ in range(4000):
        if draw == "mirrored":
            areas = delong_mirrored(root @ rng.normal(size=(2, 100)) + 0.5)
        else:
            positive = np.arange(140) < 60
            areas = delong(root @ rng.normal(size=(2, 140)) + 0.8 * positive, positive)
        p.append(areas.differences().p[0, 1])
    assert 0.03 <= np.mean(np.array(p) < 0.05) <= 0.07


def test_each_pair_counts_once():
    """The mirrored area's estimated variance is the one that repeated draws show; two samples would halve it."""
    rng = np.random.default_rng(8)
    areas = [delong_mirrored(rng.normal(0.4, 1, (1, 120))) for _ in range(4000)]
    seen = np.var([area.auc[0] for area in areas])
    assert np.mean([area.covariance[0, 0] for area in areas]) == pytest.approx(seen, rel=0.08)
