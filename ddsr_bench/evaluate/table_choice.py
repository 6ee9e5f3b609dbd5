"""Which columns of a sheet become metrics and which become features, as numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.records import Floats
from ddsr_bench.evaluate.table_checks import check_text, numbers
from ddsr_bench.evaluate.table_columns import Columns, is_fact, numbered, span

Values = dict[str, Floats]


@dataclass
class Sheet:
    """One file on its way to a table: what was read, what is taken for what, and what was found worth a note."""

    file: str
    frame: Any
    columns: Columns
    roles: dict[str, str]
    ids: tuple[str, ...] | None = None
    notes: list[str] = field(default_factory=list)

    def numbers(self, column: str) -> Floats:
        """A column that must hold numbers: float64 (n,), NaN where a cell is empty."""
        values, bad = numbers(self.frame[column])
        check_text(self.file, column, self.frame[column], bad, self.ids)
        return values

    def free(self, used: Collection[str] = ()) -> list[str]:
        """Columns that have no role."""
        taken = {*self.roles.values(), *used}
        return [name for name in self.columns.names if name not in taken]


def choose_features(sheet: Sheet, patterns: Mapping[str, str]) -> dict[str, Values]:
    """The columns of each opinion-aware metric; see :func:`ddsr_bench.evaluate.table.load_table` for the patterns."""
    chosen = {}
    for key, pattern in patterns.items():
        allowed = [
            name for name in sheet.free() if not is_fact(name) and np.isfinite(numbers(sheet.frame[name])[0]).any()
        ]
        names = sheet.columns.select(pattern, allowed)
        if not names:
            raise DdsrError(f"{sheet.file}: features of {key!r}: no columns given; write {key}=f00:f35 or {key}=f*")
        if sheet.roles["mos"] in names:
            raise DdsrError(f"{sheet.file}: features of {key!r} ({pattern}): the MOS is among them; leave it out")
        chosen[key] = {name: sheet.numbers(name) for name in names}
        sheet.notes.append(f"{key} is trained on {len(names)} features ({span(names)}).")
    return chosen


def choose_metrics(sheet: Sheet, names: Sequence[str] | None, features: Mapping[str, Values]) -> Values:
    """The metrics asked for, or every column that looks like one.

    Raises:
        DdsrError: there is none; one is missing, holds text, is the MOS, or has the name of features.
    """
    used = {name for columns in features.values() for name in columns}
    if names is not None:
        # A name of features is a metric too; naming it is no request for a column.
        chosen = {name: _named(sheet, name) for name in names if name not in features}
    else:
        chosen = _found(sheet, used)
    both = [name for name in features if name in chosen]
    if both:
        raise DdsrError(f"{sheet.file}: {both[0]!r} is a column and a name of features; choose another name for these")
    if not chosen and not features:
        raise DdsrError(_none_found(sheet))
    return chosen


def _named(sheet: Sheet, name: str) -> Floats:
    sheet.columns.require(name, "--metrics")
    if name == sheet.roles["mos"]:
        raise DdsrError(
            f"{sheet.file}: column {name!r} is the MOS and cannot be a metric too; leave one of the two out"
        )
    return sheet.numbers(name)


def _found(sheet: Sheet, used: Collection[str]) -> Values:
    """Every column of numbers that is nothing else; one that holds some numbers and some text is an error."""
    free = sheet.free(used)
    families = numbered(free)
    featured = {name for family in families.values() for name in family}
    facts = [name for name in free if name not in featured and is_fact(name)]
    chosen: Values = {}
    left: dict[str, list[str]] = {"text": [], "empty": []}
    for name in free:
        if name in featured or name in facts:
            continue
        values, bad = numbers(sheet.frame[name])
        if bad.mean() > 0.5:
            left["text"].append(name)
        elif np.isnan(values).all():
            left["empty"].append(name)
        else:
            chosen[name] = sheet.numbers(name)
    for why, columns in {"not metrics by their names": facts, **left}.items():
        if columns:
            more = f" and {len(columns) - 10} more" if len(columns) > 10 else ""
            sheet.notes.append(f"Columns left out ({why}): {', '.join(columns[:10])}{more}.")
    for family in families.values():
        sheet.notes.append(f"{len(family)} numbered columns ({span(family)}) look like features and were left out.")
    return chosen


def _none_found(sheet: Sheet) -> str:
    families = numbered(sheet.free())
    if families:
        family = max(families.values(), key=len)
        return (
            f"{sheet.file}: no metric columns, but {len(family)} numbered ones; if they are features of a metric, "
            f"give --features NAME={family[0]}:{family[-1]}"
        )
    return (
        f"{sheet.file}: no metric columns; its columns are: {sheet.columns.listing()}; add one with a metric's values"
    )
