"""Checks of a score table's cells; every error names the file, the column and the first bad row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.records import Floats

ORIGINS = ("subjective", "simulated", "none")
LEAST_VIDEOS = 4


def numbers(cells: Any) -> tuple[Floats, NDArray[np.bool_]]:
    """Convert a pandas series: float64 (n,) with NaN for what is no number, and where text stood instead, bool (n,)."""
    import pandas as pd

    if pd.api.types.is_bool_dtype(cells.dtype) or pd.api.types.is_datetime64_any_dtype(cells.dtype):
        return np.full(len(cells), np.nan), np.ones(len(cells), bool)
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_complex_dtype(cells.dtype):
        return cells.to_numpy(np.float64, na_value=np.nan), np.zeros(len(cells), bool)
    missing = cells.isna().to_numpy(bool)
    values = pd.to_numeric(cells.where(~missing, None).astype(object).map(_plain_cell), errors="coerce")
    values = values.to_numpy(np.float64, na_value=np.nan)
    return values, np.isnan(values) & ~missing & (cells.astype(object).map(_is_text).to_numpy(bool))


def _plain_cell(cell: object) -> object:
    return None if isinstance(cell, bool | list | dict | tuple | set | np.ndarray) else cell


def _is_text(cell: object) -> bool:
    """Whether a cell that gave NaN holds something else than a missing number."""
    text = str(cell).strip().lower()
    return text not in ("", "nan", "na", "n/a", "null", "none", "<na>")


def text(cells: Any) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
    """Convert a pandas series of labels: n strings (12.0 becomes "12"), and which are missing, bool (n,)."""
    import pandas as pd

    missing = cells.isna().to_numpy(bool)
    if pd.api.types.is_float_dtype(cells.dtype) and np.all(np.mod(cells[~missing], 1) == 0):
        cells = cells.astype("Int64")
    labels = tuple(str(cell).strip() for cell in cells.astype(object))
    return labels, missing | np.fromiter((label == "" for label in labels), bool, len(labels))


def label_row(index: int, video_ids: Sequence[str] | None) -> str:
    """``row 3 (video 'a')``, counted from 1 below the header."""
    return f"row {index + 1}" + (f" (video {video_ids[index]!r})" if video_ids is not None else "")


def check_text(file: str, column: str, cells: Any, bad: NDArray[np.bool_], video_ids: Sequence[str] | None) -> None:
    """Raise DdsrError where a column that must hold numbers holds text."""
    if bad.any():
        first = int(np.argmax(bad))
        count = f" and {int(bad.sum()) - 1} more" if bad.sum() > 1 else ""
        raise DdsrError(
            f"{file}: column {column!r}: {str(cells.iloc[first])[:40]!r} in {label_row(first, video_ids)}{count} "
            "is not a number; correct it, or empty the cell and give --drop-missing"
        )


def check_distinct(file: str, column: str, video_ids: Sequence[str]) -> None:
    """Raise DdsrError where a video has two rows."""
    first_row: dict[str, int] = {}
    for index, video in enumerate(video_ids):
        if first_row.setdefault(video, index) != index:
            extra = len(video_ids) - len(set(video_ids))
            raise DdsrError(
                f"{file}: column {column!r}: video {video!r} is in rows {first_row[video] + 1} and {index + 1} "
                f"({extra} repeated in all); keep one row per video, or name the right column with --video-column"
            )


def finite_rows(
    file: str, columns: Mapping[str, Floats], video_ids: Sequence[str] | None, *, drop: bool
) -> tuple[NDArray[np.bool_], str | None]:
    """Tell which rows are finite in all columns, bool (n,), and a note about those that are not.

    Raises:
        DdsrError: some are not and ``drop`` is false, or a column holds no number at all.
    """
    bad = {name: ~np.isfinite(values) for name, values in columns.items()}
    counts = [
        f"{name!r} in {int(rows.sum())} of {len(rows)} rows (first: {label_row(int(np.argmax(rows)), video_ids)})"
        for name, rows in bad.items()
        if rows.any()
    ]
    empty = [name for name, rows in bad.items() if rows.all()]
    if empty:
        raise DdsrError(f"{file}: column {empty[0]!r} holds no finite number; name another")
    if counts and not drop:
        shown = ", ".join(counts[:3]) + (f" and {len(counts) - 3} more" if len(counts) > 3 else "")
        raise DdsrError(f"{file}: missing or infinite: {shown}; fill them in, or give --drop-missing")
    keep = ~np.any(list(bad.values()), axis=0)
    if not counts:
        return keep, None
    return keep, f"{int((~keep).sum())} of {len(keep)} rows dropped: missing or infinite {', '.join(counts)}."


def check_count(file: str, n: int, dropped: str | None) -> None:
    """Raise DdsrError for fewer than 4 videos."""
    if n < LEAST_VIDEOS:
        after = " after dropping" if dropped else ""
        videos = f"{n} video{'' if n == 1 else 's'}"
        raise DdsrError(f"{file}: {videos}{after}; a correlation needs {LEAST_VIDEOS} or more")


def origin(file: str, labels: Sequence[str]) -> str:
    """The one origin of all scores.

    Raises:
        DdsrError: an unknown word, or scores of several origins.
    """
    counts = Counter(labels)
    unknown = [label for label in counts if label not in ORIGINS]
    if unknown:
        raise DdsrError(f"{file}: score_origin {unknown[0]!r}: unknown; write one of {', '.join(ORIGINS)}")
    if len(counts) > 1:
        mixed = " and ".join(f"{count} {label}" for label, count in counts.items())
        raise DdsrError(f"{file}: scores of mixed origin ({mixed}); evaluate them in separate tables")
    return next(iter(counts))
