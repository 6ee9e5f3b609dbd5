"""How much a ranking hangs on the choice of the metric, and which methods pay for what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ddsr_bench.evaluate.coefficients import srocc
from ddsr_bench.evaluate.records import Floats


def rank_agreement(means: Mapping[str, Floats], directions: Mapping[str, bool]) -> list[list[float | None]]:
    """Spearman's rank correlation between the orders of methods by every two metrics; None where undefined.

    Args:
        means: by metric's name float64 (M,), the mean of each method, in one order of methods; NaN where unknown.
        directions: by metric's name whether higher is better; an agreement of 1 means the same best-to-worst order.

    Returns:
        Rows and columns in the order of ``means``; undefined with fewer than three methods or all means equal.
    """
    signed = {name: values * (1 if directions[name] else -1) for name, values in means.items()}
    return [[_agreement(a, b) for b in signed.values()] for a in signed.values()]


def _agreement(a: Floats, b: Floats) -> float | None:
    known = np.isfinite(a) & np.isfinite(b)
    value = srocc(a[known], b[known])
    return float(value) if np.isfinite(value) else None


def pareto_front(cost: Sequence[float], quality: Sequence[float], *, higher_is_better: bool) -> list[int]:
    """Indices of the methods that no other beats in one and equals or beats in the other, cheapest first.

    A method whose cost or quality is NaN is on no front.
    """
    signed = [value if higher_is_better else -value for value in quality]
    known = [i for i in range(len(cost)) if np.isfinite(cost[i]) and np.isfinite(signed[i])]
    front: list[int] = []
    for i in sorted(known, key=lambda i: (cost[i], -signed[i])):
        best = signed[front[-1]] if front else -np.inf
        equal = bool(front) and cost[i] == cost[front[-1]] and signed[i] == best
        if signed[i] > best or equal:
            front.append(i)
    return front
