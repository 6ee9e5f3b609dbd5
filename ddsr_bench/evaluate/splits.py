"""Which videos are kept for testing, and how often: folds, random splits, whole groups left out.

Every draw has an address (:mod:`ddsr_bench.seeding`), so split ``i`` is the same whether 10 or 1000 are drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError
from ddsr_bench.seeding import generator

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Rows to learn from and rows to test on: int64, ascending, disjoint; ``name`` says what was left out."""

    train: Indices
    test: Indices
    name: str = ""


def kfold(n: int, k: int, groups: Sequence[str] | None = None, seed: int = 0) -> tuple[Split, ...]:
    """Partition ``n`` rows into ``k`` test folds, with ``groups`` so that no group is in two folds.

    Groups are dealt largest first to the fold that is smallest so far, in random order among equals.

    Raises:
        DdsrError: ``k`` below 2, or above the number of rows or groups.
    """
    codes, count = _codes(n, groups)
    if count < 2:
        raise DdsrError(_nothing_to_split(count, groups))
    if not 2 <= k <= count:
        what = "videos" if groups is None else "sources"
        raise DdsrError(f"{k} folds of {count} {what}: give a number of folds from 2 to {count}")
    order = generator(seed, "kfold").permutation(count)
    sizes = np.bincount(codes, minlength=count)
    fold_of, load = np.empty(count, np.int64), [0] * k
    for group in order[np.argsort(-sizes[order], kind="stable")]:
        fold = load.index(min(load))
        fold_of[group] = fold
        load[fold] += int(sizes[group])
    folds = fold_of[codes]
    return tuple(_split(folds == fold, f"fold {fold + 1}") for fold in range(k))


def random_splits(
    n: int, count: int, groups: Sequence[str] | None = None, seed: int = 0, test_fraction: float = 0.2
) -> tuple[Split, ...]:
    """Draw ``count`` independent splits; with ``groups`` whole groups go to the test side.

    Groups are taken in random order until the number of test videos is as near to ``test_fraction * n`` as whole
    groups allow; either side keeps at least one group.

    Raises:
        DdsrError: fewer than two rows or groups, ``count`` below 1, or a fraction outside (0, 1).
    """
    codes, n_groups = _codes(n, groups)
    if count < 1 or not 0 < test_fraction < 1:
        raise DdsrError(f"{count} splits with a test share of {test_fraction:g}: give 1 or more, and a share in (0, 1)")
    if n_groups < 2:
        raise DdsrError(_nothing_to_split(n_groups, groups))
    sizes = np.bincount(codes, minlength=n_groups)
    return tuple(_draw(codes, sizes, test_fraction * n, seed, index) for index in range(count))


def _draw(codes: Indices, sizes: Indices, target: float, seed: int, index: int) -> Split:
    order = generator(seed, "split", index).permutation(len(sizes))
    reached = np.cumsum(sizes[order])[:-1]
    taken = int(np.argmin(np.abs(reached - target))) + 1
    is_test = np.zeros(len(sizes), bool)
    is_test[order[:taken]] = True
    return _split(is_test[codes], f"split {index + 1}")


def leave_one_group_out(labels: Sequence[str], what: str = "source") -> tuple[Split, ...]:
    """One split per distinct label, in sorted order: its rows are the test side.

    Raises:
        DdsrError: fewer than two labels (``what`` names them in the text).
    """
    codes, count = _codes(len(labels), labels)
    if count < 2:
        raise DdsrError(f"{count} {what}: none can be left out; give a table with two or more, or --protocol none")
    names = sorted(set(labels))
    return tuple(_split(codes == code, names[code]) for code in range(count))


def published(n: int, count: int = 99) -> tuple[Split, ...]:
    """The random 80/20 splits of the blind-VQA literature: the same rows as scikit-learn's ``train_test_split``.

    ``train_test_split(test_size=0.2, random_state=ceil(8.8 * i))`` for i = 1..count draws one permutation from
    NumPy's legacy generator and takes its first ``ceil(0.2 n)`` rows for testing. Source: Tu et al., "UGC-VQA:
    Benchmarking Blind Video Quality Assessment for User Generated Content", IEEE TIP 2021, public evaluation code.

    Raises:
        DdsrError: fewer than two rows, or ``count`` below 1.
    """
    if n < 2 or count < 1:
        raise DdsrError(f"{count} published splits of {n} videos: give 1 or more splits and 2 or more videos")
    return tuple(_published(n, index) for index in range(1, count + 1))


def _published(n: int, index: int) -> Split:
    order = np.random.RandomState(math.ceil(8.8 * index)).permutation(n)
    is_test = np.zeros(n, bool)
    is_test[order[: math.ceil(0.2 * n)]] = True
    return _split(is_test, f"split {index}")


def test_weights(splits: Sequence[Split], n: int) -> NDArray[np.uint8]:
    """Mark the test rows: uint8 (len(splits), n), 1 where a row is tested."""
    weights = np.zeros((len(splits), n), np.uint8)
    for row, split in zip(weights, splits, strict=True):
        row[split.test] = 1
    return weights


test_weights.__test__ = False  # type: ignore[attr-defined]  # its name is no invitation to pytest


def _nothing_to_split(count: int, groups: Sequence[str] | None) -> str:
    what = "video" if groups is None else "source"
    return f"{count} {what}: nothing to split; give a table with more, or --protocol none"


def _codes(n: int, groups: Sequence[str] | None) -> tuple[Indices, int]:
    """Number the groups in sorted order: (int64 (n,), how many); every row is its own group without ``groups``."""
    if groups is None:
        return np.arange(n, dtype=np.int64), n
    if len(groups) != n:
        raise ValueError(f"{len(groups)} group labels for {n} rows; give one label a row")
    number = {name: code for code, name in enumerate(sorted(set(groups)))}
    return np.fromiter((number[name] for name in groups), np.int64, n), len(number)


def _split(is_test: NDArray[np.bool_], name: str) -> Split:
    return Split(np.flatnonzero(~is_test), np.flatnonzero(is_test), name)
