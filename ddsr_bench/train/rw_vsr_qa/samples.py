"""Videos to learn from: of a rated dataset's folder, in the groups in which they are compared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ddsr_bench.data.layout import inside
from ddsr_bench.data.manifest.read import find_dataset, read_parquet, read_rows
from ddsr_bench.data.manifest.schema import SPLITS
from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.splits import random_splits

OWN_SPLIT, ALL = "split", "all"


@dataclass(frozen=True)
class Sample:
    """A video.

    Attributes:
        id: one of its kind.
        path: of the file.
        group: videos of one group show the same LR clip (or are steps of one ladder) and are compared within it.
        source_group: what validation must not share with training.
        label: MOS; of a ladder the step, higher is better.
        rated: whether the label is a MOS, comparable between groups.
        origin: of the MOS: subjective, simulated; ``order`` for ladders.
    """

    id: str
    path: Path
    group: str
    source_group: str
    label: float
    rated: bool = True
    origin: str = "subjective"


@dataclass(frozen=True)
class Samples:
    """What is trained on and what it is judged by; no source group is in both."""

    train: tuple[Sample, ...]
    validation: tuple[Sample, ...]

    @property
    def origin(self) -> str:
        """``simulated`` where any MOS is, ``subjective`` where none is, ``order`` where there are ladders alone."""
        origins = {one.origin for one in (*self.train, *self.validation) if one.rated}
        return "simulated" if "simulated" in origins else next(iter(origins), "order")


def read_samples(name: str, *, split: str = OWN_SPLIT, leave_out: Sequence[str] = ()) -> tuple[Sample, ...]:
    """The rated training videos of a dataset.

    Args:
        name: its folder.
        split: ``"split"`` takes the rows that its column of that name calls train; ``"split_00"`` and so on those of
            a published split (``splits.parquet``); ``"all"`` takes every row.
        leave_out: methods that are not used.

    Raises:
        DdsrError: no dataset, no videos beside its tables, no scores, or no such split or method.
    """
    root = find_dataset(name)
    rows = read_rows(root)
    kept = _of_split(root, rows, split)
    _check_methods(name, rows, leave_out)
    kept = [row for row in kept if row["method"] not in leave_out]
    rated = [row for row in kept if row["score_origin"] != "none" and _is_number(row["mos"])]
    if not rated:
        found = f"{len(kept)} videos without a score" if kept else "no training videos"
        raise DdsrError(f"{name}: {found} (score_origin none); rate them (ddsr-bench dataset rate), or give --ladders")
    samples = tuple(_sample(root, row) for row in rated)
    gone = next((one for one in samples if not one.path.exists()), None)
    if gone is not None:
        raise DdsrError(
            f"{gone.path}: not there; {name} may hold tables only, build it: ddsr-bench dataset build {root.name} "
            "--out DIR"
        )
    return samples


def held_back(rated: Sequence[Sample], ladders: Sequence[Sample], share: float, seed: int) -> Samples:
    """Part samples in two, whole source groups on either side, rated videos and ladders each by about ``share``.

    Raises:
        DdsrError: all show one source.
    """
    kept = _kept_groups(rated, share, seed) if rated else set()
    known = {one.source_group for one in rated}
    others = [one for one in ladders if one.source_group not in known]
    # Of ladders beside rated videos, one further source may well be all; it is then trained on.
    if not rated or len({one.source_group for one in others}) > 1:
        kept |= _kept_groups(others, share, seed)
    samples = (*rated, *ladders)
    return Samples(
        tuple(one for one in samples if one.source_group not in kept),
        tuple(one for one in samples if one.source_group in kept),
    )


def _kept_groups(samples: Sequence[Sample], share: float, seed: int) -> set[str]:
    groups = [one.source_group for one in samples]
    if len(set(groups)) < 2:
        raise DdsrError(f"{len(samples)} videos of one source: none can be kept for validation; add other sources")
    split = random_splits(len(samples), 1, groups, seed, share)[0]
    return {groups[k] for k in split.test}


def _sample(root: Path, row: dict[str, Any]) -> Sample:
    return Sample(
        id=row["video_id"],
        path=inside(root, row["file_name"]),
        group=row["lr_id"],
        source_group=row["source_group"],
        label=float(row["mos"]),
        origin=row["score_origin"],
    )


def _is_number(value: Any) -> bool:
    return value is not None and math.isfinite(value)


def _of_split(root: Path, rows: list[dict[str, Any]], split: str) -> list[dict[str, Any]]:
    if split == ALL:
        return rows
    if split == OWN_SPLIT:
        return [row for row in rows if row["split"] == SPLITS[0]]
    path = root / "splits.parquet"
    columns = read_parquet(path).to_pydict() if path.is_file() else {}
    if split not in columns or not split.startswith("split_"):
        known = ", ".join(name for name in columns if name.startswith("split_")) or "no splits.parquet there"
        raise DdsrError(f"--split {split}: unknown for {root.name} ({known}); use {OWN_SPLIT} or {ALL}")
    side = dict(zip(columns["video_id"], columns[split], strict=True))
    return [row for row in rows if side.get(row["video_id"]) == SPLITS[0]]


def _check_methods(name: str, rows: list[dict[str, Any]], leave_out: Sequence[str]) -> None:
    known = sorted({row["method"] for row in rows})
    unknown = next((method for method in leave_out if method not in known), None)
    if unknown is not None:
        raise DdsrError(f"{name}: no method {unknown!r} to leave out; it has {', '.join(known)}")
