"""Writing a manifest's tables: typed Parquet, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ddsr_bench.data.manifest.schema import COLUMNS, RATING_COLUMNS, SPLITS, Column, arrow_schema
from ddsr_bench.errors import DdsrError
from ddsr_bench.files import replacing

Rows = Sequence[Mapping[str, Any]]


def write_tables(root: Path, rows: Rows, ratings: Rows | None = None) -> None:
    """Write ``train.parquet`` and ``test.parquet`` below ``root`` (rows by their ``split``), and ``ratings.parquet``.

    Args:
        root: folder of the dataset.
        rows: with the keys of :data:`~ddsr_bench.data.manifest.schema.COLUMNS`; keys that no row has are left out.
        ratings: a row per vote, or None to leave the votes as they are.

    Raises:
        DdsrError: a value that does not fit its column, or a file that cannot be written.
    """
    ordered = sorted(rows, key=lambda row: str(row["video_id"]))
    for split in SPLITS:
        write_parquet(root / f"{split}.parquet", [row for row in ordered if row["split"] == split])
    if ratings is not None:
        write_parquet(root / "ratings.parquet", ratings, RATING_COLUMNS)


def write_parquet(path: Path, rows: Rows, columns: tuple[Column, ...] = COLUMNS) -> None:
    """Write one table with the types of ``columns``; further columns are text.

    Raises:
        DdsrError: a value that does not fit its column, or the file cannot be written.
    """
    import pyarrow

    names = list(dict.fromkeys(name for row in rows for name in row)) or [one.name for one in columns if one.required]
    schema = arrow_schema(names, columns)
    try:
        table = pyarrow.Table.from_pylist([dict(row) for row in rows], schema=schema)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError) as error:
        raise DdsrError(f"{path}: a value does not fit its column ({' '.join(str(error).split())[:160]})") from error
    write_arrow(path, table)


def write_arrow(path: Path, table: Any) -> None:
    """Write an Arrow table to Parquet under a temporary name, then rename it; equal tables give equal bytes."""
    import pyarrow.parquet

    with replacing(path) as part:
        pyarrow.parquet.write_table(table, part, compression="zstd")
