"""The recipes within the tables, the one column that may be large: read group by group, never as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ddsr_bench.data.manifest.read import parquet_errors
from ddsr_bench.data.manifest.rules import Violation

_BATCH = 65536
Texts = npt.NDArray[np.object_]


def check_recipe_column(paths: Sequence[Path]) -> Iterator[Violation]:
    """Each recipe is JSON, and the videos of one LR clip share theirs; rows are counted over all tables.

    Raises:
        DdsrError: a table that cannot be read.
    """
    known: dict[str, int] = {}
    before = 0
    for path in paths:
        for names, recipes in _batches(path):
            yield from _batch(names, recipes, before, known)
            before += len(names)


def _batches(path: Path) -> Iterator[tuple[Texts, Texts]]:
    import pyarrow.parquet

    with parquet_errors(path), pyarrow.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(_BATCH, columns=["lr_id", "recipe"]):
            names, recipes = (batch.column(name).to_numpy(zero_copy_only=False) for name in ("lr_id", "recipe"))
            yield names, recipes


def _batch(names: Texts, recipes: Texts, before: int, known: dict[str, int]) -> Iterator[Violation]:
    checked: dict[str, int] = {}
    for row, (name, recipe) in enumerate(zip(names, recipes, strict=True), before + 1):
        if not recipe or name is None:
            continue
        if recipe not in checked:
            checked[recipe] = hash(recipe)
            if not _is_recipe(recipe):
                yield Violation(row, f"recipe: {recipe[:40]!r} is no JSON object")
        if known.setdefault(name, checked[recipe]) != checked[recipe]:
            yield Violation(row, f"recipe: another than that of lr_id {name!r} in an earlier row")


def _is_recipe(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
