"""The driver: hands items to an engine one at a time, keeps the books, retries, survives Ctrl-C."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ddsr_bench.errors import DdsrError
from ddsr_bench.jobs.engine import Engine, EngineBrokenError, Setup
from ddsr_bench.jobs.processes import ProcessEngine
from ddsr_bench.jobs.records import (
    Event,
    EventKind,
    Failure,
    Job,
    JobReport,
    OnResult,
    Outcome,
    Progress,
)
from ddsr_bench.jobs.serial import SerialEngine

ENGINES: dict[str, Callable[[Setup, int], Engine]] = {"serial": SerialEngine, "processes": ProcessEngine}


def run_jobs(
    function: Callable[[Any], Any],
    items: Sequence[Job],
    *,
    engine: str = "serial",
    workers: int = 1,
    retries: int = 0,
    on_result: OnResult | None = None,
    progress: Progress | None = None,
    initializer: Callable[[], None] | None = None,
) -> JobReport:
    """Call ``function(job.payload)`` for every item and report results and failures.

    Items start in the given order (put the largest first). With ``engine="processes"`` each runs in one of
    ``workers`` spawned processes with single-threaded numerics; function, initializer, payloads and results
    must pickle. An exception, or the death of the worker, fails that item alone.

    Args:
        function: called with an item's payload; defined at the top of a module for ``"processes"``.
        items: ids must differ.
        engine: a key of :data:`ENGINES`.
        workers: how many processes; ignored by ``"serial"``.
        retries: further attempts after a crash. A DdsrError is final: the input stays wrong.
        on_result: called here as ``on_result(id, value)`` when an item is done, in order of finishing. What
            it raises stops the run and is passed on.
        progress: called here with every :class:`Event`.
        initializer: called once in each worker before its first item (load a model, say).

    Returns:
        The report, ordered as ``items``. Ctrl-C ends the workers, keeps finished results and sets
        ``interrupted``; it is not raised again.

    Raises:
        DdsrError: unknown engine, no workers, an id twice, or the initializer's own DdsrError.
        RuntimeError: the initializer crashed in a worker (its traceback is in the text).
    """
    _check(items, engine, workers, retries)
    run = _Run(items, retries, on_result, progress)
    try:
        return run.drive(lambda: ENGINES[engine](Setup(function, initializer), min(workers, len(items)) or 1))
    finally:
        run.tell("end")


def _check(items: Sequence[Job], engine: str, workers: int, retries: int) -> None:
    if engine not in ENGINES:
        raise DdsrError(f"engine {engine!r}: unknown; choose one of {', '.join(sorted(ENGINES))}")
    if workers < 1:
        raise DdsrError(f"workers: {workers}; give 1 or more")
    if retries < 0:
        raise DdsrError(f"retries: {retries}; give 0 or more")
    twice = [job_id for job_id, count in Counter(job.id for job in items).items() if count > 1]
    if twice:
        raise DdsrError(f"item {twice[0]!r}: given more than once; list each item once")


class _Run:
    """The books of one run."""

    def __init__(
        self, items: Sequence[Job], retries: int, on_result: OnResult | None, progress: Progress | None
    ) -> None:
        self.order = [job.id for job in items]
        self.queue = deque(items)
        self.running: dict[str, Job] = {}
        self.attempts: Counter[str] = Counter()
        self.results: dict[str, Any] = {}
        self.failures: dict[str, Failure] = {}
        self.retries = retries
        self.on_result = on_result
        self.progress = progress

    def drive(self, make_engine: Callable[[], Engine]) -> JobReport:
        """Run everything; always close the engine, by force unless all is done."""
        engine: Engine | None = None
        done = interrupted = False
        try:
            self.tell("begin")
            engine = make_engine()
            self._loop(engine)
            done = True
        except KeyboardInterrupt:
            interrupted = True
        except EngineBrokenError as error:
            self._give_up(str(error))
        finally:
            if engine is not None:
                interrupted |= _close(engine, force=not done)
        return self._report(interrupted)

    def tell(self, kind: EventKind, job_id: str | None = None) -> None:
        """Send one event to the progress display."""
        if self.progress is not None:
            counts = (len(self.order), self.attempts.total(), len(self.results), len(self.failures))
            self.progress(Event(kind, job_id, *counts))

    def _loop(self, engine: Engine) -> None:
        while self.queue or self.running:
            while self.queue and len(self.running) < engine.capacity:
                self._start(engine, self.queue.popleft())
            for outcome in engine.wait():
                self._settle(outcome)

    def _start(self, engine: Engine, job: Job) -> None:
        self.running[job.id] = job
        self.attempts[job.id] += 1
        engine.submit(job)
        self.tell("started", job.id)

    def _settle(self, outcome: Outcome) -> None:
        job = self.running.pop(outcome.id)
        if outcome.failure is None:
            self.results[job.id] = outcome.value
            if self.on_result is not None:
                self.on_result(job.id, outcome.value)
            self.tell("finished", job.id)
        elif outcome.failure.kind == "crash" and self.attempts[job.id] <= self.retries:
            self.queue.append(job)
            self.tell("retried", job.id)
        else:
            self._fail(outcome.failure)

    def _fail(self, failure: Failure) -> None:
        self.failures[failure.id] = replace(failure, attempts=self.attempts[failure.id])
        self.tell("failed", failure.id)

    def _give_up(self, reason: str) -> None:
        for job in [*self.running.values(), *self.queue]:
            self._fail(Failure(job.id, reason, "crash"))

    def _report(self, interrupted: bool) -> JobReport:
        results = {job_id: self.results[job_id] for job_id in self.order if job_id in self.results}
        failures = [self.failures[job_id] for job_id in self.order if job_id in self.failures]
        return JobReport(results, failures, interrupted)


def _close(engine: Engine, *, force: bool) -> bool:
    """Close the engine; an impatient Ctrl-C meanwhile makes it a forced close. Return whether one came."""
    try:
        engine.close(force=force)
    except KeyboardInterrupt:
        engine.close(force=True)
        return True
    return False
