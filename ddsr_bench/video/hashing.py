"""Hashes that name a clip: of its decoded frames, and of its bytes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.video.info import Plane
from ddsr_bench.video.naming import shown
from ddsr_bench.video.source import check_file


def frames_sha256(frames: Iterable[Plane]) -> str:
    """SHA-256 (hex) of frames: of each in order its dtype, its shape and its samples in C order.

    Equal frames give equal hashes whatever file they came from; a dropped, repeated, reshaped or swapped
    frame changes the hash.
    """
    digest = hashlib.sha256()
    for frame in frames:
        digest.update(f"{frame.dtype.str}{frame.shape}".encode())
        digest.update(np.ascontiguousarray(frame).data)
    return digest.hexdigest()


def file_sha256(path: str | os.PathLike[str]) -> str:
    """SHA-256 (hex) of a file's bytes; of a folder, over its files' sorted names, sizes and bytes.

    Hidden files (a name with a leading dot) are not part of a folder's hash.

    Raises:
        DdsrError: missing, empty or unreadable.
    """
    path = Path(path)
    check_file(path)
    try:
        return _folder_digest(path) if path.is_dir() else _digest(path).hexdigest()
    except OSError as error:
        raise DdsrError(f"{shown(path)}: cannot be read ({error.strerror}); check its permissions") from error


def _folder_digest(folder: Path) -> str:
    digest = hashlib.sha256()
    files = [p for p in folder.iterdir() if p.is_file() and not p.name.startswith(".")]
    if not files:
        raise DdsrError(f"{shown(folder)}: no files in this folder; give a folder of frames")
    for path in sorted(files, key=lambda p: os.fsencode(p.name)):
        digest.update(os.fsencode(path.name) + b"\0" + _digest(path).digest())
    return digest.hexdigest()


def _digest(path: Path) -> hashlib._Hash:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256")
