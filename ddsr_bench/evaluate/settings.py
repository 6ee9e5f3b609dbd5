"""How an evaluation is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.given_splits import GivenSplits
from ddsr_bench.evaluate.intervals import METHODS
from ddsr_bench.evaluate.mapping import check_kind
from ddsr_bench.evaluate.protocol import Protocol

FEWEST_RESAMPLES = 200
NO_SPLITS = Protocol("none")


@dataclass(frozen=True)
class Settings:
    """Choices of the user; the defaults are what we would publish.

    Attributes:
        mapping: ``"logistic4"``, ``"logistic5"``, ``"linear"`` or ``"none"``.
        protocol: how videos are split; ``Protocol("none")`` for no splits.
        given_splits: splits from a table, instead of the protocol's; None for those.
        disjoint: keep sources on one side of a split where there is a source column.
        regressor: for metrics given as features: ``"svr"``, ``"svr-benchmark"`` or ``"ridge"``.
        resamples: bootstrap resamples, 200 or more.
        interval: ``"t"``, ``"percentile"`` or ``"bca"`` (``intervals.interval``).
        confidence: level of all intervals, in (0.5, 1).
        alpha: level of the tests between metrics after Holm's correction, in (0, 0.5).
        seed: decides resamples, random splits and sampled pairs.
        workers: threads; the results do not depend on it.
        given: by metric whether higher is better, as the user says.
        cards: the same from metric cards; ``given`` goes first, and what neither knows is detected.
    """

    mapping: str = "logistic4"
    protocol: Protocol = NO_SPLITS
    given_splits: GivenSplits | None = None
    disjoint: bool = True
    regressor: str = "svr"
    resamples: int = 2000
    interval: str = "t"
    confidence: float = 0.95
    alpha: float = 0.05
    seed: int = 0
    workers: int = 2
    given: Mapping[str, bool] = field(default_factory=dict)
    cards: Mapping[str, bool] = field(default_factory=dict)

    def check(self) -> None:
        """Raise DdsrError for a value out of its range."""
        check_kind(self.mapping)
        if self.interval not in METHODS:
            raise DdsrError(f"interval {self.interval!r}: unknown; choose one of: {', '.join(METHODS)}")
        if self.resamples < FEWEST_RESAMPLES:
            raise DdsrError(f"{self.resamples} resamples are too few for an interval; give {FEWEST_RESAMPLES} or more")
        if not 0.5 < self.confidence < 1:
            raise DdsrError(f"confidence {self.confidence:g}: give a level above 0.5 and below 1, such as 0.95")
        if not 0 < self.alpha < 0.5:
            raise DdsrError(f"alpha {self.alpha:g}: give a level above 0 and below 0.5, such as 0.05")
