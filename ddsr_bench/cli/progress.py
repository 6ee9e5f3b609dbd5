"""Progress of a run of jobs on stderr: a bar on a terminal, now and then a plain line elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from ddsr_bench.jobs import Event
from ddsr_bench.jobs.records import EventKind

_LINE_EVERY_S = 10.0
_LINE_EVERY_SHARE = 0.1


class RichProgress:
    """A progress display to give as ``run_jobs(progress=...)``; it begins and ends with the run's events.

    On a terminal: a bar with done/total, failures, rate and time left. Elsewhere (a log file, CI): a plain
    line at every tenth of the items or after 10 s, whichever comes first, and one at the end.

    Args:
        label: what is being done, such as ``"degrade"``.
        stream: where to; stderr by default, since stdout belongs to results.
        clock: seconds that only grow; given by tests.
    """

    def __init__(
        self, label: str, *, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        console = Console(file=self._stream)
        self._show: Callable[[Event], None] = (
            _Bar(label, console) if console.is_terminal else _Lines(label, self._stream, clock)
        )

    def __call__(self, event: Event) -> None:
        """Show one event."""
        self._show(event)


class Count:
    """A display of a count of things that are no jobs, frames say, to be used in a ``with``.

    Args:
        label: what is being done, such as ``"upscale, frames"``.
        total: how many there will be; None where :meth:`reach` will say it.
        stream: where to; stderr by default.
    """

    def __init__(self, label: str, total: int | None = None, *, stream: TextIO | None = None) -> None:
        self._show, self._total, self._done = RichProgress(label, stream=stream), total, 0

    def __enter__(self) -> Self:
        self._tell("begin")
        return self

    def add(self) -> None:
        """Count one."""
        self._done += 1
        self._tell("finished")

    def reach(self, done: int, total: int) -> None:
        """Say how many are done, and how many there are in all."""
        if self._total is None:
            self._total = total
            self._tell("begin")
        self._done = done
        self._tell("finished")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tell("end")

    def _tell(self, kind: EventKind) -> None:
        if self._total is not None:
            self._show(Event(kind, None, self._total, self._done, self._done, 0))


class _Bar:
    """The bar; it lives from ``begin`` to ``end``."""

    def __init__(self, label: str, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
        )
        self._label = label
        self._task: TaskID | None = None

    def __call__(self, event: Event) -> None:
        if event.kind == "begin":
            self._task = self._progress.add_task(self._label, total=event.total, note="")
            self._progress.start()
        if self._task is None:
            return
        task = self._progress.tasks[0]
        note = ", ".join(_notes(event, task.finished_speed or task.speed or 0.0))
        self._progress.update(self._task, completed=event.finished + event.failed, note=note)
        if event.kind == "end":
            self._progress.stop()


class _Lines:
    """Plain lines, few of them."""

    def __init__(self, label: str, stream: TextIO, clock: Callable[[], float]) -> None:
        self._label = label
        self._stream = stream
        self._clock = clock
        self._began = clock()
        self._last_time = self._began
        self._last_done = 0

    def __call__(self, event: Event) -> None:
        if event.kind == "begin":
            self._began = self._last_time = self._clock()
        elif self._due(event):
            self._write(event)

    def _due(self, event: Event) -> bool:
        done = event.finished + event.failed
        if event.kind == "end" or done == event.total:
            return event.kind == "end" and event.total > 0
        if event.kind not in ("finished", "failed"):
            return False
        waited = self._clock() - self._last_time >= _LINE_EVERY_S
        return waited or done - self._last_done >= max(1.0, _LINE_EVERY_SHARE * event.total)

    def _write(self, event: Event) -> None:
        now = self._clock()
        done = event.finished + event.failed
        rate = done / (now - self._began) if now > self._began else 0.0
        note = "".join(f", {part}" for part in _notes(event, rate))
        left = f", {duration((event.total - done) / rate)} left" if rate and done < event.total else ""
        print(f"{self._label}: {done}/{event.total}{note}{left}", file=self._stream, flush=True)
        self._last_time, self._last_done = now, done


def _notes(event: Event, rate: float) -> list[str]:
    """Return what there is to say beside the count; ``rate`` is in items per second, 0 if unknown."""
    failures = [f"{event.failed} failed"] if event.failed else []
    if not rate:
        return failures
    return [*failures, f"{rate:.1f}/s" if rate >= 1 else f"{duration(1 / rate)} each"]


def duration(seconds: float) -> str:
    """A time as text, such as ``3 min 07 s``."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
