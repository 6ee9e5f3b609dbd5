"""How much a ranking hangs on the choice of the measure, and which methods pay for what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ddsr_bench.evaluate.records import Floats


def rank_agreement(means: Mapping[str, Floats], directions: Mapping[str, bool]) -> dict[tuple[str, str], float]:
    """Kendall's tau-b between the rankings of methods by every two measures; NaN with fewer than three methods.

    Args:
        means: by measure's name float64 (M,), the mean of each method, in one order of methods; NaN where unknown.
        directions: by measure's name whether higher is better; an agreement of 1 means the same best-to-worst order.
    """
    from scipy.stats import kendalltau

    result = {}
    names = list(means)
    for place, first in enumerate(names):
        for second in names[place + 1 :]:
            a = means[first] * (1 if directions[first] else -1)
            b = means[second] * (1 if directions[second] else -1)
            known = np.isfinite(a) & np.isfinite(b)
            enough = known.sum() >= 3
            result[first, second] = float(kendalltau(a[known], b[known]).statistic) if enough else float("nan")
    return result


def pareto_front(cost: Sequence[float], quality: Sequence[float], *, higher_is_better: bool) -> list[int]:
    """Indices of the methods that no other beats in one and equals or beats in the other, cheapest first.

    A method whose cost or quality is NaN is on no front.
    """
    signed = [value if higher_is_better else -value for value in quality]
    known = [i for i in range(len(cost)) if np.isfinite(cost[i]) and np.isfinite(signed[i])]
    front: list[int] = []
    for i in sorted(known, key=lambda i: (cost[i], -signed[i])):
        if (
            not front
            or signed[i] > signed[front[-1]]
            or (cost[i] == cost[front[-1]] and signed[i] == signed[front[-1]])
        ):
            front.append(i)
    return front
