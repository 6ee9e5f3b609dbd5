"""Splits that come with a dataset (``splits.parquet``), or that a user made: a table of train and test by video."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.splits import Indices, Split

_ID, _FOLD, _PREFIX = "video_id", "fold", "split"


@dataclass(frozen=True)
class GivenSplits:
    """Splits of a score table's rows.

    Attributes:
        splits: what coefficients are computed on.
        folds: a partition from the same table, by which trained metrics predict every video once; may be empty.
    """

    splits: tuple[Split, ...]
    folds: tuple[Split, ...] = ()


def read_splits(path: Path, video_ids: Sequence[str]) -> GivenSplits:
    """Read a table of splits for these videos, in their order.

    Columns: ``video_id``; one or more whose names begin with ``split``, of ``train`` and ``test`` (a row with anything
    else, or nothing, is on neither side); and, if wanted, ``fold``, whose every value is a test side once.

    Raises:
        DdsrError: no such table or columns, a video that is not in it, or a split without one of its sides.
    """
    from ddsr_bench.evaluate.table_read import read_frame

    frame = read_frame(path, lambda names: [name for name in names if name != _FOLD])
    names = [name for name in frame.columns if name.startswith(_PREFIX)]
    if _ID not in frame.columns or not names:
        found = ", ".join(map(str, frame.columns[:6]))
        raise DdsrError(f"{path}: columns {found}; a table of splits has video_id and split_00, split_01, ...")
    rows = _in_order(path, frame, video_ids)
    splits = tuple(_split(path, name, rows[name].to_numpy(object)) for name in names)
    if _FOLD not in rows.columns:
        return GivenSplits(splits)
    if rows[_FOLD].isna().any():
        first = rows.index[rows[_FOLD].isna()][0]
        raise DdsrError(f"{path}: column {_FOLD!r} is empty for video {first!r}; fill it in")
    return GivenSplits(splits, _folds(rows[_FOLD].to_numpy(object)))


def _in_order(path: Path, frame: Any, video_ids: Sequence[str]) -> Any:
    known = frame.assign(**{_ID: frame[_ID].astype(str)}).drop_duplicates(_ID).set_index(_ID)
    if len(known) < len(frame):
        raise DdsrError(f"{path}: {len(frame) - len(known)} videos stand in it twice; give each one row")
    gone = [name for name in video_ids if name not in known.index]
    if gone:
        raise DdsrError(f"{path}: has no row for video {gone[0]!r} ({len(gone)} such videos); give this table's splits")
    return known.loc[list(video_ids)]


def _split(path: Path, name: str, sides: Any) -> Split:
    train, test = _rows(sides == "train"), _rows(sides == "test")
    if not len(train) or not len(test):
        raise DdsrError(
            f"{path}: column {name!r} has {len(train)} rows of train and {len(test)} of test; it needs both"
        )
    return Split(train, test, name)


def _folds(labels: Any) -> tuple[Split, ...]:
    return tuple(
        Split(_rows(labels != label), _rows(labels == label), f"fold {label}") for label in sorted(set(labels), key=str)
    )


def _rows(marks: Any) -> Indices:
    return np.flatnonzero(marks).astype(np.int64)
