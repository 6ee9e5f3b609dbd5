"""Ranks, and rank correlations under many sets of weights at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ddsr_bench.evaluate.records import Floats


def midranks(x: Floats) -> Floats:
    """Return the ranks 1..n of ``x`` (n,), ties sharing their mean rank; float64 (n,)."""
    plan = RankPlan.of(x)
    ranks = np.empty(len(x))
    ends = np.r_[plan.starts[1:], len(x)]
    ranks[plan.order] = np.repeat(0.5 * (plan.starts + ends + 1), ends - plan.starts)
    return ranks


@dataclass(frozen=True)
class RankPlan:
    """The order of ``x`` (n,) and where each run of equal values starts in it."""

    order: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, x: Floats) -> RankPlan:
        """Sort once; every set of weights then needs one pass."""
        order = np.argsort(x, kind="stable")
        ordered = x[order]
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(x) else np.zeros(0, np.intp)
        return cls(order, starts)

    @property
    def tied(self) -> bool:
        """Whether any two values are equal."""
        return len(self.starts) < len(self.order)

    def ranks(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return weighted midranks less half the total weight, in sorted order, and the sum of cubed tie weights.

        A row of weight w stands for w equal rows, so it is tied with itself: the midrank of a run of weight t that
        starts behind a weight of c is c + (t + 1) / 2.

        Args:
            weights: float64 (B, n) in *sorted* order (``weights[:, order]``).

        Returns:
            float64 (B, n) centred ranks in sorted order, and float64 (B,).
        """
        total = np.cumsum(weights, axis=1)
        half = 0.5 * total[:, -1:]
        if not self.tied:
            return total - 0.5 * weights - half, np.einsum("bi,bi,bi->b", weights, weights, weights)
        ends = np.r_[self.starts[1:], len(self.order)] - 1
        after = total[:, ends]
        before = np.concatenate([np.zeros_like(after[:, :1]), after[:, :-1]], axis=1)
        runs = after - before
        ranks = np.repeat(0.5 * (before + after) - half, np.diff(np.r_[self.starts, len(self.order)]), axis=1)
        return ranks, np.einsum("bi,bi,bi->b", runs, runs, runs)
