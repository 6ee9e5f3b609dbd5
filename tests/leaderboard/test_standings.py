"""Ranks that admit doubt: intervals and tests over sources, letters, ties."""

import numpy as np
import pytest
from scipy import stats

from ddsr_bench.errors import DdsrError
from ddsr_bench.leaderboard.standings import _letters, standings


def scene(methods, sources, clips=1, seed=0, gap=1.0, noise=1.0):
    """Values of methods a ``gap`` apart on clips whose sources differ more than the methods do."""
    rng = np.random.default_rng(seed)
    level = rng.normal(30, 5, sources).repeat(clips)
    values = level + gap * np.arange(methods)[:, None] + noise * rng.normal(size=(methods, sources * clips))
    return values, [f"m{i}" for i in range(methods)], [f"s{i}" for i in range(sources) for _ in range(clips)]


def test_best_first_in_both_directions():
    values, methods, sources = scene(3, 8)
    up = standings(values, methods, sources, higher_is_better=True)
    down = standings(values, methods, sources, higher_is_better=False)
    assert [row.method for row in up] == ["m2", "m1", "m0"]
    assert [row.method for row in down] == ["m0", "m1", "m2"]
    assert [row.rank for row in up] == [1, 2, 3]
    assert up[0].mean == pytest.approx(values[2].mean())
    assert all(row.low < row.mean < row.high and row.n == 8 for row in up)


def test_p_values_are_those_of_the_paired_t_test():
    """With one clip a source the bootstrap's spread of a difference is its standard error: scipy's ttest_rel."""
    values, methods, sources = scene(2, 20, gap=0.5)
    row = standings(values, methods, sources, higher_is_better=True, resamples=20000)[0]
    assert row.p_next == pytest.approx(stats.ttest_rel(values[1], values[0]).pvalue, rel=0.15)


def test_intervals_are_students():
    values, methods, sources = scene(1, 15)
    row = standings(values, methods, sources, higher_is_better=True, resamples=20000)[0]
    low, high = stats.t.interval(0.95, 14, values[0].mean(), stats.sem(values[0]))
    assert (row.low, row.high) == pytest.approx((low, high), abs=0.03 * (high - low))


def test_copies_of_a_clip_add_no_certainty():
    values, methods, sources = scene(2, 6, gap=0.3)
    once = standings(values, methods, sources, higher_is_better=True)
    copied = standings(values.repeat(5, 1), methods, [s for s in sources for _ in range(5)], higher_is_better=True)
    assert [row.p_next for row in copied] == pytest.approx([row.p_next for row in once], nan_ok=True)
    assert copied[0].high == pytest.approx(once[0].high)


def test_letters_part_what_can_be_told_apart():
    rng = np.random.default_rng(1)
    level = rng.normal(0, 5, 12)
    values = np.stack([level + rng.normal(0, 0.3, 12) + shift for shift in (0, 0.05, 3, 3.02, 9)])
    rows = standings(values, list("abcde"), [str(i) for i in range(12)], higher_is_better=True)
    assert {row.method: row.group for row in rows} == {"e": "A", "d": "B", "c": "B", "b": "C", "a": "C"}
    assert rows[0].p_next < 0.05 < rows[1].p_next
    assert rows[-1].p_next is None


def test_equal_methods_share_a_rank_and_a_letter():
    values, _, sources = scene(1, 5)
    rows = standings(np.vstack([values, values]), ["a", "b"], sources, higher_is_better=True)
    assert [(row.rank, row.group) for row in rows] == [(1, "A"), (1, "A")]
    assert rows[0].p_next == 1


def test_few_sources_have_no_interval_and_no_test():
    values, methods, sources = scene(2, 2, clips=4)
    rows = standings(values, methods, sources, higher_is_better=True)
    assert [(row.low, row.high, row.p_next, row.group) for row in rows] == [(None, None, None, "A")] * 2


def test_order_of_clips_and_seed():
    values, methods, sources = scene(3, 9)
    order = np.random.default_rng(0).permutation(9)
    mixed = standings(values[:, order], methods, [sources[i] for i in order], higher_is_better=True)
    plain = standings(values, methods, sources, higher_is_better=True)
    assert [row.low for row in mixed] == pytest.approx([row.low for row in plain])
    assert standings(values, methods, sources, higher_is_better=True) == plain


def test_errors_name_what_is_wrong():
    with pytest.raises(DdsrError, match=r"values of shape \(2, 3\) for 2 methods and 2 clips; give one each"):
        standings(np.zeros((2, 3)), ["a", "b"], ["x", "y"], higher_is_better=True)
    with pytest.raises(DdsrError, match=r"b: clip 1 has no finite value; leave the method out of the ranking"):
        standings(np.array([[1, 2], [1, np.nan]]), ["a", "b"], ["x", "y"], higher_is_better=True)


def test_letters_go_on_after_z():
    assert [_letters(i) for i in (0, 25, 26, 27, 51, 52, 701, 702)] == ["A", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]
