"""Published splits: which videos a metric may be trained on, and which test it, parted by what they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ddsr_bench.data.manifest.schema import FOLDS, PUBLISHED_SPLITS
from ddsr_bench.errors import DdsrError
from ddsr_bench.seeding import generator

_TEST_SHARE = 0.2


def published_splits(rows: Sequence[Mapping[str, Any]], seed: int = 0) -> list[dict[str, Any]]:
    """Ten 80/20 splits and five folds of a manifest's rows, by ``source_group``.

    All videos of a group go together, so every split holds every method in equal shares where each source was made by
    all methods. Groups are taken in a random order until a fifth of the sources is reached.

    Args:
        rows: with ``video_id, source_id, source_group``.
        seed: decides the order; a published manifest has 0.

    Returns:
        A row a video: ``video_id``, ``split_00`` to ``split_09`` (train or test) and ``fold`` (0 to 4).

    Raises:
        DdsrError: fewer than five groups.
    """
    members: dict[str, set[str]] = {}
    for row in rows:
        members.setdefault(row["source_group"], set()).add(row["source_id"])
    if len(members) < FOLDS:
        raise DdsrError(f"splits: {len(members)} source groups; five folds need five or more")
    tests = [_test_groups(members, seed, number) for number in range(PUBLISHED_SPLITS)]
    folds = _folds(members, seed)
    return [
        {
            "video_id": row["video_id"],
            **{
                f"split_{number:02d}": "test" if row["source_group"] in test else "train"
                for number, test in enumerate(tests)
            },
            "fold": folds[row["source_group"]],
        }
        for row in rows
    ]


def _test_groups(members: Mapping[str, set[str]], seed: int, number: int) -> set[str]:
    names = sorted(members)
    order = generator("splits", seed, number).permutation(len(names))
    wanted = _TEST_SHARE * sum(len(one) for one in members.values())
    chosen: set[str] = set()
    count = 0
    for place in order:
        size = len(members[names[place]])
        # A group that would overshoot by more than it brings nearer is passed over.
        if abs(count + size - wanted) < abs(count - wanted):
            chosen.add(names[place])
            count += size
    return chosen or {names[order[0]]}


def _folds(members: Mapping[str, set[str]], seed: int) -> dict[str, int]:
    """The largest groups first, each to the fold with the fewest sources so far; ties at random."""
    names = sorted(members)
    order = generator("splits", seed, "folds").permutation(len(names))
    shuffled = sorted((names[place] for place in order), key=lambda name: -len(members[name]))
    filled = np.zeros(FOLDS, np.int64)
    folds = {}
    for name in shuffled:
        fold = int(np.argmin(filled))
        folds[name] = fold
        filled[fold] += len(members[name])
    return folds
