"""From labels and a folder of videos to a dataset's folder: files beside the tables, everything typed and hashed."""

from __future__ import annotations

import os
import shutil
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from ddsr_bench import video
from ddsr_bench.data.discover import VIDEO_SUFFIXES, SourceClip, find_clips
from ddsr_bench.data.importers.label import Label, Labels
from ddsr_bench.errors import DdsrError
from ddsr_bench.files import make_folder, replacing
from ddsr_bench.seeding import generator

LAYOUTS = ("authors", "generic", "konvid-1k", "live-vqc", "lsvq", "avt-vsr")
Transfer = Literal["copy", "link"]
#: What ``datasets`` takes for a video; others are copied too but listed as problems.
_KNOWN = frozenset((".mkv", ".mp4", ".avi", ".mpeg", ".mov"))
_TEST_SHARE = 0.2


@dataclass(frozen=True)
class Work:
    """One video to import: its label, where it is, where it goes."""

    label: Label
    source: Path
    target: Path
    file_name: str
    transfer: Transfer


def read_labels(layout: str, paths: Sequence[Path]) -> Labels:
    """Read label files of a layout.

    Raises:
        DdsrError: unknown layout, or a file cannot be read at all.
    """
    from importlib import import_module

    if layout not in LAYOUTS:
        raise DdsrError(f"layout {layout!r}: unknown; choose one of {', '.join(LAYOUTS)}")
    module = import_module(f"ddsr_bench.data.importers.{layout.replace('-', '_')}")
    labels: Labels = module.read(list(paths))
    return labels


def match(labels: Labels, videos: Path, out: Path, transfer: Transfer) -> tuple[list[Work], list[tuple[str, str]]]:
    """Find each label's video; returns the work, and a line for all that has no counterpart.

    A file is found by its path below ``videos``, by its name, or by its name without the suffix.

    Raises:
        DdsrError: ``videos`` holds no clip.
    """
    clips = find_clips([str(videos)])
    index = _index(clips)
    problems = list(labels.problems)
    count = Counter(_stem(label.file) for label in labels.labels)
    work: list[Work] = []
    used: dict[SourceClip, str] = {}
    seen: set[str] = set()
    for label in labels.labels:
        stem = _stem(label.file)
        if stem in seen:
            problems.append((label.file, f"has {count[stem]} labels; the first one is kept"))
            continue
        seen.add(stem)
        found = next((index[key] for key in _keys(label.file) if key in index), [])
        if not found:
            problems.append((label.file, f"has a label, but no video below {videos}"))
        elif len(found) > 1:
            problems.append((label.file, f"is the name of {len(found)} videos; write their paths below {videos}"))
        elif found[0] in used:
            problems.append((label.file, f"means the same video as {used[found[0]]!r}, whose label is kept"))
        else:
            used[found[0]] = label.file
            name = f"videos/{found[0].id}{_suffix(found[0].path) or '.mkv'}"
            work.append(Work(label, found[0].path, out / name, name, transfer))
    problems += [
        (str(clip.path.relative_to(videos)), "is a video without a label") for clip in clips if clip not in used
    ]
    return work, problems


def _index(clips: Sequence[SourceClip]) -> dict[str, list[SourceClip]]:
    """What each clip may be found by: its path below the folder, which is its own, or its name."""
    index: dict[str, list[SourceClip]] = {}
    for clip in clips:
        for key in dict.fromkeys(_keys(clip.id + _suffix(clip.path))):
            index.setdefault(key, []).append(clip)
    paths = {key: clip for clip in clips for key in (clip.id, clip.id + _suffix(clip.path))}
    return index | {key: [clip] for key, clip in paths.items()}


def _suffix(path: Path) -> str:
    return "" if path.is_dir() else path.suffix


def _keys(file: str) -> tuple[str, ...]:
    """What a file may be found by, the surest first."""
    path = PurePosixPath(file.replace("\\", "/"))
    return path.as_posix(), _stem(path.as_posix()), path.name, PurePosixPath(path.name).stem


def _stem(file: str) -> str:
    path = PurePosixPath(file.replace("\\", "/"))
    return path.with_suffix("").as_posix() if path.suffix.lower() in VIDEO_SUFFIXES else path.as_posix()


def import_one(work: Work) -> dict[str, Any]:
    """Bring one video over and return its row.

    Raises:
        DdsrError: the video cannot be read, or the copy cannot be written.
    """
    warnings.simplefilter("ignore", video.UntaggedColourWarning)
    info = video.probe(work.source)
    _bring(work)
    label = work.label
    rate = float(info.fps)
    return {
        "file_name": work.file_name,
        "video_id": PurePosixPath(work.file_name).with_suffix("").as_posix().removeprefix("videos/"),
        "source_id": label.source,
        "source_group": label.source,
        "source_set": label.set,
        "lr_id": label.lr,
        "method": label.method,
        "scale": label.scale,
        "width": info.width,
        "height": info.height,
        "frames": info.frames,
        "fps": rate,
        "duration": info.frames / rate,
        "sha256": video.file_sha256(work.target),
        "recipe": "",
        "split": label.split,
        "mos": label.mos,
        "mos_ci95": label.ci95,
        "n_ratings": label.votes,
        "score_origin": "subjective",
    }


def _bring(work: Work) -> None:
    """Copy or hard-link the file under a temporary name first; frames become a lossless video, as `datasets` needs."""
    make_folder(work.target.parent)
    if work.source.is_dir():
        info = video.probe(work.source)
        video.write_video(work.target, video.read_frames(work.source, threads=1), info.fps, format="ffv1")
        return
    with replacing(work.target) as part:
        if work.transfer == "copy":
            shutil.copy2(work.source, part)
            return
        try:
            os.link(work.source.resolve(), part)
        except OSError as error:
            raise DdsrError(f"{work.target}: cannot be linked ({error.strerror}); use --copy") from error


def with_splits(rows: Sequence[dict[str, Any]], seed: int = 0) -> list[dict[str, Any]]:
    """The rows with a split each: the layout's own where it parts the sources, else a fifth of them for testing."""
    own = {row["split"] for row in rows}
    shared = {row["source_id"] for row in rows if row["split"] == "train"} & {
        row["source_id"] for row in rows if row["split"] == "test"
    }
    if own <= {"train", "test"} and not shared:
        return list(rows)
    sources = sorted({row["source_id"] for row in rows})
    order = generator("import", seed, "split").permutation(len(sources))
    wanted = max(1, round(_TEST_SHARE * len(sources))) if len(sources) > 1 else 0
    test = {sources[place] for place in order[:wanted]}
    return [{**row, "split": "test" if row["source_id"] in test else "train"} for row in rows]


def unknown_kind(work: Sequence[Work]) -> list[tuple[str, str]]:
    """A line for each file that ``datasets`` will not open as a video."""
    return [
        (one.file_name, "is no kind of video that `datasets` knows; convert it to .mkv or .mp4")
        for one in work
        if one.source.is_file() and one.source.suffix.lower() not in _KNOWN
    ]
