"""The engine that runs in this process, one item after the other: for debugging and small work."""

from __future__ import annotations

from ddsr_bench.jobs.engine import Setup, failure_of
from ddsr_bench.jobs.records import Job, Outcome


class SerialEngine:
    """Runs each attempt inside :meth:`wait`. Unlike workers it leaves thread counts as they are."""

    def __init__(self, setup: Setup, workers: int) -> None:
        """Take ``workers`` for the common signature's sake: there is always one."""
        self._setup = setup
        self._job: Job | None = None
        if setup.initializer is not None:
            setup.initializer()

    @property
    def capacity(self) -> int:
        """One attempt at a time."""
        return 1

    def submit(self, job: Job) -> None:
        """Keep the item for :meth:`wait`."""
        self._job = job

    def wait(self) -> list[Outcome]:
        """Run the item that was submitted; KeyboardInterrupt passes through."""
        job, self._job = self._job, None
        if job is None:
            return []
        try:
            return [Outcome(job.id, value=self._setup.function(job.payload))]
        # One item's failure, whatever it is, must not stop the others.
        except (Exception, SystemExit) as error:
            return [Outcome(job.id, failure=failure_of(job.id, error))]

    def close(self, *, force: bool) -> None:
        """Nothing to release."""
