"""Tables in files: CSV, TSV, Parquet and JSON, read with names as text, written whole or not at all."""

from __future__ import annotations

import csv
import itertools
import math
from pathlib import Path
from typing import Any

from ddsr_bench.errors import DdsrError
from ddsr_bench.files import replacing
from ddsr_bench.provenance import read_json, write_json_atomic, write_text_atomic

SUFFIXES = (".csv", ".tsv", ".parquet", ".json")


def check_suffix(path: Path) -> str:
    """Return the suffix of ``path`` in lower case.

    Raises:
        DdsrError: not one of :data:`SUFFIXES`.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DdsrError(f"{path}: unknown kind of table; give one of {', '.join(SUFFIXES)}")
    return suffix


def read_table(path: Path, text_columns: frozenset[str] = frozenset()) -> tuple[Any, bool]:
    """Read a table.

    Args:
        path: a file with one of :data:`SUFFIXES`; JSON holds a list of objects, or lists by column name.
        text_columns: CSV columns to keep as text; those named ``id`` or ``..._id`` are kept too.

    Returns:
        A pandas DataFrame, and whether it has no header (then its columns are ``"0"``, ``"1"``, ...).

    Raises:
        DdsrError: missing, unreadable, empty, or a column name that stands twice.
    """
    suffix = check_suffix(path)
    if not path.is_file():
        raise DdsrError(f"{path}: no such file; check the path")
    if suffix in (".csv", ".tsv"):
        return _read_text(path, text_columns)
    frame = _read_json(path) if suffix == ".json" else _read_parquet(path)
    if not len(frame):
        raise DdsrError(f"{path}: no rows; give a table with at least one vote")
    return frame, False


def _read_text(path: Path, text_columns: frozenset[str]) -> tuple[Any, bool]:
    import pandas

    header, separator = _header(path)
    bare = _is_bare(header)
    for name in header if not bare else ():
        if header.count(name) > 1:
            raise DdsrError(f"{path}: column {name!r} stands {header.count(name)} times; rename or remove one")
    names = [str(number) for number in range(len(header))] if bare else header
    texts = {name: str for name in names if name in text_columns or name == "id" or name.endswith("_id")}
    try:
        frame = pandas.read_csv(
            path,
            sep=separator,
            names=names,
            header=None,
            skiprows=0 if bare else 1,
            dtype=texts,
            index_col=False,
            skipinitialspace=True,
            encoding="utf-8-sig",
            low_memory=False,
        )
    except (ValueError, pandas.errors.ParserError, UnicodeDecodeError) as error:
        raise DdsrError(f"{path}: not a table ({' '.join(str(error).split())}); export it as UTF-8 CSV") from error
    if not len(frame):
        raise DdsrError(f"{path}: no rows; give a table with at least one vote")
    return frame, bare


def _header(path: Path) -> tuple[list[str], str]:
    """Return the cells of the first line and what separates them."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            line = file.readline()
            separator = max((",", ";", "\t"), key=line.count)
            file.seek(0)
            cells = next(csv.reader(file, delimiter=separator), [])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DdsrError(f"{path}: cannot be read ({error}); export it as UTF-8 CSV") from error
    if not cells:
        raise DdsrError(f"{path}: empty file; give a table with at least one vote")
    return [cell.strip() for cell in cells], separator


def _is_bare(header: list[str]) -> bool:
    """Tell whether the first line holds votes: numbers only, and not those of a header (0, 1, ... or 1 to 6 on)."""
    try:
        values = [float(cell) if cell else math.nan for cell in header]
    except ValueError:
        return False
    steps = {after - before for before, after in itertools.pairwise(values)}
    return steps != {1.0} or not (values[0] == 0 or (values[0] == 1 and len(values) > 5))


def _read_parquet(path: Path) -> Any:
    import pyarrow
    import pyarrow.parquet

    try:
        return pyarrow.parquet.read_table(path).to_pandas()
    except (pyarrow.ArrowException, OSError) as error:
        raise DdsrError(f"{path}: not Parquet ({str(error).splitlines()[0]}); write it anew") from error


def _read_json(path: Path) -> Any:
    import pandas

    data = read_json(path)
    try:
        frame = pandas.DataFrame(data)
    except (ValueError, TypeError) as error:
        raise DdsrError(f"{path}: {error}; give a list of objects, or lists by column name") from error
    if not all(isinstance(name, str) for name in frame.columns):
        raise DdsrError(f"{path}: no column names; give a list of objects, or lists by column name")
    return frame


def write_table(path: Path, frame: Any) -> None:
    """Write a pandas DataFrame by the suffix of ``path``, NaN as an empty cell or null.

    Raises:
        DdsrError: unknown suffix, or the file cannot be written.
    """
    suffix = check_suffix(path)
    if suffix == ".parquet":
        return _write_parquet(path, frame)
    if suffix == ".json":
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        return write_json_atomic(path, rows)
    return write_text_atomic(path, frame.to_csv(index=False, sep="\t" if suffix == ".tsv" else ","))


def _write_parquet(path: Path, frame: Any) -> None:
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    # Readers of datasets expect plain strings, pandas makes large ones.
    plain = [
        pyarrow.field(item.name, pyarrow.string()) if pyarrow.types.is_large_string(item.type) else item
        for item in table.schema
    ]
    with replacing(path) as part:
        pyarrow.parquet.write_table(table.cast(pyarrow.schema(plain)), part)
