"""What every row of a manifest must fulfil, checked column by column so that a million rows take seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ddsr_bench.data.manifest.schema import COLUMNS, ORIGINS, SPLITS, Column, arrow_schema

_PATHS = ("file_name", "hr_file_name", "lr_file_name")
# In the syntax of RE2, which Arrow runs over a whole column.
_UNSAFE = r"(^|/)\.\.(/|$)|^/|^[A-Za-z]:|\\|\x00|^$"
_SHA = r"^[0-9a-f]{64}$"
_ONE_OF = {"split": SPLITS, "score_origin": ORIGINS}
_POSITIVE = ("scale", "width", "height", "frames", "fps", "duration")


@dataclass(frozen=True)
class Violation:
    """What is wrong, and in which row (counted from 1 over train, then test); None where no row is at fault."""

    row: int | None
    text: str


def check_types(schema: Any, name: str, columns: tuple[Column, ...] = COLUMNS) -> list[Violation]:
    """Missing columns of a table called ``name``, and columns of another type than theirs."""
    wanted = arrow_schema([column.name for column in columns], columns)
    found = []
    for column in columns:
        place = schema.get_field_index(column.name)
        if place < 0:
            if column.required:
                found.append(Violation(None, f"{name}: has no column {column.name!r}"))
            continue
        given, due = schema.field(place).type, wanted.field(column.name).type
        if given != due:
            found.append(Violation(None, f"{name}: column {column.name!r} is of type {given}, not {due}"))
    return found


def check_rows(frame: Any) -> Iterator[Violation]:
    """Every rule of single rows and of rows together, on a pandas DataFrame of all rows."""
    yield from _nulls(frame)
    yield from _unique(frame, "video_id")
    yield from _unique(frame, "file_name")
    yield from _texts(frame)
    yield from _numbers(frame)
    yield from _scores(frame)
    yield from _belongs(frame, "lr_id", "source_id")
    yield from _belongs(frame, "source_id", "source_group")
    yield from _parted(frame)


def _rows(mask: Any) -> list[int]:
    return (np.flatnonzero(np.asarray(mask, bool)) + 1).tolist()


def _nulls(frame: Any) -> Iterator[Violation]:
    for column in COLUMNS:
        if column.name in frame and not column.nullable:
            for row in _rows(frame[column.name].isna()):
                yield Violation(row, f"{column.name}: has no value")


def _unique(frame: Any, name: str) -> Iterator[Violation]:
    for row in _rows(frame[name].duplicated() & frame[name].notna()):
        yield Violation(row, f"{name}: {frame[name].iloc[row - 1]!r} stands in another row too")


def _texts(frame: Any) -> Iterator[Violation]:
    """Paths, hashes, words of a fixed choice."""
    for name in _PATHS:
        yield from _matching(frame, name, _UNSAFE, False, "leaves the dataset's folder")
    for name in ("sha256", "frames_sha256"):
        yield from _matching(frame, name, _SHA, True, "is no SHA-256 in lower case")
    for name, allowed in _ONE_OF.items():
        yield from _matching(frame, name, f"^({'|'.join(allowed)})$", True, f"is none of {', '.join(allowed)}")


def _matching(frame: Any, name: str, pattern: str, due: bool, what: str) -> Iterator[Violation]:
    """Texts that match ``pattern`` where they should not, or the other way about."""
    import pyarrow
    import pyarrow.compute

    if name not in frame:
        return
    texts = pyarrow.array(frame[name], pyarrow.large_string(), from_pandas=True)
    matches = pyarrow.compute.match_substring_regex(texts, pattern).fill_null(due)
    for row in _rows(matches.to_numpy(zero_copy_only=False) != due):
        yield Violation(row, f"{name}: {frame[name].iloc[row - 1]!r} {what}")


def _numbers(frame: Any) -> Iterator[Violation]:
    for name in _POSITIVE:
        for row in _rows(~((frame[name] > 0) & (frame[name] < np.inf)) & frame[name].notna()):
            yield Violation(row, f"{name}: {frame[name].iloc[row - 1]:g} is not a number above 0")
    due = frame["frames"] / frame["fps"]
    for row in _rows(np.abs(frame["duration"] - due) > 0.01 * due + 1e-3):
        yield Violation(
            row, f"duration: {frame['duration'].iloc[row - 1]:g} s, but frames / fps is {due.iloc[row - 1]:g}"
        )


def _scores(frame: Any) -> Iterator[Violation]:
    """A score where the origin says so, and none where it does not."""
    scored = frame["score_origin"] != "none"
    for row in _rows(scored & ~np.isfinite(frame["mos"].to_numpy(np.float64, na_value=np.nan))):
        yield Violation(row, f"mos: no number, but score_origin is {frame['score_origin'].iloc[row - 1]!r}")
    for row in _rows(~scored & frame["mos"].notna()):
        yield Violation(row, f"mos: {frame['mos'].iloc[row - 1]:g}, but score_origin is 'none'")
    for row in _rows((frame["mos_ci95"] < 0) | (frame["mos_ci95"] == np.inf)):
        yield Violation(row, f"mos_ci95: {frame['mos_ci95'].iloc[row - 1]:g} is no half width of an interval")
    for row in _rows(frame["n_ratings"] < 1):
        yield Violation(row, f"n_ratings: {frame['n_ratings'].iloc[row - 1]:g} is below 1")


def _belongs(frame: Any, name: str, home: str) -> Iterator[Violation]:
    """Each ``name`` stands beside one ``home``."""
    first = frame.groupby(name, sort=False)[home].transform("first")
    for row in _rows((frame[home] != first) & frame[home].notna() & frame[name].notna()):
        here, there = frame[home].iloc[row - 1], first.iloc[row - 1]
        yield Violation(
            row, f"{home}: {here!r}, but {name} {frame[name].iloc[row - 1]!r} belongs to {there!r} elsewhere"
        )


def _parted(frame: Any) -> Iterator[Violation]:
    """No group in both splits."""
    known = frame[frame["split"].isin(SPLITS) & frame["source_group"].notna()]
    first = known.groupby("source_group", sort=False)["split"].transform("first")
    crossing = known[known["split"] != first].drop_duplicates("source_group")
    for row, group in zip(crossing.index, crossing["source_group"], strict=True):
        yield Violation(int(row) + 1, f"split: source_group {group!r} is in train and in test")
