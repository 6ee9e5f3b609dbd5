"""What an engine is: a place where attempts run. A new engine (a cluster, say) is one file with one class."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from ddsr_bench.errors import DdsrError
from ddsr_bench.jobs.records import Failure, Job, Outcome


@dataclass(frozen=True)
class Setup:
    """What every worker of an engine needs before its first item."""

    function: Callable[[Any], Any]
    initializer: Callable[[], None] | None = None


class Engine(Protocol):
    """Runs attempts, at most ``capacity`` at a time; knows nothing of retries, reports and progress."""

    @property
    def capacity(self) -> int:
        """How many attempts may be under way at once."""

    def submit(self, job: Job) -> None:
        """Begin one attempt; the caller keeps within ``capacity``."""

    def wait(self) -> list[Outcome]:
        """Block until at least one attempt has ended; return those that have.

        Raises:
            EngineBrokenError: no worker can be had any more.
            DdsrError, RuntimeError: the initializer failed in a worker.
        """

    def close(self, *, force: bool) -> None:
        """Release all workers: after their work, or at once where ``force`` is True. May be called twice."""


class EngineBrokenError(Exception):
    """No worker can be had any more; the text says why, and what is left cannot run."""


def failure_of(job_id: str, error: BaseException) -> Failure:
    """Describe an exception as a failure: one line, its kind, its traceback.

    A DdsrError's text is the line (it names the file); others are led by their type.
    """
    kind: Any = "input" if isinstance(error, DdsrError) else "crash"
    line = " ".join(str(error).split())
    if kind == "crash":
        line = f"{type(error).__name__}: {line}" if line else type(error).__name__
    return Failure(job_id, line, kind, "".join(traceback.format_exception(error)))
