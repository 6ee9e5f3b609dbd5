"""The parent's hold on one worker process: starting it quietly, ending it surely."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from ddsr_bench.jobs.records import Job
from ddsr_bench.jobs.worker import SINGLE_THREAD, worker_main


@dataclass(eq=False)
class WorkerHandle:
    """A worker process, its pipe, and the item it holds (with the bytes sent for it)."""

    process: SpawnProcess
    pipe: Connection[bytes, bytes]
    job: Job | None = None
    message: bytes = b""
    ready: bool = False

    @classmethod
    def start(cls, setup: bytes) -> WorkerHandle:
        """Spawn a worker with single-threaded numerics, deaf to Ctrl-C from its first instruction."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=True)
        process = context.Process(target=worker_main, args=(theirs, setup), daemon=True)
        with _environment(), _sigint_blocked():
            process.start()
        # Ours alone from here: the worker's death must show as the end of the pipe.
        theirs.close()
        return cls(process, ours)

    @property
    def busy(self) -> bool:
        """Whether it holds an item."""
        return self.job is not None

    def is_dead(self) -> bool:
        """Whether the process has ended; leaves it unreaped, so that its number stays its own."""
        if self.process.pid is None or not hasattr(os, "waitid"):
            return False
        try:
            flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
            return os.waitid(os.P_PID, self.process.pid, flags) is not None
        except ChildProcessError:
            return True

    def stop(self, *, force: bool) -> None:
        """Ask for an end: of the worker and the programs it started, or after its work (its pipe ends)."""
        if force:
            self._signal(signal.SIGTERM)
        else:
            self.pipe.close()

    def await_end(self, seconds: float) -> None:
        """Wait for the process's end, without reaping it."""
        wait([self.process.sentinel], timeout=max(0.0, seconds))

    def kill(self) -> str:
        """End what still lives of the worker's group, reap it, say how it died: ``"exit code 3"``."""
        self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        self.process.join()
        code = self.process.exitcode
        self.process.close()
        self.pipe.close()
        return _describe(code)

    def _signal(self, number: signal.Signals) -> None:
        pid = self.process.pid
        if pid is None:
            return
        # The group holds the programs a job started; until the worker has made it there is only itself.
        with contextlib.suppress(OSError, AttributeError):
            os.killpg(pid, number)
            return
        with contextlib.suppress(OSError):
            os.kill(pid, number)


def _describe(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit code {code}"
    if -code == getattr(signal, "SIGKILL", None):
        return "SIGKILL, perhaps out of memory"
    known = {number.value: number.name for number in signal.Signals}
    return known.get(-code, f"signal {-code}")


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    """Set thread counts for the child: numerics read them when loaded, so it must be born with them."""
    before = {key: os.environ.get(key) for key in SINGLE_THREAD}
    os.environ.update(SINGLE_THREAD)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value


@contextlib.contextmanager
def _sigint_blocked() -> Iterator[None]:
    """Block Ctrl-C in this thread: a child inherits that, so none can strike while it loads Python."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # Started now because starting it unblocks SIGINT behind our back.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
