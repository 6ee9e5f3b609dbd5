"""Files written whole or not at all."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from ddsr_bench.errors import DdsrError


def make_folder(folder: Path) -> None:
    """Make a folder and its parents.

    Raises:
        DdsrError: it cannot be made, or a file is in its place.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DdsrError(
            f"{folder}: cannot make the folder ({error.strerror or error}); choose another --out"
        ) from error


def write_bytes_atomic(path: Path, data: bytes) -> None:
    """Write bytes under a temporary name in the same folder, then rename it to ``path``.

    Raises:
        DdsrError: the file cannot be written.
    """
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.tmp")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    except OSError as error:
        raise DdsrError(f"{path}: cannot write ({error.strerror or error}); check the folder and free space") from error
    finally:
        part.unlink(missing_ok=True)
