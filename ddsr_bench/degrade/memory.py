"""Keeping freed memory at hand between frames.

Every frame's planes are freed and wanted again a moment later. glibc gives blocks of this size back to the system and
fetches them anew, page by page; keeping them saves a tenth of the generator's time. The process holds no more than it
held at its peak.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from collections.abc import Iterator

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEEP = 1 << 30
# Where glibc's own rule ends once blocks of 32 MiB have been freed; above the malloc(3) manual's starting values.
_USUAL = {_MMAP_THRESHOLD: 32 << 20, _TRIM_THRESHOLD: 64 << 20}


@contextlib.contextmanager
def keep_freed_memory() -> Iterator[None]:
    """Within the block, let glibc keep freed memory; a no-op on other C libraries."""
    mallopt = _mallopt()
    if mallopt is None:
        yield
        return
    for name in _USUAL:
        mallopt(name, _KEEP)
    try:
        yield
    finally:
        for name, value in _USUAL.items():
            mallopt(name, value)


def _mallopt() -> ctypes._NamedFuncPointer | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return None
