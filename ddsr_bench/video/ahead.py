"""Runs an iterator in a thread a few items ahead of its reader, so that decoding and conversion overlap."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress
from queue import Empty, Queue
from threading import Event, Thread
from typing import Any, TypeVar

T = TypeVar("T")
_END = object()


def ahead(source: Iterator[T], depth: int) -> Generator[T, None, None]:
    """Yields the items of ``source``, which runs in a thread at most ``depth`` items ahead.

    An exception in ``source`` comes out where its item would have come. Closing this generator closes
    ``source`` and waits for the thread, so that no file stays open.
    """
    items: Queue[Any] = Queue(depth)
    stop = Event()
    thread = Thread(target=_pump, args=(source, items, stop), daemon=True, name="ddsr-decode")
    thread.start()
    try:
        while (item := items.get()) is not _END:
            if isinstance(item, _Failure):
                raise item.error
            yield item
    finally:
        stop.set()
        while thread.is_alive():  # a full queue would keep the thread waiting for ever
            with suppress(Empty):
                items.get(timeout=0.005)


class _Failure:
    """An exception on its way through the queue."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def _pump(source: Iterator[Any], items: Queue[Any], stop: Event) -> None:
    try:
        for item in source:
            items.put(item)
            if stop.is_set():
                return
        items.put(_END)
    except BaseException as error:
        items.put(_Failure(error))
    finally:
        if isinstance(source, Generator):
            source.close()
