"""``dataset check``: the tables, the votes, the files behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ddsr_bench import video
from ddsr_bench.data.manifest.read import read_parquet
from ddsr_bench.data.manifest.rules import Violation, check_rows, check_types
from ddsr_bench.data.manifest.schema import SPLITS
from ddsr_bench.errors import DdsrError

_FILES = ("file_name", "hr_file_name", "lr_file_name")


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
        expect: rows, sources and conditions that there should be.
        progress: called with files done and files in all.

    Raises:
        DdsrError: no table, or one that cannot be read at all.
    """
    frame, violations = _table(root)
    if violations:
        return Report(len(frame), 0, 0, violations=violations)
    violations += check_rows(frame)
    violations += _votes(root, frame)
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
    if expect is not None and (report.rows, report.sources, report.conditions) != expect:
        wanted = "{} rows, {} sources, {} conditions".format(*expect)
        violations.append(Violation(None, f"{report.counts}; expected {wanted}"))
    return report


def _table(root: Path) -> tuple[Any, list[Violation]]:
    """All rows as a DataFrame, and what is wrong with the tables themselves."""
    import pandas

    paths = [root / f"{split}.parquet" for split in SPLITS if (root / f"{split}.parquet").exists()]
    if not paths:
        raise DdsrError(f"{root}: holds neither train.parquet nor test.parquet; give a dataset's folder")
    tables = [read_parquet(path) for path in paths]
    wrong = [one for table, path in zip(tables, paths, strict=True) for one in check_types(table.schema, path.name)]
    frame = pandas.concat([table.to_pandas() for table in tables], ignore_index=True)
    if not wrong:
        wrong = [*_homes(frame, paths, [len(table) for table in tables])]
    return frame, wrong


def _homes(frame: Any, paths: list[Path], lengths: list[int]) -> Iterator[Violation]:
    """Rows of train.parquet are for training, those of test.parquet for testing."""
    home = np.repeat([path.stem for path in paths], lengths)
    for row in np.flatnonzero((frame["split"].to_numpy() != home) & frame["split"].isin(SPLITS).to_numpy()):
        text = f"split: {frame['split'].iloc[row]!r} in {home[row]}.parquet"
        yield Violation(int(row) + 1, text)


def _votes(root: Path, frame: Any) -> Iterator[Violation]:
    """Votes are of videos that there are, finite, and as many as the scores say at least."""
    path = root / "ratings.parquet"
    if not path.exists():
        return
    votes = read_parquet(path).to_pandas()
    for name in ("video_id", "subject", "rating"):
        if name not in votes:
            yield Violation(None, f"ratings.parquet: has no column {name!r}")
            return
    strange = ~votes["video_id"].isin(frame["video_id"])
    for name in votes["video_id"][strange].unique()[:20]:
        yield Violation(None, f"ratings.parquet: votes on {name!r}, which is in no table")
    if not np.isfinite(votes["rating"].to_numpy(np.float64)).all():
        yield Violation(None, "ratings.parquet: a vote is no number")
    count = frame["video_id"].map(votes["video_id"].value_counts()).fillna(0)
    for row in np.flatnonzero((frame["n_ratings"] > count).to_numpy(bool, na_value=False)):
        said, there = frame["n_ratings"].iloc[row], count.iloc[row]
        yield Violation(int(row) + 1, f"n_ratings: {said:g}, but ratings.parquet has {there:g} votes")


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
    if not path.exists():
        return "no such file", False
    if not path.resolve().is_relative_to(inside):
        return "leads out of the dataset's folder", False
    if sha is None:
        return "", False
    try:
        return ("" if video.file_sha256(path) == sha else "is another file than sha256 says"), True
    except DdsrError as error:
        return str(error), False
