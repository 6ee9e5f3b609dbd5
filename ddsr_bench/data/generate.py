"""One item of ``generate-lr``: a source clip and a recipe become an LR clip (and an aligned HR clip) on disk."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from ddsr_bench import video
from ddsr_bench.data.layout import FORMATS, clip_file, inside, record_file
from ddsr_bench.degrade.memory import keep_freed_memory
from ddsr_bench.degrade.pipeline import apply
from ddsr_bench.degrade.recipe import ClipInfo, Recipe
from ddsr_bench.degrade.stage import Frame
from ddsr_bench.errors import DdsrError
from ddsr_bench.files import make_folder
from ddsr_bench.provenance import read_json, write_json_atomic

RECORD_VERSION = 1
#: Quality of mp4 output: visually lossless, so that the recipe's own artefacts are what remains.
MP4_CRF = 10.0


@dataclass(frozen=True)
class Item:
    """One LR clip to make. ``start`` is the first source frame that is used; the recipe says how many."""

    id: str
    source_id: str
    variant: int
    source: Path
    recipe: Recipe
    root: Path
    file_format: str = "mkv"
    keep_hr: bool = False
    start: int = 0


def source_clip_info(clip_id: str, path: Path, scale: int, frames: tuple[int, int | None] = (0, None)) -> ClipInfo:
    """What a recipe for the clip at ``path`` is drawn for: its size cropped to a multiple of ``scale``.

    Raises:
        DdsrError: the clip cannot be read, is smaller than the scale, or has no frame in ``frames`` (start, stop).
    """
    info = video.probe(path)
    start, stop = frames
    count = min(info.frames, info.frames if stop is None else stop) - start
    if count < 1:
        raise DdsrError(f"{path}: {info.frames} frames, none of them in {start}:{'' if stop is None else stop}")
    if info.width < scale or info.height < scale:
        raise DdsrError(f"{path}: {info.width}x{info.height} is smaller than the scale {scale}; use a larger clip")
    rate = info.fps.limit_denominator(1_000_000)
    return ClipInfo(
        id=clip_id,
        width=info.width // scale * scale,
        height=info.height // scale * scale,
        frames=count,
        fps=f"{rate.numerator}/{rate.denominator}",
    )


def is_done(item: Item) -> bool:
    """Whether the item's record is there, says the same recipe and source, and its files are as recorded."""
    path = item.root / record_file(item.id)
    try:
        record = read_json(path)
        same = record["recipe"] == item.recipe.model_dump(mode="json") and record["source"] == _source(item)
        wanted = {"lr", "hr"} if item.keep_hr else {"lr"}
        files = [record[kind] for kind in ("lr", "hr") if record.get(kind)]
        return (
            record["record_version"] == RECORD_VERSION
            and same
            and wanted <= {kind for kind in ("lr", "hr") if record.get(kind)}
            and all(entry["file"] == clip_file(entry["kind"], item.id, item.file_format) for entry in files)
            and all(video.file_sha256(inside(item.root, entry["file"])) == entry["sha256"] for entry in files)
        )
    except (DdsrError, KeyError, TypeError, OSError):
        return False


def generate(item: Item) -> dict[str, Any]:
    """Make the item's files and its record; everything appears under its final name only when it is whole.

    Raises:
        DdsrError: the source cannot be read or does not fit the recipe, or the output cannot be written.
    """
    # The plan has probed the clip and warned of missing colour tags already.
    warnings.simplefilter("ignore", video.UntaggedColourWarning)
    recipe = item.recipe
    stop = item.start + recipe.clip.frames
    frames: Iterator[Frame] = video.read_frames(item.source, item.start, stop, threads=1)
    with contextlib.ExitStack() as stack:
        stack.enter_context(keep_freed_memory())
        stack.enter_context(contextlib.closing(frames))  # type: ignore[type-var]
        source: Iterable[Frame] = frames
        if item.keep_hr:
            hr = stack.enter_context(_writer(item, "hr"))
            source = _tee((frame[: recipe.clip.height, : recipe.clip.width] for frame in frames), hr)
        lr = stack.enter_context(_writer(item, "lr"))
        digest = video.frames_sha256(_counted(_tee(apply(recipe, source), lr), recipe))
    if item.file_format == "mp4":
        digest = video.frames_sha256(video.read_frames(item.root / clip_file("lr", item.id, "mp4"), threads=1))
    record = _record(item, digest)
    write_json_atomic(item.root / record_file(item.id), record)
    return record


def _tee(frames: Iterable[Frame], writer: video.VideoWriter) -> Iterator[Frame]:
    for frame in frames:
        writer.write(frame)
        yield frame


def _counted(frames: Iterable[Frame], recipe: Recipe) -> Iterator[Frame]:
    count = 0
    for frame in frames:
        count += 1
        yield frame
    if count != recipe.clip.frames:
        raise DdsrError(f"{recipe.clip.id}: {count} frames came out of {recipe.clip.frames}; the recipe is unsound")


def _writer(item: Item, kind: str) -> video.VideoWriter:
    recipe = item.recipe
    size = (recipe.lr_width, recipe.lr_height) if kind == "lr" else (recipe.clip.width, recipe.clip.height)
    path = inside(item.root, clip_file(kind, item.id, item.file_format))
    make_folder(path.parent)
    make_folder((item.root / record_file(item.id)).parent)
    crf = MP4_CRF if item.file_format == "mp4" else None
    return video.VideoWriter(
        path,
        width=size[0],
        height=size[1],
        fps=Fraction(recipe.clip.fps),
        format=FORMATS[item.file_format][1],  # type: ignore[arg-type]
        crf=crf,
    )


def _source(item: Item) -> dict[str, Any]:
    # Name, size and time tell a changed source at once; hashing terabytes of HR on each --resume would not.
    stat = item.source.stat()
    name = os.fsencode(item.source.name).decode("utf-8", "backslashreplace")
    return {"name": name, "bytes": stat.st_size, "modified_ns": stat.st_mtime_ns, "start": item.start}


def _record(item: Item, frames_sha256: str) -> dict[str, Any]:
    recipe = item.recipe
    files = {"lr": (recipe.lr_width, recipe.lr_height, frames_sha256)}
    if item.keep_hr:
        files["hr"] = (recipe.clip.width, recipe.clip.height, "")
    record: dict[str, Any] = {
        "record_version": RECORD_VERSION,
        "id": item.id,
        "source_id": item.source_id,
        "variant": item.variant,
        "source": _source(item),
        "recipe": recipe.model_dump(mode="json"),
    }
    for kind, (width, height, digest) in files.items():
        relative = clip_file(kind, item.id, item.file_format)
        record[kind] = {
            "kind": kind,
            "file": relative,
            "width": width,
            "height": height,
            "sha256": video.file_sha256(inside(item.root, relative)),
            "frames_sha256": digest or None,
        }
    return record
