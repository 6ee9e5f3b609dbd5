"""From a built and rated dataset to the tables-only manifest that a repository holds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ddsr_bench.data.manifest.croissant import write_croissant
from ddsr_bench.data.manifest.read import read_parquet, read_rows
from ddsr_bench.data.manifest.schema import COLUMNS, RECIPE_COLUMNS, SPLIT_COLUMNS
from ddsr_bench.data.manifest.splits import published_splits
from ddsr_bench.data.manifest.tables_card import tables_card
from ddsr_bench.data.manifest.write import write_parquet, write_tables
from ddsr_bench.errors import DdsrError
from ddsr_bench.files import make_folder
from ddsr_bench.provenance import read_json, write_text_atomic

_LICENCE = "https://www.apache.org/licenses/LICENSE-2.0"
#: The tables as text, and what each has a line of.
TWINS = {"scores.jsonl": "video_id", "recipes.jsonl": "lr_id"}


def publish(
    built: Path, out: Path, *, name: str, words: str = "", split_variance: str = "", ours: bool = False
) -> list[dict[str, Any]]:
    """Write the manifest of a dataset: its tables and card, not its videos.

    Args:
        built: a built and rated dataset.
        out: folder to write into; made if absent.
        name: of the dataset.
        words: the datasheet, Markdown.
        split_variance: what the scores hang on, Markdown.
        ours: whether it is the open set, whose licence we state.

    Returns:
        The rows.

    Raises:
        DdsrError: no tables or votes in ``built``, or ``out`` cannot be written.
    """
    rows = sorted(read_rows(built), key=lambda row: str(row["video_id"]))
    if not (built / "ratings.parquet").is_file():
        raise DdsrError(
            f"{built}: has no votes (ratings.parquet); bring some by dataset import-ratings or dataset rate"
        )
    votes = read_parquet(built / "ratings.parquet").to_pylist()
    splits = published_splits(rows)
    make_folder(out)
    write_tables(out, rows, [{key: value for key, value in one.items() if key != "file_name"} for one in votes])
    recipes = _recipes(rows)
    write_parquet(out / "recipes.parquet", recipes, RECIPE_COLUMNS)
    write_parquet(out / "splits.parquet", splits, SPLIT_COLUMNS)
    _write_lines(out / "scores.jsonl", [_without_recipe(row) for row in rows])
    _write_lines(out / "recipes.jsonl", [{**one, "recipe": json.loads(one["recipe"])} for one in recipes])
    card = tables_card(name, rows, len(votes), words=words, variance=split_variance, ours=ours)
    write_text_atomic(out / "README.md", card)
    origins = " and ".join(sorted({row["score_origin"] for row in rows} - {"none"})) or "no"
    description = f"{len(rows)} super-resolved videos with {origins} quality scores, their votes, recipes and splits."
    write_croissant(out, name, description, date=_made_on(built), licence=_LICENCE if ours else "")
    return rows


def _made_on(built: Path) -> str:
    """The day on which the dataset was rated or built, else today."""
    for name in ("rating.json", "results.json"):
        record = read_json(built / name) if (built / name).is_file() else None
        if isinstance(record, dict) and record.get("created_utc"):
            return str(record["created_utc"])[:10]
    return datetime.now(UTC).date().isoformat()


def _recipes(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row an LR clip."""
    keys = [column.name for column in RECIPE_COLUMNS]
    found = {row["lr_id"]: {key: row[key] for key in keys} for row in rows if row["recipe"]}
    return [found[name] for name in sorted(found)]


def _without_recipe(row: Mapping[str, Any]) -> dict[str, Any]:
    """In the order of the schema; floats as short as float32 allows."""
    short = {column.name for column in COLUMNS if column.kind == "float32"}
    result = {}
    for column in COLUMNS:
        value = row.get(column.name)
        if column.name != "recipe":
            result[column.name] = float(f"{value:.6g}") if column.name in short and value is not None else value
    return result


def _write_lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    write_text_atomic(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
