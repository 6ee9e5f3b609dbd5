"""The engine of worker processes: one pipe per worker, so that a dead worker's item is known.

``concurrent.futures`` gives up its whole pool when one worker dies; here the item fails, the worker is
replaced, and the rest goes on.
"""

from __future__ import annotations

import contextlib
import pickle
import time
from dataclasses import replace
from multiprocessing.connection import wait
from typing import NoReturn

from ddsr_bench.errors import DdsrError
from ddsr_bench.jobs.engine import EngineBrokenError, Setup, failure_of
from ddsr_bench.jobs.handle import WorkerHandle
from ddsr_bench.jobs.records import Failure, Job, Outcome
from ddsr_bench.jobs.worker import BROKEN, READY

# Deaths in a row before a first item, beyond one for each worker: more than bad luck.
_START_LIMIT = 2
# A pipe shows a death at once, except while a grandchild holds it open: hence a look now and then.
_LOOK_EVERY_S = 1.0
_GRACE_S = 1.5


class ProcessEngine:
    """Spawned workers, started when first needed and replaced when they die."""

    def __init__(self, setup: Setup, workers: int) -> None:
        """Prepare for at most ``workers`` processes; none starts before the first item.

        Raises:
            DdsrError: the function or initializer does not pickle.
        """
        try:
            self._setup = pickle.dumps(setup)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise DdsrError(
                f"{setup.function!r}: cannot be sent to another process ({error}); "
                "define it at the top of a module, or use engine 'serial'"
            ) from error
        self._workers: list[WorkerHandle] = []
        self._ended: list[Outcome] = []
        self._limit = workers
        self._bad_starts = 0

    @property
    def capacity(self) -> int:
        """One item per worker: no item waits behind another."""
        return self._limit

    def submit(self, job: Job) -> None:
        """Hand an item to an idle worker, starting one if there is none."""
        try:
            message = pickle.dumps((job.id, pickle.dumps(job.payload)))
        # Pickling runs the payload's own code, which may raise anything; it is this item's fault alone.
        except Exception as error:
            self._ended.append(Outcome(job.id, failure=failure_of(job.id, error)))
            return
        self._assign(job, message)

    def wait(self) -> list[Outcome]:
        """Block until attempts have ended; dead workers count as ended attempts."""
        while not self._ended:
            pipes = {worker.pipe: worker for worker in self._workers if worker.busy}
            ready = wait(list(pipes), timeout=_LOOK_EVERY_S)
            for pipe in ready:
                self._hear(pipes[pipe])  # type: ignore[index]
            if not ready:
                self._bury_silent(list(pipes.values()))
        ended, self._ended = self._ended, []
        return ended

    def close(self, *, force: bool) -> None:
        """End all workers by closing their pipes, or at once by SIGTERM; those that stay get SIGKILL."""
        try:
            for worker in self._workers:
                worker.stop(force=force)
            deadline = time.monotonic() + _GRACE_S
            for worker in self._workers:
                worker.await_end(deadline - time.monotonic())
        finally:
            while self._workers:
                self._workers.pop().kill()

    def _assign(self, job: Job, message: bytes) -> None:
        worker = next((worker for worker in self._workers if not worker.busy), None)
        if worker is None:
            worker = self._start()
        worker.job, worker.message = job, message
        # A worker that died meanwhile breaks the pipe; wait() sees that too, and knows the item.
        with contextlib.suppress(OSError):
            worker.pipe.send_bytes(message)

    def _start(self) -> WorkerHandle:
        try:
            worker = WorkerHandle.start(self._setup)
        except OSError as error:
            raise EngineBrokenError(f"no worker process can be started ({error}); use fewer workers") from error
        self._workers.append(worker)
        return worker

    def _hear(self, worker: WorkerHandle) -> None:
        try:
            message = worker.pipe.recv_bytes()
        except (EOFError, OSError):
            self._bury(worker)
            return
        if message == READY:
            worker.ready = True
            self._bad_starts = 0
        elif not worker.ready and message.startswith(BROKEN):
            _raise_initializer_error(pickle.loads(message[len(BROKEN) :]))
        else:
            self._ended.append(_open(pickle.loads(message)))
            worker.job = None

    def _bury_silent(self, workers: list[WorkerHandle]) -> None:
        for worker in workers:
            if worker.is_dead() and not worker.pipe.poll():
                self._bury(worker)

    def _bury(self, worker: WorkerHandle) -> None:
        """Take a dead worker off the list; its item failed, or goes to another if it never began."""
        worker.await_end(_GRACE_S)  # its pipe may end a moment before itself: let its own exit code stand
        self._workers.remove(worker)
        death = worker.kill()
        if worker.job is None:
            return
        if worker.ready:
            self._ended.append(Outcome(worker.job.id, failure=_death_failure(worker.job.id, death)))
            return
        self._bad_starts += 1
        if self._bad_starts >= _START_LIMIT + self._limit:
            raise EngineBrokenError(_start_message(death))
        self._assign(worker.job, worker.message)


def _death_failure(job_id: str, death: str) -> Failure:
    hint = "; try fewer workers" if "memory" in death else ""
    return Failure(job_id, f"its worker process died ({death}) while working on it{hint}", "crash")


def _start_message(death: str) -> str:
    return (
        f"worker processes died again and again ({death}) before they were ready; use engine 'serial', "
        "and in a script call run_jobs under 'if __name__ == \"__main__\":'"
    )


def _open(outcome: Outcome) -> Outcome:
    """Unpickle an outcome's value; a value that cannot be read back is the item's failure."""
    if outcome.failure is not None:
        return outcome
    try:
        return replace(outcome, value=pickle.loads(outcome.value))
    except Exception as error:
        return Outcome(outcome.id, failure=failure_of(outcome.id, error))


def _raise_initializer_error(failure: Failure) -> NoReturn:
    if failure.kind == "input":
        raise DdsrError(failure.message)
    raise RuntimeError(f"a worker could not be set up: {failure.message}\n{failure.traceback}")
