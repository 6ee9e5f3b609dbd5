"""Pairs of videos: which there are, which differ, and the seeded draw where there are too many."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddsr_bench.evaluate.pairs_draw import draw_pairs


def as_set(pairs):
    return {frozenset(pair) for pair in zip(pairs.better.tolist(), pairs.worse.tolist(), strict=True)}


@given(st.lists(st.sampled_from("abc"), min_size=0, max_size=25))
def test_all_pairs_within_groups(labels):
    mos = np.random.default_rng(len(labels)).normal(size=len(labels))
    pairs = draw_pairs(mos, None, labels, seed=0)
    expected = {frozenset(p) for p in itertools.combinations(range(len(labels)), 2) if labels[p[0]] == labels[p[1]]}
    assert as_set(pairs) == expected
    assert len(pairs.better) == len(expected)
    assert (mos[pairs.better] >= mos[pairs.worse]).all()
    assert not pairs.sampled


def test_without_groups_every_two_videos_make_a_pair():
    pairs = draw_pairs(np.arange(12.0), None, None, seed=0)
    assert as_set(pairs) == {frozenset(p) for p in itertools.combinations(range(12), 2)}


def test_z_test_of_two_mos():
    """Half widths 0.3 and 0.4: the difference must exceed 0.5. At exactly 0.5 it does not differ."""
    pairs = draw_pairs(np.array([3.0, 3.5, 2.4]), np.array([0.3, 0.4, 0.4]), None, seed=0)
    differ = {frozenset(p): bool(d) for *p, d in zip(pairs.better, pairs.worse, pairs.different, strict=True)}
    assert differ == {frozenset({0, 1}): False, frozenset({0, 2}): True, frozenset({1, 2}): True}
    assert pairs.criterion == "MOS differ by a z-test at 5 %, from the two 95 % intervals"


def test_a_tenth_of_the_range_where_no_spread_is_given():
    pairs = draw_pairs(np.array([1.0, 1.4, 1.3, 5.0]), None, None, seed=0)
    similar = {frozenset(p) for *p, d in zip(pairs.better, pairs.worse, pairs.different, strict=True) if not d}
    assert similar == {frozenset({0, 2}), frozenset({1, 2})}
    assert pairs.criterion == "MOS at least 0.4 apart (10% of the observed range; no MOS spread given)"


def test_tied_mos_never_differ():
    assert not draw_pairs(np.full(5, 3.0), None, None, seed=0).different.any()
    assert not draw_pairs(np.full(5, 3.0), np.zeros(5), None, seed=0).different.any()


@pytest.mark.parametrize(
    ("n", "groups", "limit"), [(60, None, 500), (60, ["a", "b"] * 30, 500), (10_000, None, 1_000_000)]
)
def test_sample(n, groups, limit):
    """Distinct pairs, the same for the same seed, other ones for another, from all over the videos."""
    mos = np.random.default_rng(0).normal(size=n)
    pairs, again, other = (draw_pairs(mos, None, groups, seed, limit) for seed in (1, 1, 2))
    numbers = np.minimum(pairs.better, pairs.worse) * n + np.maximum(pairs.better, pairs.worse)
    assert pairs.sampled
    assert len(numbers) == limit
    assert (np.diff(np.sort(numbers)) > 0).all()
    assert (pairs.better != pairs.worse).all()
    assert np.array_equal(again.better, pairs.better)
    assert not np.array_equal(other.better, pairs.better)
    if groups:
        assert {groups[i] == groups[j] for i, j in zip(pairs.better, pairs.worse, strict=True)} == {True}
    share = np.bincount(np.concatenate([pairs.better, pairs.worse]), minlength=n) / (2 * limit / n)
    assert share.mean() == pytest.approx(1)
    assert share.std() < 1.2 * np.sqrt(n / (2 * limit))  # no more uneven than chance


def test_a_million_videos():
    """5e11 pairs are numbered without rounding errors: rows in range, pairs distinct."""
    pairs = draw_pairs(np.arange(1e6), None, None, seed=3, limit=100_000)
    assert pairs.worse.min() >= 0
    assert pairs.better.max() < 1_000_000
    assert (pairs.better > pairs.worse).all()
    assert (np.diff(np.sort(pairs.better * 1_000_000 + pairs.worse)) > 0).all()
