"""Is a file what its hash says? Fully by reading it, cheaply by a stamp left after the last full look."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from ddsr_bench.errors import DdsrError


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, 64 hexadecimal digits.

    Raises:
        DdsrError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DdsrError(f"{path}: cannot read ({error.strerror or error}); check the path") from error


def is_verified(path: Path, sha256: str, *, full: bool) -> bool:
    """Whether ``path`` exists with this hash.

    Unless ``full``, a file whose size and modification time are those of its last full check counts as
    unchanged. A full check that passes renews the stamp.
    """
    if not path.is_file():
        return False
    if not full and _read_stamp(path) == _facts(path, sha256):
        return True
    if sha256_of(path) != sha256:
        return False
    write_stamp(path, sha256)
    return True


def write_stamp(path: Path, sha256: str) -> None:
    """Note that ``path`` was checked in full just now. A store that cannot be written goes without stamps."""
    stamp = _stamp_path(path)
    part = stamp.with_name(f"{stamp.name}.{os.getpid()}.tmp")
    try:
        part.write_text(json.dumps(_facts(path, sha256)), encoding="utf-8")
        os.replace(part, stamp)
    except OSError:
        part.unlink(missing_ok=True)


def stamped_hash(path: Path) -> str | None:
    """The hash that ``path`` had at its last full check, if nothing about it has changed since; None otherwise."""
    stamp = _read_stamp(path)
    found = stamp.get("sha256") if isinstance(stamp, dict) else None
    return found if isinstance(found, str) and path.is_file() and stamp == _facts(path, found) else None


def remove_stamp(path: Path) -> None:
    """Forget the last full check."""
    _stamp_path(path).unlink(missing_ok=True)


def mismatch(found: str, expected: str) -> str:
    """Return words for two hashes that differ, by their first 12 digits."""
    return f"sha256 is {found[:12]}..., expected {expected[:12]}..."


def _stamp_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.stamp")


def _facts(path: Path, sha256: str) -> dict[str, object]:
    state = path.stat()
    return {"sha256": sha256, "size": state.st_size, "mtime_ns": state.st_mtime_ns}


def _read_stamp(path: Path) -> object:
    try:
        return json.loads(_stamp_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
