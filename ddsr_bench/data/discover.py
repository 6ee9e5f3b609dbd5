"""From what a user types (files, folders, globs) to clips with ids."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ddsr_bench.errors import DdsrError

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".mkv", ".avi", ".mov", ".webm", ".m4v", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".wmv"}
    | {".flv", ".y4m", ".ogv", ".3gp", ".gif"}
)
IMAGE_SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"))


@dataclass(frozen=True)
class SourceClip:
    """A clip to work on. ``id`` is its path below the folder that was named, without the suffix.

    The id alone decides the clip's random draws, so neither the order nor the company of the inputs matters.
    """

    id: str
    path: Path


def find_clips(inputs: Sequence[str]) -> list[SourceClip]:
    """Expand files, folders of videos, frame folders and globs.

    A folder stands for the videos and frame folders below it (at any depth); a folder that holds images and no
    video is one clip. Returned in the order of ids.

    Raises:
        DdsrError: an input matches nothing, or two clips have one id.
    """
    clips: dict[str, SourceClip] = {}
    for text in inputs:
        for clip in _expand(text):
            known = clips.setdefault(clip.id, clip)
            if known.path != clip.path:
                raise DdsrError(
                    f"{known.path} and {clip.path}: both would be named {clip.id!r}; rename one, or give the folder "
                    "that holds both"
                )
    return [clips[name] for name in sorted(clips)]


def _expand(text: str) -> Iterator[SourceClip]:
    path = Path(text)
    if path.is_dir():
        found = list(_folder(path))
        if not found:
            raise DdsrError(f"{text}: no video and no frame folder in it; give a folder with clips")
        yield from found
    elif path.exists() or not glob.has_magic(text):
        # A missing file is kept: it fails as one item of the batch, and the rest is done.
        yield SourceClip(_clean(path.stem), path)
    else:
        matches = sorted(glob.glob(text, recursive=True))
        if not matches:
            raise DdsrError(f"{text}: matches no file")
        for match in matches:
            yield from _expand(match)


def _folder(root: Path) -> Iterator[SourceClip]:
    for folder, names, files in os.walk(root, followlinks=True):
        names.sort()
        here = Path(folder)
        relative = here.relative_to(root)
        videos = [name for name in sorted(files) if Path(name).suffix.lower() in VIDEO_SUFFIXES]
        hidden = any(part.startswith(".") for part in relative.parts)
        if hidden:
            continue
        for name in videos:
            if not name.startswith("."):
                yield SourceClip(_clean((relative / name).with_suffix("").as_posix()), here / name)
        if not videos and _has_images(files):
            yield SourceClip(_clean(relative.as_posix() if relative.parts else root.resolve().name), here)


def _has_images(files: Iterable[str]) -> bool:
    return any(Path(name).suffix.lower() in IMAGE_SUFFIXES for name in files)


def _clean(text: str) -> str:
    """``text`` as an id that is safe in a path, in JSON and in Parquet: bytes that are not UTF-8 become %XX."""
    raw = text.encode("utf-8", "surrogateescape")
    try:
        decoded = raw.decode("utf-8")
    except UnicodeDecodeError:
        decoded = "".join(chr(byte) if byte < 128 else f"%{byte:02X}" for byte in raw)
    return decoded.replace("\\", "_").replace("\n", "_").strip("/ ") or "clip"
