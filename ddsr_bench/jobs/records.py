"""What goes into a run of jobs and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

FailureKind = Literal["input", "crash"]
EventKind = Literal["begin", "started", "finished", "failed", "retried", "end"]


@dataclass(frozen=True)
class Job:
    """One item: an id that is unique in its run, and what the function is called with."""

    id: str
    payload: Any = None


@dataclass(frozen=True)
class Failure:
    """Why an item has no result.

    ``kind`` is ``"input"`` for a DdsrError (the user's to mend; never retried) and ``"crash"`` for anything
    else; ``message`` is one line; ``traceback`` is empty where a process died without one.
    """

    id: str
    message: str
    kind: FailureKind
    traceback: str = ""
    attempts: int = 1


@dataclass(frozen=True)
class JobReport:
    """The outcome of a run, in the order of its items whatever the order of finishing.

    Items in neither ``results`` nor ``failures`` were not finished: only when ``interrupted`` is True.
    """

    results: dict[str, Any] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    interrupted: bool = False

    @property
    def ok(self) -> bool:
        """Whether every item has its result."""
        return not self.failures and not self.interrupted


@dataclass(frozen=True)
class Event:
    """One step of a run, for progress displays; the counts include the step itself.

    ``id`` is None for ``begin`` and ``end``. ``started`` counts attempts, so retries make it exceed
    ``finished + failed``.
    """

    kind: EventKind
    id: str | None
    total: int
    started: int
    finished: int
    failed: int


@dataclass(frozen=True)
class Outcome:
    """How one attempt ended: a value where ``failure`` is None."""

    id: str
    value: Any = None
    failure: Failure | None = None


OnResult = Callable[[str, Any], None]
Progress = Callable[[Event], None]
