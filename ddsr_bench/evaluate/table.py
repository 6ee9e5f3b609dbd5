"""Load a table of scores: a row per video, its MOS, its metrics, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate import table_checks as checks
from ddsr_bench.evaluate.records import Floats, ScoreTable
from ddsr_bench.evaluate.table_choice import Sheet, Values, choose_features, choose_metrics
from ddsr_bench.evaluate.table_columns import LABELS, Columns, plain
from ddsr_bench.evaluate.table_read import read_frame

Rows = NDArray[np.bool_]
Asked = Mapping[str, str | None]


def load_table(
    path: str | Path,
    *,
    mos: str | None = None,
    metrics: Sequence[str] | None = None,
    group: str | None = None,
    method_column: str | None = None,
    input_column: str | None = None,
    video_column: str | None = None,
    features: Mapping[str, str] | None = None,
    drop_missing: bool = False,
) -> ScoreTable:
    """Read and check a score table (CSV, TSV, Parquet, JSON; ``.csv.gz`` too).

    Columns that are not named are found by their usual names (``ALIASES`` of ``table_columns``); a label column that
    is not there is None in the result, unless it was named. The first row below the header is row 1 in messages.

    Args:
        path: the file.
        mos: column of mean opinion scores, higher is better.
        metrics: columns of metrics; None takes every numeric column that is no known fact about the video, no label
            and no numbered feature.
        group: column of sources; ``method_column``, ``input_column`` (LR ids) and ``video_column`` alike.
        features: by name of an opinion-aware metric the columns of its features: a shell pattern (``"f*"``), a range
            (``"f00:f35"``), or names, with commas between.
        drop_missing: leave out rows with a missing or infinite MOS, metric or feature, instead of raising; noted.

    Raises:
        DdsrError: anything wrong with the file, in one line that names the column and the first bad row.
    """
    name = str(path)
    asked = {"mos": mos, "source": group, "method": method_column, "input": input_column, "video": video_column}
    frame = read_frame(Path(path), lambda names: _label_columns(Columns(name, tuple(names)), asked))
    columns = Columns(name, tuple(frame.columns))
    sheet = Sheet(name, frame, columns, columns.roles(asked))
    sheet.ids = _video_ids(sheet)
    scores = sheet.numbers(sheet.roles["mos"])
    chosen_features = choose_features(sheet, features or {})
    chosen = choose_metrics(sheet, metrics, chosen_features)
    keep = _usable_rows(sheet, scores, [chosen, *chosen_features.values()], drop_missing)
    return _assemble(sheet, asked, keep, scores, chosen, chosen_features)


def _label_columns(columns: Columns, asked: Asked) -> list[str]:
    roles = columns.roles(asked)
    return [roles[role] for role in LABELS if role in roles and roles[role] != roles["mos"]]


def _video_ids(sheet: Sheet) -> tuple[str, ...] | None:
    column = sheet.roles.get("video")
    if column is None:
        sheet.notes.append("No column names the videos: they are called by their row, from 1.")
        return None
    ids, missing = checks.text(sheet.frame[column])
    if missing.any():
        row = int(np.argmax(missing)) + 1
        raise DdsrError(f"{sheet.file}: column {column!r} is empty in row {row}; name every video")
    checks.check_distinct(sheet.file, column, ids)
    return ids


def _usable_rows(sheet: Sheet, scores: Floats, groups: Sequence[Values], drop: bool) -> Rows:
    values = {sheet.roles["mos"]: scores}
    for group in groups:
        values.update(group)
    keep, dropped = checks.finite_rows(sheet.file, values, sheet.ids, drop=drop)
    checks.check_count(sheet.file, int(keep.sum()), dropped)
    sheet.notes += [dropped] if dropped else []
    return keep


def _assemble(
    sheet: Sheet, asked: Asked, keep: Rows, scores: Floats, metrics: Values, features: Mapping[str, Values]
) -> ScoreTable:
    labels = {role: _label(sheet, role, asked.get(role) is not None, keep) for role in LABELS[1:]}
    half, ratings = _spread(sheet, keep)
    origins = labels["score_origin"]
    table = ScoreTable(
        name=Path(sheet.file).name,
        video_ids=_kept(sheet.ids, keep) if sheet.ids else tuple(str(row + 1) for row in np.flatnonzero(keep)),
        mos=scores[keep],
        metrics={name: values[keep] for name, values in metrics.items()},
        features={name: np.stack([one[keep] for one in columns.values()], 1) for name, columns in features.items()},
        sources=labels["source"],
        methods=labels["method"],
        inputs=labels["input"],
        mos_ci95=half,
        n_ratings=ratings,
        score_origin=checks.origin(sheet.file, origins) if origins else "unstated",
        columns=dict(sheet.roles),
        notes=(),
    )
    return _noted(table, sheet.notes)


def _label(sheet: Sheet, role: str, named: bool, keep: Rows) -> tuple[str, ...] | None:
    column = sheet.roles.get(role)
    if column is None:
        return None
    labels, missing = checks.text(sheet.frame[column])
    missing &= keep
    if not missing.any():
        return _kept(labels, keep)
    if missing[keep].all() and not named:
        sheet.notes.append(f"Column {column!r} is empty and was left out.")
        del sheet.roles[role]
        return None
    rows = f"{int(missing.sum())} rows (first: {checks.label_row(int(np.argmax(missing)), sheet.ids)})"
    raise DdsrError(f"{sheet.file}: column {column!r} is empty in {rows}; fill them in, or leave the column out")


def _spread(sheet: Sheet, keep: Rows) -> tuple[Floats | None, Floats | None]:
    """Half widths of the MOS' 95 % intervals (given, or 1.96 std / sqrt(n)) and numbers of ratings."""
    half, deviation, ratings = (_spread_column(sheet, role, keep) for role in ("mos_ci95", "mos_std", "n_ratings"))
    if half is None and deviation is not None and ratings is not None:
        half = 1.96 * deviation / np.sqrt(ratings)
        sheet.notes.append("The MOS' 95 % intervals were computed as 1.96 standard deviations / sqrt(ratings).")
    return half, ratings


def _spread_column(sheet: Sheet, role: str, keep: Rows) -> Floats | None:
    column = sheet.roles.get(role)
    if column is None:
        return None
    values = checks.numbers(sheet.frame[column])[0][keep]
    usable = np.isfinite(values) & ((values > 0) if role == "n_ratings" else (values >= 0))
    if usable.all():
        return values
    unusable = int((~usable).sum())
    sheet.notes.append(f"Column {column!r} was not used: {unusable} of its values are missing or impossible.")
    del sheet.roles[role]
    return None


def _kept(labels: tuple[str, ...], keep: Rows) -> tuple[str, ...]:
    return labels if keep.all() else tuple(label for label, kept in zip(labels, keep, strict=True) if kept)


def _noted(table: ScoreTable, notes: Sequence[str]) -> ScoreTable:
    """Add what a reader should know before believing a number."""
    from dataclasses import replace

    found = list(notes)
    if plain(table.columns["mos"]) != "mos":
        found.insert(0, f"The MOS are column {table.columns['mos']!r}.")
    if np.ptp(table.mos) == 0:
        found.append(f"All MOS are equal ({table.mos[0]:g}): no coefficient is defined.")
    found += [f"Metric {name!r} is constant." for name, values in table.metrics.items() if np.ptp(values) == 0]
    if table.sources and len(set(table.sources)) == 1:
        found.append("All videos are of one source: nothing can be said about others.")
    return replace(table, notes=tuple(found))
