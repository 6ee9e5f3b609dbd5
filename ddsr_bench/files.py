"""Files and folders: made, written whole or not at all, and found where the package ships them."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ddsr_bench.errors import DdsrError

_PACKAGE = Path(__file__).parent


def temporary_name(path: Path) -> Path:
    """A name beside ``path`` that nothing else uses and that tells whose it is: ``.name.<pid>-<random>.part``."""
    return path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}.part")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name to write to; what is there afterwards is renamed to ``path``, or removed after an error.

    Raises:
        DdsrError: the file cannot be written (folder missing, no right, disk full).
    """
    part = temporary_name(path)
    try:
        yield part
        os.replace(part, path)
    except OSError as error:
        raise DdsrError(f"{path}: cannot write ({error.strerror or error}); check the folder and free space") from error
    finally:
        # After a success it is there only where both were links of one file, which renaming leaves alone.
        part.unlink(missing_ok=True)


def write_bytes_atomic(path: Path, data: bytes) -> None:
    """Write bytes under a temporary name, then rename it to ``path``; errors as :func:`replacing`."""
    with replacing(path) as part:
        part.write_bytes(data)


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


def shipped_folder(name: str) -> Path | None:
    """A folder that comes with the package: within it where it was installed, beside it in a clone; None in neither.

    Args:
        name: such as ``"baselines/qa"``.
    """
    return next((path for path in (_PACKAGE / name, _PACKAGE.parent / name) if path.is_dir()), None)
