"""The run matrix: methods x clips x metrics, each cell from the store or computed, each method in its own process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.jobs import Event, Job, run_jobs
from ddsr_bench.leaderboard.child import Made, Task, limit_memory, run_task
from ddsr_bench.leaderboard.clips import BoardClip, BoardData
from ddsr_bench.leaderboard.entries import Entry
from ddsr_bench.leaderboard.media import media_path
from ddsr_bench.leaderboard.metrics import Chosen
from ddsr_bench.leaderboard.store import BoardStore, CellKey, RunKey, cell_key, run_key
from ddsr_bench.quality.metric import Metric
from ddsr_bench.vsr.method import Settings

Progress = Callable[[Event], None]


@dataclass(frozen=True)
class RunOptions:
    """How a run goes.

    Attributes:
        out: the leaderboard's folder.
        settings: of all methods, with the scale.
        crop_border: samples left out at each border by full-reference metrics.
        workers: processes; with more than one, times are of methods that share the machine.
        memory: GiB that each process may take; None for no limit.
        deadline: Unix time after which no clip is begun; None for none.
        media: whether copies to look at are written.
        engine: ``"processes"``, or ``"serial"`` for all in this process, which a dying method takes along.
    """

    out: Path
    settings: Settings
    crop_border: int
    workers: int = 1
    memory: float | None = None
    deadline: float | None = None
    media: bool = True
    engine: str = "processes"


@dataclass
class Books:
    """What is known of one method on one clip.

    Attributes:
        key: of its output; None where the clip of a folder is missing.
        output: what the store says of the output; None where there is none.
        cells: by metric's name what the store says: values, frames, or an error.
        error: why the method made nothing.
        missing: by metric's name the keys of cells to compute.
    """

    key: RunKey | None = None
    output: dict[str, Any] | None = None
    cells: dict[str, dict[str, Any]] = field(default_factory=dict)
    error: str | None = None
    missing: dict[str, CellKey] = field(default_factory=dict)


@dataclass
class Report:
    """What a run did.

    Attributes:
        books: by method and clip.
        computed, stored: cells.
        unbegun: (method, clip) that the budget left.
        interrupted: after Ctrl-C.
    """

    books: dict[tuple[str, str], Books] = field(default_factory=dict)
    computed: int = 0
    stored: int = 0
    unbegun: list[tuple[str, str]] = field(default_factory=list)
    interrupted: bool = False

    def failures(self) -> list[tuple[str, str]]:
        """Methods that failed on a clip, and cells that have no value: where, and why."""
        found = []
        for (method, clip), books in self.books.items():
            if books.error is not None and (method, clip) not in self.unbegun:
                found.append((f"{method} on {clip}", books.error))
            for cell in books.cells.values():
                if "error" in cell:
                    found.append((f"{method} on {clip}", cell["error"]))
        return found


class Matrix:
    """One run over the matrix.

    Args:
        data: the clips.
        entries: the methods.
        chosen: the metrics.
        options: how.
    """

    def __init__(self, data: BoardData, entries: Sequence[Entry], chosen: Chosen, options: RunOptions) -> None:
        self.data, self.chosen, self.options = data, chosen, options
        self.entries = [entry for entry in entries if entry.reason is None]
        self.store = BoardStore(options.out / "store")
        self.report = Report()

    def run(self, progress: Progress | None = None, on_method: Callable[[Entry], None] | None = None) -> Report:
        """Take what is stored, compute the rest; ``on_method`` is called when a method is done.

        Raises:
            DdsrError: the folder cannot be written.
        """
        self.look_up()
        tasks = {entry.name: self._tasks(entry) for entry in self.entries}
        count = _Counted(sum(len(jobs) for jobs in tasks.values()), progress)
        for entry in self.entries:
            if not self.report.interrupted and tasks[entry.name]:
                self._work(entry, tasks[entry.name], count)
            if on_method is not None:
                on_method(entry)
        count.end()
        return self.report

    def look_up(self) -> None:
        """Open the books of all methods and clips with what the store holds."""
        for entry in self.entries:
            for clip in self.data.clips:
                self.report.books[entry.name, clip.id] = self._look_up(entry, clip)

    def metrics_for(self, clip: BoardClip) -> list[tuple[str, Metric]]:
        """The metrics that a clip can have, by what was written for them."""
        reasons = self.chosen.reasons
        return [
            (text, metric)
            for text, metric in self.chosen.metrics.items()
            if metric.name not in reasons and (metric.reference == "NR" or clip.raw.hr is not None)
        ]

    def media_of(self, method: str, clip: BoardClip) -> Path:
        """Where the copy of a method's clip is, or will be."""
        key = self.report.books[method, clip.id].key
        assert key is not None
        return self.options.out / media_path(clip.id, method, key.digest)

    def _look_up(self, entry: Entry, clip: BoardClip) -> Books:
        books = Books()
        try:
            books.key = run_key(entry, clip, self.options.settings)
        except DdsrError as error:
            books.error = str(error)
            return books
        books.output = self.store.get(books.key)
        for _, metric in self.metrics_for(clip):
            key = cell_key(books.key, clip, metric, self.options.crop_border)
            stored = self.store.get(key)
            if stored is None:
                books.missing[metric.name] = key
            else:
                books.cells[metric.name] = stored
                self.report.stored += 1
        return books

    def _tasks(self, entry: Entry) -> list[Job]:
        """What is left to do of a method; arithmetic is counted once."""
        counted = any("gflops_per_mp" in (self._books(entry, clip).output or {}) for clip in self.data.clips)
        jobs: list[Job] = []
        for clip in self.data.clips:
            books = self._books(entry, clip)
            media = self.media_of(entry.name, clip) if self.options.media and books.key is not None else None
            lacks_media = media is not None and not media.is_file()
            if books.error is None and (books.missing or books.output is None or lacks_media):
                jobs.append(Job(clip.id, self._task(entry, clip, media, flops=not counted and not jobs)))
        return jobs

    def _task(self, entry: Entry, clip: BoardClip, media: Path | None, *, flops: bool) -> Task:
        options, missing = self.options, self._books(entry, clip).missing
        return Task(
            method=entry.text,
            clip=clip,
            settings=options.settings,
            metrics=tuple(text for text, metric in self.metrics_for(clip) if metric.name in missing),
            crop_border=options.crop_border,
            scratch=options.out,
            media=media,
            flops=flops and entry.kind != "precomputed",
            memory=options.memory,
            deadline=options.deadline,
        )

    def _work(self, entry: Entry, jobs: Sequence[Job], count: _Counted) -> None:
        report = run_jobs(
            run_task,
            jobs,
            engine=self.options.engine,
            workers=self.options.workers,
            on_result=partial(self._keep, entry),
            progress=count.of,
            initializer=partial(limit_memory, self.options.memory) if self.options.engine != "serial" else None,
        )
        for failure in report.failures:
            self.report.books[entry.name, failure.id].error = failure.message
        self.report.interrupted |= report.interrupted

    def _keep(self, entry: Entry, clip: str, made: Made | None) -> None:
        """Store what a process gave, the cells first: an output that is stored has all of them."""
        books = self.report.books[entry.name, clip]
        if made is None:
            self.report.unbegun.append((entry.name, clip))
            return
        for name, key in books.missing.items():
            books.cells[name] = _content(made, name)
            self.store.put(key, books.cells[name])
            self.report.computed += 1
        books.missing = {}
        assert books.key is not None
        if books.output is None:
            books.output = _output(made)
            self.store.put(books.key, books.output)

    def _books(self, entry: Entry, clip: BoardClip) -> Books:
        return self.report.books[entry.name, clip.id]


class _Counted:
    """One count of clips over the runs of several methods."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total, self._progress = total, progress
        self._done = self._failed = self._started = 0
        self._tell("begin", None)

    def of(self, event: Event) -> None:
        """Add an event of one method's run."""
        if event.kind in ("begin", "end"):
            return
        self._started += event.kind == "started"
        self._done += event.kind == "finished"
        self._failed += event.kind == "failed"
        self._tell(event.kind, event.id)

    def end(self) -> None:
        """The last event."""
        self._tell("end", None)

    def _tell(self, kind: Any, job: str | None) -> None:
        if self._progress is not None and self._total:
            self._progress(Event(kind, job, self._total, self._started, self._done, self._failed))


def _content(made: Made, metric: str) -> dict[str, Any]:
    values = made.scores.values.get(metric)
    if values is None:
        return {"error": made.scores.errors.get(metric, f"{metric}: gave no value")}
    return {
        "values": np.asarray(values)[:, 0].tolist(),
        "frames": [int(one) for one in made.scores.frames[metric]],
        "fps": made.scores.fps,
    }


def _output(made: Made) -> dict[str, Any]:
    optional: Mapping[str, Any] = {
        "cold_s": made.cold_s,
        "peak_mib": made.peak_mib,
        "gflops_per_mp": made.gflops_per_mp,
        "shift": made.shift,
    }
    return {
        "width": made.size[0],
        "height": made.size[1],
        "frames_sha256": made.frames_sha256,
        "seconds": [round(one, 6) for one in made.seconds],
        **{key: value for key, value in optional.items() if value is not None},
    }
