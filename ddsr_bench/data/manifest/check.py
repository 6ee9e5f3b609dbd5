"""``dataset check``: the tables, what lies beside them, the files behind them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ddsr_bench import video
from ddsr_bench.data.manifest.beside import check_beside
from ddsr_bench.data.manifest.read import read_parquet, read_schema
from ddsr_bench.data.manifest.recipe_column import check_recipe_column
from ddsr_bench.data.manifest.rules import Violation, check_rows, check_types
from ddsr_bench.data.manifest.schema import NAMES, SPLITS
from ddsr_bench.errors import DdsrError

_FILES = ("file_name", "hr_file_name", "lr_file_name")
_COUNTS = re.compile(r"^(\d+) rows, (\d+) sources, (\d+) conditions", re.MULTILINE)


@dataclass(frozen=True)
class Report:
    """What was found.

    Attributes:
        rows, sources, conditions: how many there are.
        origins: how many rows of each score origin.
        files: how many files were looked at; 0 for a manifest of tables alone.
        hashed: how many of them were read in full.
        violations: what is wrong.
    """

    rows: int
    sources: int
    conditions: int
    origins: dict[str, int] = field(default_factory=dict)
    files: int = 0
    hashed: int = 0
    violations: list[Violation] = field(default_factory=list)

    @property
    def counts(self) -> str:
        """``"1155 rows, 105 sources, 11 conditions"``."""
        return f"{self.rows} rows, {self.sources} sources, {self.conditions} conditions"


def check(
    root: Path,
    *,
    hashes: bool = True,
    expect: tuple[int, int, int] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Check a dataset's folder by every rule.

    Args:
        root: with train.parquet, test.parquet or both.
        hashes: read every video and compare its SHA-256.
        expect: rows, sources and conditions that there should be; by default what the dataset's card says.
        progress: called with files done and files in all.

    Raises:
        DdsrError: no table, or one that cannot be read at all.
    """
    frame, violations = _table(root)
    if violations:
        return Report(len(frame), 0, 0, violations=violations)
    violations += check_rows(frame)
    violations += check_recipe_column(_paths(root))
    violations += check_beside(root, frame)
    files = hashed = 0
    if any((root / name).exists() for name in ("videos", *frame["file_name"].dropna().head(20))):
        files, hashed = _walk(root, frame, hashes, violations, progress)
    report = Report(
        rows=len(frame),
        sources=int(frame["source_id"].nunique()),
        conditions=int(frame["method"].nunique()),
        origins={str(key): int(count) for key, count in frame["score_origin"].value_counts().items()},
        files=files,
        hashed=hashed,
        violations=violations,
    )
    expect, who = (expect, "expected") if expect is not None else (_card_counts(root), "the card says")
    if expect is not None and (report.rows, report.sources, report.conditions) != expect:
        wanted = "{} rows, {} sources, {} conditions".format(*expect)
        violations.append(Violation(None, f"{report.counts}; {who} {wanted}"))
    return report


def _card_counts(root: Path) -> tuple[int, int, int] | None:
    """The counts that the card's first sentence gives, if there is a card of ours."""
    try:
        found = _COUNTS.search((root / "README.md").read_text("utf-8", errors="replace"))
    except OSError:
        return None
    return None if found is None else (int(found[1]), int(found[2]), int(found[3]))


def _paths(root: Path) -> list[Path]:
    return [root / f"{split}.parquet" for split in SPLITS if (root / f"{split}.parquet").exists()]


def _table(root: Path) -> tuple[Any, list[Violation]]:
    """All rows as a DataFrame, and what is wrong with the tables themselves."""
    import pandas

    paths = _paths(root)
    if not paths:
        raise DdsrError(f"{root}: holds neither train.parquet nor test.parquet; give a dataset's folder")
    schemas = {path: read_schema(path) for path in paths}
    wrong = [one for path, schema in schemas.items() for one in check_types(schema, path.name)]
    if wrong:
        return pandas.DataFrame(), wrong
    # Recipes may be large and are needed here only where there is a table of them to compare with.
    left = () if (root / "recipes.parquet").exists() else ("recipe",)
    columns = {
        path: [name for name in NAMES if name in set(schema.names) - {*left}] for path, schema in schemas.items()
    }
    frames = [read_parquet(path, names).to_pandas() for path, names in columns.items()]
    frame = pandas.concat([one for one in frames if len(one)] or frames[:1], ignore_index=True)
    return frame, [*_homes(frame, paths, [len(one) for one in frames])]


def _homes(frame: Any, paths: list[Path], lengths: list[int]) -> Iterator[Violation]:
    """Rows of train.parquet are for training, those of test.parquet for testing."""
    home = np.repeat([path.stem for path in paths], lengths)
    for row in np.flatnonzero((frame["split"].to_numpy() != home) & frame["split"].isin(SPLITS).to_numpy()):
        text = f"split: {frame['split'].iloc[row]!r} in {home[row]}.parquet"
        yield Violation(int(row) + 1, text)


def _walk(
    root: Path, frame: Any, hashes: bool, violations: list[Violation], progress: Callable[[int, int], None] | None
) -> tuple[int, int]:
    """Look at every file: it is there, inside the folder, and the one that its hash names."""
    bad_rows = {one.row for one in violations if "leaves the dataset's folder" in one.text}
    columns = [name for name in _FILES if name in frame]
    found: dict[str, tuple[int, str | None]] = {}
    for row, values in enumerate(frame[[*columns, "sha256"]].itertuples(index=False), start=1):
        for name, value in zip(columns, values, strict=False):
            if isinstance(value, str) and row not in bad_rows:
                found.setdefault(value, (row, values[-1] if name == "file_name" else None))
    hashed = 0
    inside = root.resolve()
    for done, (name, (row, sha)) in enumerate(found.items(), start=1):
        text, read = _look(root, inside, name, sha if hashes else None)
        hashed += read
        if text:
            violations.append(Violation(row, f"{name}: {text}"))
        if progress is not None:
            progress(done, len(found))
    return len(found), hashed


def _look(root: Path, inside: Path, name: str, sha: str | None) -> tuple[str, bool]:
    """What is wrong with one file, or nothing, and whether it was read."""
    path = root / name
    try:
        if not path.exists():
            return "no such file", False
        if not path.resolve().is_relative_to(inside):
            return "leads out of the dataset's folder", False
    except (OSError, ValueError, RuntimeError) as error:
        return f"is no name of a file ({getattr(error, 'strerror', None) or error})", False
    if sha is None:
        return "", False
    try:
        return ("" if video.file_sha256(path) == sha else "is another file than sha256 says"), True
    except DdsrError as error:
        return str(error), False
