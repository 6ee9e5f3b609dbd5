"""A file of scores as a data frame: CSV, TSV, Parquet, JSON; whatever is wrong with the file is said in one line."""

from __future__ import annotations

import csv
import gzip
import json
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from ddsr_bench.errors import DdsrError

KINDS = ".csv, .csv.gz, .tsv, .txt, .parquet, .json, .jsonl"
# Text that stands for a missing number. In label columns only an empty cell is missing: a method may be called "None".
_MISSING = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "-nan", "null", "NULL", "None", "<NA>")
TextColumns = Callable[[Sequence[str]], Collection[str]]


def read_frame(path: Path, text_columns: TextColumns) -> Any:
    """Read a table as a pandas data frame with stripped, distinct column names.

    Args:
        path: a file of one of :data:`KINDS`.
        text_columns: given the columns' names, tells which hold names, so that ``007`` stays what it is (CSV).

    Raises:
        DdsrError: the file is missing, empty, not of its kind, or has a column twice.
    """
    kind = path.name.lower().removesuffix(".gz").rpartition(".")[2]
    readers = {
        "csv": _read_text,
        "tsv": _read_text,
        "txt": _read_text,
        "parquet": _read_parquet,
        "json": _read_json,
        "jsonl": _read_json,
        "ndjson": _read_json,
    }
    if path.is_dir():
        raise DdsrError(f"{path}: a folder; give a file of scores ({KINDS})")
    if kind not in readers:
        raise DdsrError(f"{path}: not a kind of table that can be read; give one of {KINDS}")
    try:
        frame = readers[kind](path, text_columns)
    except (OSError, EOFError, zlib.error) as error:
        raise DdsrError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
    except UnicodeDecodeError as error:
        raise DdsrError(f"{path}: not UTF-8 text; export the table as {KINDS}") from error
    if len(frame) == 0:
        raise DdsrError(f"{path}: no rows; give a table with a row per video")
    return frame


def _distinct(path: Path, columns: Sequence[object]) -> list[str]:
    names = [str(column).strip() for column in columns]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DdsrError(f"{path}: column {twice[0]!r} is there twice; give every column its own name")
    return names


def _read_text(path: Path, text_columns: TextColumns) -> Any:
    import pandas as pd

    separator, header = _header(path)
    names = _distinct(path, header)
    text = set(text_columns(names))
    missing = {name: [""] if name in text else list(_MISSING) for name in names}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # rows longer than the header
            return pd.read_csv(
                path,
                sep=separator,
                header=None,
                skiprows=1,
                names=names,
                index_col=False,
                dtype=dict.fromkeys(text, str),
                na_values=missing,
                keep_default_na=False,
                low_memory=False,
                encoding="utf-8",
            )
    except pd.errors.EmptyDataError:
        return pd.DataFrame(columns=names)
    except pd.errors.ParserWarning as error:
        raise DdsrError(
            f"{path}: rows with more cells than the header's {len(names)}; quote cells that hold ','"
        ) from error
    except pd.errors.ParserError as error:
        raise DdsrError(
            f"{path}: not a table: {str(error).removeprefix('Error tokenizing data. C error: ').strip()}"
        ) from error


def _header(path: Path) -> tuple[str, list[str]]:
    """The separator and the first row, unquoted."""
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
        line = file.readline(1 << 20)
    if not line.strip():
        raise DdsrError(f"{path}: empty; give a table with a header and a row per video")
    if "\0" in line:
        raise DdsrError(f"{path}: a binary file, not text; give one of {KINDS}")
    counts = {separator: line.count(separator) for separator in ("\t", ",", ";")}
    separator = max(",\t;", key=lambda one: counts[one])
    return separator, next(csv.reader([line], delimiter=separator))


def _read_parquet(path: Path, text_columns: TextColumns) -> Any:
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.ParquetFile(path).read()
    except pyarrow.ArrowException as error:
        raise DdsrError(f"{path}: not a Parquet file ({' '.join(str(error).split())[:80]})") from error
    names = _distinct(path, table.column_names)
    return table.rename_columns(names).to_pandas(ignore_metadata=True)


def _read_json(path: Path, text_columns: TextColumns) -> Any:
    import pandas as pd

    opened = gzip.open if path.name.lower().endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8-sig") as file:
        text = file.read()
    if not text.strip():
        raise DdsrError(f"{path}: empty; give a table with a row per video")
    content = _parse_json(path, text)
    if isinstance(content, list) and all(isinstance(row, dict) for row in content):
        frame = pd.DataFrame.from_records(content)
    elif isinstance(content, dict) and content and all(isinstance(cells, list | dict) for cells in content.values()):
        frame = _from_columns(path, content)
    else:
        raise DdsrError(f"{path}: not a table; write a list of records or an object of columns")
    frame.columns = _distinct(path, list(frame.columns))
    return frame


def _parse_json(path: Path, text: str) -> Any:
    """The content of a JSON document, or a list with the content of every line."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as whole:
        try:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        except json.JSONDecodeError:
            where = f"line {whole.lineno}, column {whole.colno}"
            raise DdsrError(f"{path}: not valid JSON: {whole.msg} at {where}") from whole


def _from_columns(path: Path, content: dict[str, Any]) -> Any:
    import pandas as pd

    lengths = {name: len(cells) for name, cells in content.items()}
    name, length = min(lengths.items(), key=lambda item: item[1])
    if length != max(lengths.values()):
        raise DdsrError(f"{path}: column {name!r} has {length} cells, others have {max(lengths.values())}")
    return pd.DataFrame(content).reset_index(drop=True)
