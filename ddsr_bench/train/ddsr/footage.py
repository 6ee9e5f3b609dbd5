"""HR clips to train on: of any folder of videos and frame folders, or the sources of a dataset's training split."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ddsr_bench import video
from ddsr_bench.data.discover import find_clips
from ddsr_bench.data.layout import inside
from ddsr_bench.data.manifest.read import read_rows
from ddsr_bench.errors import DdsrError
from ddsr_bench.seeding import derive_key

_TABLES = ("train.parquet", "test.parquet")
_READERS = 4  # hashing and probing wait for the disk


@dataclass(frozen=True)
class Footage:
    """An HR clip.

    Attributes:
        id: its name; draws are addressed by it.
        path: file, or folder of frames.
        group: clips that share content have one.
        width, height: pixels.
        frames: number of frames.
        fps: frames a second, as text of a fraction.
        sha256: of the file.
    """

    id: str
    path: Path
    group: str
    width: int
    height: int
    frames: int
    fps: str
    sha256: str


@dataclass(frozen=True)
class Sides:
    """Clips to train on and clips kept apart; no group is on both sides."""

    train: tuple[Footage, ...]
    validation: tuple[Footage, ...]


def find_footage(data: str, *, side: int, frames: int) -> list[Footage]:
    """HR clips in order of their ids.

    Args:
        data: folder of a built or imported dataset (its ``test`` split is never looked at), or any folder of clips.
        side: least width and height.
        frames: least number of frames.

    Raises:
        DdsrError: nothing there, or a clip that cannot be read, is too small or too short; the text says which.
    """
    root = Path(data)
    if not root.is_dir():
        raise DdsrError(f"--data {data}: no such folder; give a folder of HR clips, or of a built dataset")
    found = _of_dataset(root) if any((root / name).is_file() for name in _TABLES) else _of_folder(root)
    with ThreadPoolExecutor(_READERS) as pool:
        clips = list(pool.map(lambda one: _footage(*one), found))
    for clip in clips:
        _check(clip, side, frames)
    return clips


def parted(clips: Sequence[Footage], share: float, seed: int) -> Sides:
    """Keep a share of the groups, at least one, apart for validation; which ones depends on seed and names alone.

    Raises:
        DdsrError: all clips are of one group, so that none can be kept apart.
    """
    groups = sorted({clip.group for clip in clips}, key=lambda group: derive_key("ddsr", "apart", seed, group))
    if len(groups) < 2:
        raise DdsrError(f"only one source ({groups[0]}) to train on; give two clips or more, as one is kept apart")
    count = min(len(groups) - 1, max(1, math.floor(share * len(groups))))
    apart = set(groups[:count])
    return Sides(
        tuple(clip for clip in clips if clip.group not in apart),
        tuple(clip for clip in clips if clip.group in apart),
    )


def _of_folder(root: Path) -> list[tuple[str, Path, str]]:
    return [(clip.id, clip.path, clip.id) for clip in find_clips([str(root)])]


def _of_dataset(root: Path) -> list[tuple[str, Path, str]]:
    found: dict[str, tuple[str, Path, str]] = {}
    for row in read_rows(root):
        file = row.get("hr_file_name")
        if row["split"] == "train" and file:
            found.setdefault(file, (row["source_id"], inside(root, file), row["source_group"]))
    if not found:
        raise DdsrError(f"{root}: no HR clip in its train split; give a dataset that has sharp clips, or a folder")
    missing = [file for file, (_, path, _) in found.items() if not path.exists()]
    if missing:
        raise DdsrError(
            f"{missing[0]}: this clip is not in {root}; build the dataset: ddsr-bench dataset build NAME --out DIR"
        )
    return sorted(found.values())


def _footage(name: str, path: Path, group: str) -> Footage:
    info = video.probe(path)
    rate = str(info.fps.limit_denominator(1_000_000))
    return Footage(name, path, group, info.width, info.height, info.frames, rate, video.file_sha256(path))


def _check(clip: Footage, side: int, frames: int) -> None:
    if min(clip.width, clip.height) < side:
        raise DdsrError(
            f"{clip.path}: {clip.width}x{clip.height}, but training crops are {side} pixels a side; "
            "remove the clip, or lower data.crop"
        )
    if clip.frames < frames:
        raise DdsrError(
            f"{clip.path}: {clip.frames} frames, but a training sequence has {frames}; "
            "remove the clip, or lower data.frames"
        )
