"""The accuracy's interval: resampled sums against a literal resampling, the approximation against the resampling."""

import numpy as np
import pytest

from ddsr_bench.evaluate.pairs_accuracy import MOST_CLUSTERS, ClusterPairs, pair_credit


def make(clusters, videos, within, counts, seed=0):
    """Random videos in clusters, a random half of their pairs, and each pair's credit."""
    rng = np.random.default_rng(seed)
    code = rng.integers(clusters, size=videos)
    skill = rng.normal(size=clusters)
    i, j = np.triu_indices(videos, 1)
    keep = rng.random(len(i)) < 0.5
    if within:
        keep &= code[i] == code[j]
    i, j = i[keep], j[keep]
    credit = pair_credit(np.round(rng.normal(size=len(i)) + skill[code[i]] + skill[code[j]], 1))
    return ClusterPairs(code[i], code[j], clusters, counts, within), credit


def literal(pairs, credit, count):
    """Stack the copies of the clusters as a careful person would and look at every pair of copies."""
    total = number = 0.0
    for g, h, value in zip(pairs.first, pairs.second, credit, strict=True):
        for a in range(count[g]):
            for b in range(count[h]):
                if pairs.within and g == h and a != b:
                    continue
                total, number = total + value, number + 1
    return total / number


@pytest.mark.parametrize("within", [False, True])
def test_equals_a_literal_resampling(within):
    """One resample at a time, both ends of its "interval" are that resample's accuracy (sums in float32)."""
    rng = np.random.default_rng(1)
    for _ in range(5):
        counts = rng.multinomial(6, np.full(6, 1 / 6), size=1)
        pairs, credit = make(6, 30, within, counts)
        assert pairs.interval(credit) == pytest.approx([literal(pairs, credit, counts[0])] * 2, rel=1e-6)


@pytest.mark.parametrize("within", [False, True])
def test_approximation_agrees_with_resampling(within):
    """With 80 clusters the two intervals' widths agree within 10 %."""
    counts = np.random.default_rng(2).multinomial(80, np.full(80, 1 / 80), size=4000)
    pairs, credit = make(80, 400, within, counts)
    low, high = pairs.interval(credit)
    near = ClusterPairs(pairs.first, pairs.second, 80, None, within).interval(credit)
    assert near[1] - near[0] == pytest.approx(high - low, rel=0.1)
    assert near == pytest.approx([low, high], abs=0.1 * (high - low))


def test_method_is_named():
    pairs, _ = make(6, 30, False, np.ones((1, 6), int))
    assert pairs.method == "percentiles over resampled clusters"
    many = ClusterPairs(pairs.first, pairs.second, MOST_CLUSTERS + 1, np.ones((1, MOST_CLUSTERS + 1), int), False)
    assert many.method == "linear approximation of the resampling of clusters"


def test_no_interval_from_one_cluster_or_one_pair():
    pairs, credit = make(1, 10, False, np.ones((5, 1), int))
    assert pairs.interval(credit) is None
    pairs, credit = make(4, 20, False, None)
    assert ClusterPairs(pairs.first[:1], pairs.second[:1], 4, None, False).interval(credit[:1]) is None


def test_resamples_without_a_pair_are_left_out():
    """Pairs in two of six clusters only: some resamples hold neither, the interval is of the others."""
    counts = np.random.default_rng(0).multinomial(6, np.full(6, 1 / 6), size=500)
    pairs = ClusterPairs(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]), 6, counts, True)
    assert pairs.interval(np.array([1.0, 1.0, 0.0, 0.0])) == (0.0, 1.0)
    assert ClusterPairs(pairs.first, pairs.second, 6, np.zeros((10, 6), int), True).interval(np.ones(4)) is None


def test_credit():
    assert pair_credit(np.array([-2.0, 0.0, 1e-9])).tolist() == [0.0, 0.5, 1.0]


def test_coverage():
    """Accuracy of a null metric is 1/2: 92 to 98 % of 400 intervals from 30 clusters hold it (standard error 1.1 %)."""
    rng = np.random.default_rng(3)
    code = np.repeat(np.arange(30), 4)
    i, j = np.triu_indices(120, 1)
    held = 0
    for _ in range(400):
        counts = rng.multinomial(30, np.full(30, 1 / 30), size=300)
        mos, score = rng.normal(size=(2, 30))[:, code] + rng.normal(size=(2, 120))
        credit = pair_credit((mos[i] - mos[j]) * (score[i] - score[j]))
        low, high = ClusterPairs(code[i], code[j], 30, counts, False).interval(credit)
        held += low <= 0.5 <= high
    assert 0.92 <= held / 400 <= 0.98
