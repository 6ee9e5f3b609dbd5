"""Rules of what lies beside the scores: votes, published splits, recipes, twins as text, Croissant metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ddsr_bench.data.manifest.publish import TWINS
from ddsr_bench.data.manifest.read import read_parquet
from ddsr_bench.data.manifest.rules import Violation, check_types
from ddsr_bench.data.manifest.schema import RATING_COLUMNS, RECIPE_COLUMNS, SPLIT_COLUMNS, SPLITS, Column
from ddsr_bench.errors import DdsrError
from ddsr_bench.provenance import read_json
from ddsr_bench.video import file_sha256

_TOLD = 20  # of one kind; a table of other videos would else be told vote by vote


def check_beside(root: Path, frame: Any) -> Iterator[Violation]:
    """What is wrong with the other files of a dataset, as far as there are any.

    Args:
        root: the dataset's folder.
        frame: all rows of its train and test tables, a pandas DataFrame.

    Raises:
        DdsrError: a file that cannot be read at all.
    """
    yield from _votes(root / "ratings.parquet", frame)
    yield from _splits(root / "splits.parquet", frame)
    yield from _recipes(root / "recipes.parquet", frame)
    for file, key in TWINS.items():
        yield from _twin(root / file, frame, key)
    yield from _croissant(root)


def _open(path: Path, columns: tuple[Column, ...]) -> tuple[Any, list[Violation]]:
    """The table as a DataFrame, or None where it is absent or its columns are wrong."""
    if not path.exists():
        return None, []
    table = read_parquet(path)
    wrong = check_types(table.schema, path.name, columns)
    return (None if wrong else table.to_pandas()), wrong


def _votes(path: Path, frame: Any) -> Iterator[Violation]:
    """Votes are of videos that there are, finite, and as many as the scores say at least."""
    votes, wrong = _open(path, RATING_COLUMNS)
    yield from wrong
    if votes is None:
        return
    yield from _unknown(path.name, "votes on", votes["video_id"], frame["video_id"])
    if not np.isfinite(votes["rating"].to_numpy(np.float64, na_value=np.nan)).all():
        yield Violation(None, f"{path.name}: a vote is no number")
    if votes["subject"].isna().any():
        yield Violation(None, f"{path.name}: a vote is nobody's; fill in subject")
    count = frame["video_id"].map(votes["video_id"].value_counts()).fillna(0)
    said = frame["n_ratings"].to_numpy(np.float64, na_value=np.nan)
    for row in np.flatnonzero(said > count.to_numpy(np.float64)):
        text = f"n_ratings: {said[row]:g}, but ratings.parquet has {count.iloc[row]:g} votes"
        yield Violation(int(row) + 1, text)


def _splits(path: Path, frame: Any) -> Iterator[Violation]:
    """Each video stands in the published splits once, and no source group on both sides of one."""
    splits, wrong = _open(path, SPLIT_COLUMNS)
    yield from wrong
    if splits is None:
        return
    yield from _unknown(path.name, "has", splits["video_id"], frame["video_id"])
    yield from _unknown(path.name, "lacks", frame["video_id"], splits["video_id"])
    for name in splits["video_id"][splits["video_id"].duplicated()].unique()[:_TOLD]:
        yield Violation(None, f"{path.name}: has {name!r} more than once")
    groups = splits["video_id"].map(frame.drop_duplicates("video_id").set_index("video_id")["source_group"])
    for column in splits.columns.drop("video_id"):
        if column != "fold" and not splits[column].isin(SPLITS).all():
            yield Violation(None, f"{path.name}: {column} has other words than {' and '.join(SPLITS)}")
        sides = splits.groupby(groups)[column].nunique()
        for group in sides.index[sides > 1]:
            yield Violation(None, f"{path.name}: {column}: source_group {group!r} is on both sides")


def _recipes(path: Path, frame: Any) -> Iterator[Violation]:
    """Each LR clip has one recipe, which can be read and is the one in the scores' table."""
    recipes, wrong = _open(path, RECIPE_COLUMNS)
    yield from wrong
    if recipes is None:
        return
    yield from _unknown(path.name, "has", recipes["lr_id"], frame["lr_id"])
    for name in recipes["lr_id"][recipes["lr_id"].duplicated()].unique()[:_TOLD]:
        yield Violation(None, f"{path.name}: has {name!r} more than once")
    known = dict(zip(recipes["lr_id"], recipes["recipe"], strict=True))
    told = 0
    for name, text in frame.drop_duplicates("lr_id")[["lr_id", "recipe"]].itertuples(index=False):
        if isinstance(text, str) and text and known.get(name) != text and told < _TOLD:
            told += 1
            yield Violation(None, f"{path.name}: {name!r} has another recipe in the scores' table")


def _twin(path: Path, frame: Any, key: str) -> Iterator[Violation]:
    """A table as text names the same things as the scores."""
    if not path.exists():
        return
    try:
        names = [json.loads(line)[key] for line in path.read_text("utf-8").splitlines()]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DdsrError(f"{path}: cannot be read as JSON lines with {key!r}; publish the dataset again") from error
    if sorted(map(str, names)) != sorted(map(str, frame[key].unique())):
        yield Violation(None, f"{path.name}: names other {key}s than the tables; publish the dataset again")


def _croissant(root: Path) -> Iterator[Violation]:
    """The metadata's hashes are those of the files."""
    path = root / "croissant.json"
    if not path.exists():
        return
    content = read_json(path)
    files = content.get("distribution", []) if isinstance(content, dict) else []
    known = {str(one.get("contentUrl")): one.get("sha256") for one in files if isinstance(one, dict)}
    for file in sorted(set(known) & {one.name for one in root.glob("*.parquet")}):
        if file_sha256(root / file) != known[file]:
            yield Violation(None, f"{path.name}: {file} is another file than its sha256 says; publish it again")


def _unknown(file: str, verb: str, names: Any, among: Any) -> Iterator[Violation]:
    for name in names[~names.isin(among)].unique()[:_TOLD]:
        yield Violation(None, f"{file}: {verb} {name!r}" + ("" if verb == "lacks" else ", which is in no table"))
