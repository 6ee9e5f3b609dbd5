"""The clips of a dataset folder, by its table: what each is called, where it is, and what it is compared with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ddsr_bench.data.manifest.read import read_parquet
from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.table_checks import check_distinct, numbers, text
from ddsr_bench.evaluate.table_columns import Columns
from ddsr_bench.evaluate.table_read import read_frame
from ddsr_bench.quality.batch import Clip

TABLES = ("metadata.parquet", "metadata.csv")
SPLIT_TABLES = ("train.parquet", "test.parquet")
_CLIP, _REFERENCE = ("file_name", "lr_folder"), ("hr_file_name", "hr_folder")
_LABELS = ("video_id", "id", "source_id", "lr_id", "method", "score_origin", *_CLIP, *_REFERENCE)


@dataclass(frozen=True)
class ManifestClips:
    """A dataset's rated clips.

    Attributes:
        table: the file.
        frame: its rows as a pandas DataFrame.
        clips: one for each row, in order.
        unrated: how many rows without a MOS were left out.
    """

    table: Path
    frame: Any
    clips: tuple[Clip, ...]
    unrated: int = 0


def read_manifest(folder: Path, *, mos: str | None = None, drop_unrated: bool = False) -> ManifestClips:
    """Read ``metadata.parquet`` or ``metadata.csv`` of a dataset folder, or ``train.parquet`` and ``test.parquet``.

    Args:
        folder: of the dataset; paths in its table are relative to it.
        mos: column of mean opinion scores; None finds it by its name.
        drop_unrated: leave out rows without a score instead of raising.

    Raises:
        DdsrError: no table, no column of files or scores, a path that leaves the folder, or a video without a score.
    """
    path, *others = _tables(folder)
    frame = _read(path, others)
    columns = Columns(str(path), tuple(frame.columns))
    names = columns.roles({"mos": mos})
    column = next((name for name in _CLIP if name in columns.names), None) or columns.require("file_name")
    rated = np.isfinite(numbers(frame[names["mos"]])[0])
    if not rated.all() and not drop_unrated:
        row = int(np.argmin(rated)) + 1
        raise DdsrError(
            f"{path}: column {names['mos']!r} has no number in row {row} ({int((~rated).sum())} such rows); "
            "fill them in, or leave these videos out with --drop-missing"
        )
    kept = frame[rated].reset_index(drop=True)
    return ManifestClips(path, kept, tuple(_clips(path, folder, kept, column)), int((~rated).sum()))


def _tables(folder: Path) -> list[Path]:
    """The one table of a generated dataset, or those of a rated one."""
    if not folder.is_dir():
        raise DdsrError(f"{folder}: no such folder; give a dataset's folder with {' or '.join(TABLES)}")
    found = next(([folder / name] for name in TABLES if (folder / name).is_file()), None)
    found = found or [folder / name for name in SPLIT_TABLES if (folder / name).is_file()]
    if not found:
        raise DdsrError(f"{folder}: no {' or '.join(TABLES)} in it; give a dataset's folder")
    # A side of few sources may be empty.
    return found if len(found) == 1 else [path for path in found if read_parquet(path).num_rows] or found


def _read(path: Path, others: list[Path]) -> Any:
    import pandas

    frames = [read_frame(one, lambda names: [name for name in names if name in _LABELS]) for one in (path, *others)]
    return pandas.concat(frames, ignore_index=True) if others else frames[0]


def _clips(table: Path, folder: Path, frame: Any, column: str) -> list[Clip]:
    files, missing = text(frame[column])
    if missing.any():
        raise DdsrError(f"{table}: column {column!r} is empty in row {int(np.argmax(missing)) + 1}; name every file")
    label = next((name for name in ("video_id", "id") if name in frame.columns), None)
    # Without ids a clip is called by its path, as folders may hold files of one name.
    ids = text(frame[label])[0] if label else files
    check_distinct(str(table), label or column, ids)
    sharp = next((name for name in _REFERENCE if name in frame.columns), None)
    references = text(frame[sharp]) if sharp else ((), np.ones(len(files), bool))
    clips = []
    for row, (name, file) in enumerate(zip(ids, files, strict=True)):
        reference = None if references[1][row] else _inside(table, folder, references[0][row], row)
        clips.append(Clip(name, _inside(table, folder, file, row), reference))
    return clips


def _inside(table: Path, folder: Path, file: str, row: int) -> Path:
    """A path below the folder. By its text alone: a hub's cache keeps its files behind links that leave it."""
    parts = re.split(r"[/\\]", file)
    if ".." in parts or parts[0] == "" or ":" in parts[0] or "\0" in file:
        raise DdsrError(f"{table}: row {row + 1}: {file!r} leaves the folder; paths are relative to {folder}")
    return folder.joinpath(*parts)
