"""One writer per file among processes; the lock goes with its process, however that ends."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

if sys.platform != "win32":
    import fcntl


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[bool]:
    """Hold the lock file ``path``, waiting for others; yield whether a lock was to be had.

    False (no locks on this system or file system) means: others may be at work, use names of your own. The
    file stays afterwards, for removing it would let two processes hold "the" lock.

    Raises:
        OSError: the lock file cannot be made.
    """
    with path.open("a+b") as file:
        yield _lock(file.fileno())


def _lock(descriptor: int) -> bool:
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:
        return False
    return True
