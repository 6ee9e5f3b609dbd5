"""The inside of a worker process: one item at a time from a pipe, until the pipe or the parent ends."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Mapping
from multiprocessing.connection import Connection, wait
from types import FrameType
from typing import Any

from ddsr_bench.jobs.engine import Setup, failure_of
from ddsr_bench.jobs.records import Outcome

# One thread per worker: parallelism is over items, and encoders give other bits for other thread counts.
SINGLE_THREAD: Mapping[str, str] = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "OPENCV_FOR_THREADS_NUM": "1",
}

READY = b"ready"
BROKEN = b"broken"


class _Terminated(BaseException):
    """The parent asked this worker to stop; not an Exception, so that no job's handler swallows it."""


def worker_main(pipe: Connection[bytes, bytes], setup: bytes) -> None:
    """Serve a parent until it closes the pipe, asks for an end (SIGTERM), or dies.

    Protocol: first ``READY``, or ``BROKEN`` and a pickled Failure; then for each message (a job's id and its
    pickled payload) one pickled Outcome whose value is pickled on its own.
    """
    try:
        _settle_signals()
        threading.Thread(target=_die_with_parent, daemon=True).start()
        function = _prepare(pipe, setup)
        while function is not None:
            pipe.send_bytes(_attempt(function, *pickle.loads(pipe.recv_bytes())))
    except _Terminated:
        # The item's own clean-up is done; die of the signal, so that the exit code tells it.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the parent wants no more


def _settle_signals() -> None:
    # Ctrl-C reaches the whole terminal group; only the parent decides what it means. SIGINT was blocked
    # around the spawn, so that none could strike before this line.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _on_terminate)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if hasattr(os, "setpgid"):
        # A group of our own: the programs a job starts (ffmpeg) can be ended together with it.
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)


def _on_terminate(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: the way out must not be disturbed
    raise _Terminated


def _die_with_parent() -> None:
    """Wait for the parent's end, then end at once, amid an item too: no orphan goes on writing."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    wait([parent.sentinel])
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _prepare(pipe: Connection[bytes, bytes], setup: bytes) -> Any:
    """Load the function and run the initializer; tell the parent how that went. None when it failed."""
    try:
        loaded: Setup = pickle.loads(setup)
        limit_threads()
        if loaded.initializer is not None:
            loaded.initializer()
            limit_threads()
    except (Exception, SystemExit) as error:
        pipe.send_bytes(BROKEN + pickle.dumps(failure_of("", error)))
        return None
    pipe.send_bytes(READY)
    return loaded.function


def limit_threads() -> None:
    """Hold OpenCV and torch to one thread where they are loaded; the environment holds the others."""
    if (cv2 := sys.modules.get("cv2")) is not None:
        cv2.setNumThreads(1)
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(1)


def _attempt(function: Any, job_id: str, payload: bytes) -> bytes:
    """Run one item; return its pickled Outcome. A value that does not pickle is a failure of the item."""
    try:
        value = function(pickle.loads(payload))
        limit_threads()
        return pickle.dumps(Outcome(job_id, value=pickle.dumps(value)))
    except (Exception, SystemExit) as error:
        return pickle.dumps(Outcome(job_id, failure=failure_of(job_id, error)))
