"""One thread of torch's own for a while: sums are then the same on machines with any number of cores."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_inside: list[int] = []


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Hold torch to one thread; what was set before comes back when the last of those inside has left."""
    import torch

    with _lock:
        _inside.append(torch.get_num_threads() if not _inside else _inside[0])
        torch.set_num_threads(1)
    try:
        yield
    finally:
        with _lock:
            before = _inside.pop()
            if not _inside:
                torch.set_num_threads(before)
