"""Splits and protocols: what is kept apart stays apart, and every draw has its own address."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.protocol import Protocol, parse_protocol
from ddsr_bench.evaluate.splits import kfold, leave_one_group_out, published, random_splits, test_weights

uneven = st.lists(st.integers(1, 9), min_size=5, max_size=12)


def sources_of(sizes):
    """Labels s0, s1, ... repeated by their sizes and interleaved."""
    labels = [f"s{group}" for group, size in enumerate(sizes) for _ in range(size)]
    return [labels[index] for index in np.random.default_rng(0).permutation(len(labels))]


def is_partition(split, n):
    return sorted([*split.train, *split.test]) == list(range(n))


@pytest.mark.parametrize("n", [7, 585, 1200, 1380])
def test_published_equals_scikit_learn(n):
    """Oracle: ``train_test_split`` as the public benchmark code calls it, all 99 of them."""
    from sklearn.model_selection import train_test_split

    for index, split in enumerate(published(n), start=1):
        train, test = train_test_split(np.arange(n), test_size=0.2, random_state=math.ceil(8.8 * index))
        assert np.array_equal(split.train, np.sort(train))
        assert np.array_equal(split.test, np.sort(test))
    assert index == 99


@given(uneven, st.integers(0, 5))
def test_random_splits_keep_sources_apart_and_sizes_near(sizes, seed):
    labels = sources_of(sizes)
    n = len(labels)
    for split in random_splits(n, 5, labels, seed):
        assert is_partition(split, n)
        assert not {labels[row] for row in split.train} & {labels[row] for row in split.test}
        assert abs(len(split.test) - 0.2 * n) <= max(sizes)


@given(uneven, st.integers(2, 5))
def test_folds_test_every_row_once_and_keep_sources_apart(sizes, k):
    labels = sources_of(sizes)
    folds = kfold(len(labels), k, labels, seed=1)
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(len(labels)))
    for fold in folds:
        assert is_partition(fold, len(labels))
        assert not {labels[row] for row in fold.train} & {labels[row] for row in fold.test}
    lengths = [len(fold.test) for fold in folds]
    assert max(lengths) - min(lengths) <= max(sizes)


def test_plain_folds_differ_by_one_row_at_most():
    assert sorted(Counter(len(fold.test) for fold in kfold(23, 5)).items()) == [(4, 2), (5, 3)]


def test_a_split_does_not_depend_on_how_many_are_drawn():
    labels = sources_of([3] * 20)
    few, many = random_splits(60, 3, labels, seed=7), random_splits(60, 40, labels, seed=7)
    assert all(np.array_equal(a.test, b.test) for a, b in zip(few, many, strict=False))
    assert len({tuple(split.test) for split in many}) > 35
    other = random_splits(60, 3, labels, seed=8)
    assert not all(np.array_equal(a.test, b.test) for a, b in zip(few, other, strict=True))


def test_every_source_is_tested_as_often_as_chance_says():
    """1000 splits of 105 sources x 11: a source is tested with probability .2, so within 5 sd of 200 times."""
    labels = [f"source {index % 105}" for index in range(1155)]
    weights = test_weights(random_splits(1155, 1000, labels), 1155)
    assert weights.dtype == np.uint8
    assert set(weights.sum(axis=1)) == {231}
    assert np.abs(weights.sum(axis=0) - 200.0).max() < 5 * math.sqrt(1000 * 0.2 * 0.8)
    assert np.array_equal(weights[:, :105], weights[:, 105:210])


def test_leaving_a_method_out():
    splits = leave_one_group_out(["b", "a", "b", "c"], "method")
    assert [split.name for split in splits] == ["a", "b", "c"]
    assert [list(split.test) for split in splits] == [[1], [0, 2], [3]]
    assert list(splits[1].train) == [1, 3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("none", Protocol("none")),
        ("kfold", Protocol("kfold", 5)),
        ("KFold:10", Protocol("kfold", 10)),
        ("random:1000", Protocol("random", 1000)),
        ("leave-source-out", Protocol("leave-source-out")),
    ],
)
def test_protocols_are_read(text, expected):
    assert parse_protocol(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kfolds", "protocol 'kfolds': unknown; did you mean 'kfold'? choose one of none, kfold[:K], random[:N], "
         "published, leave-method-out, leave-source-out"),
        ("kfold:1", "protocol 'kfold:1': '1' is no number of 2 or more; write kfold:5"),
        ("random:", "protocol 'random:': '' is no number of 1 or more; write random:100"),
        ("random:ten", "protocol 'random:ten': 'ten' is no number of 1 or more; write random:100"),
        ("published:50", "protocol 'published:50': published takes no number; write published"),
    ],
)  # fmt: skip
def test_bad_protocols_are_told(text, message):
    with pytest.raises(DdsrError) as caught:
        parse_protocol(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("protocol", "labels", "message"),
    [
        ("kfold:5", {"sources": ["a", "a", "b", "b", "c", "c"]},
         "5 folds of 3 sources: give a number of folds from 2 to 3"),
        ("kfold:9", {}, "9 folds of 6 videos: give a number of folds from 2 to 6"),
        ("kfold:2", {"sources": ["a"] * 6}, "1 source: nothing to split; give a table with more, or --protocol none"),
        ("random:5", {"sources": ["a"] * 6}, "1 source: nothing to split; give a table with more, or --protocol none"),
        ("leave-method-out", {},
         "protocol leave-method-out: the table has no method column; name it with --method-column"),
        ("leave-source-out", {}, "protocol leave-source-out: the table has no source column; name it with --group"),
        ("leave-method-out", {"methods": ["m"] * 6},
         "1 method: none can be left out; give a table with two or more, or --protocol none"),
    ],
)  # fmt: skip
def test_what_cannot_be_split_is_told(protocol, labels, message):
    with pytest.raises(DdsrError) as caught:
        parse_protocol(protocol).splits(6, **labels)
    assert str(caught.value) == message


def test_protocols_make_their_splits():
    sources, methods = ["a", "a", "b", "b", "c", "c"], ["x", "y"] * 3
    made = {
        text: parse_protocol(text).splits(6, sources=sources, methods=methods)
        for text in ("none", "kfold:3", "random:4", "published", "leave-method-out", "leave-source-out")
    }
    assert {text: len(splits) for text, splits in made.items()} == {
        "none": 0, "kfold:3": 3, "random:4": 4, "published": 99, "leave-method-out": 2, "leave-source-out": 3,
    }  # fmt: skip
    assert all(len(split.test) == 2 for split in made["kfold:3"])
    plain = parse_protocol("random:30").splits(6, sources=sources, disjoint=False)
    assert {len(split.test) for split in plain} == {1}
    assert parse_protocol("none").source_disjoint is None
    assert parse_protocol("published").source_disjoint is False
    assert parse_protocol("random").source_disjoint is True
