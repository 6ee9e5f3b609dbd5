"""What every row of a manifest must fulfil, checked column by column so that a million rows take seconds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ddsr_bench.data.manifest.schema import COLUMNS, ORIGINS, SPLITS, arrow_schema

_PATHS = ("file_name", "hr_file_name", "lr_file_name")
_UNSAFE = re.compile(r"(^|/)\.\.(/|$)|^/|^[A-Za-z]:|\\|\x00|^$")
_SHA = re.compile(r"^[0-9a-f]{64}$")
_ONE_OF = {"split": SPLITS, "score_origin": ORIGINS}
_POSITIVE = ("scale", "width", "height", "frames", "fps", "duration")


@dataclass(frozen=True)
class Violation:
    """What is wrong, and in which row (counted from 1 over train, then test); None where no row is at fault."""

    row: int | None
    text: str


def check_types(schema: Any, name: str) -> list[Violation]:
    """Missing columns, and columns of another type than the manifest's."""
    wanted = arrow_schema([column.name for column in COLUMNS])
    found = []
    for column in COLUMNS:
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
    """Paths, hashes, words of a fixed choice; each distinct text is looked at once."""
    for name in _PATHS:
        yield from _matching(frame, name, lambda text: not _UNSAFE.search(text), "leaves the dataset's folder")
    for name in ("sha256", "frames_sha256"):
        yield from _matching(frame, name, lambda text: bool(_SHA.match(text)), "is no SHA-256 in lower case")
    for name, allowed in _ONE_OF.items():
        text = f"is none of {', '.join(allowed)}"
        yield from _matching(frame, name, lambda value, allowed=allowed: value in allowed, text)


def _matching(frame: Any, name: str, good: Any, what: str) -> Iterator[Violation]:
    if name not in frame:
        return
    codes, values = frame[name].factorize()
    bad = np.array([not good(str(value)) for value in values], bool)
    if bad.any():
        for row in _rows(bad[codes] & (codes >= 0)):
            yield Violation(row, f"{name}: {frame[name].iloc[row - 1]!r} {what}")


def _numbers(frame: Any) -> Iterator[Violation]:
    for name in _POSITIVE:
        for row in _rows(~(frame[name] > 0) & frame[name].notna()):
            yield Violation(row, f"{name}: {frame[name].iloc[row - 1]:g} is not above 0")
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
    for row in _rows(frame["mos_ci95"] < 0):
        yield Violation(row, f"mos_ci95: {frame['mos_ci95'].iloc[row - 1]:g} is below 0")
    for row in _rows(frame["n_ratings"] < 1):
        yield Violation(row, f"n_ratings: {frame['n_ratings'].iloc[row - 1]:g} is below 1")


def _belongs(frame: Any, name: str, home: str) -> Iterator[Violation]:
    """Each ``name`` stands beside one ``home``."""
    first = frame.groupby(name, sort=False)[home].transform("first")
    for row in _rows((frame[home] != first) & frame[home].notna()):
        here, there = frame[home].iloc[row - 1], first.iloc[row - 1]
        yield Violation(
            row, f"{home}: {here!r}, but {name} {frame[name].iloc[row - 1]!r} belongs to {there!r} elsewhere"
        )


def _parted(frame: Any) -> Iterator[Violation]:
    """No group in both splits."""
    first = frame.groupby("source_group", sort=False)["split"].transform("first")
    crossing = frame[(frame["split"] != first) & frame["source_group"].notna()]
    for group in crossing["source_group"].unique():
        row = int(np.flatnonzero((frame["source_group"] == group) & (frame["split"] != first))[0]) + 1
        yield Violation(row, f"split: source_group {group!r} is in train and in test")
