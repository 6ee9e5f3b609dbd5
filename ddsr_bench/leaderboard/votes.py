"""Strengths of methods from preferences, with intervals over sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ddsr_bench.evaluate.bootstrap import bootstrap_counts
from ddsr_bench.evaluate.intervals import t_quantile
from ddsr_bench.evaluate.records import Floats
from ddsr_bench.leaderboard.bradley_terry import bradley_terry

_RESAMPLES = 200
_FEWEST = 3


def strengths(
    wins: Mapping[str, Mapping[tuple[str, str], float]], methods: Sequence[str], origin: str, *, seed: int = 0
) -> dict[str, Any] | None:
    """The ``votes`` part of a board; None where nobody compared two of the methods.

    Args:
        wins: by group of sources and (preferred, other) how often.
        methods: those that count.
        origin: of the preferences, subjective or simulated.
        seed: of the bootstrap over groups.
    """
    known = [method for method in methods if any(method in pair for one in wins.values() for pair in one)]
    counts = np.array([_matrix(wins[group], known) for group in sorted(wins)])
    if len(known) < 2 or not counts.any():
        return None
    total = counts.sum(axis=0)
    fitted = bradley_terry(total)
    spread = _spread(counts, seed)
    order = np.argsort(-fitted.strength, kind="stable")
    return {
        "method": "Bradley-Terry",
        "pairs": float(total.sum()),
        "origin": origin,
        "strengths": [
            {
                "method": known[one],
                "strength": float(fitted.strength[one]),
                **_ends(fitted.strength, spread, int(one)),
            }
            for one in order
        ],
    }


def _ends(strength: Floats, spread: Floats | None, one: int) -> dict[str, float]:
    """``low`` and ``high``; neither where there is no interval."""
    if spread is None:
        return {}
    return {"low": float(strength[one] - spread[one]), "high": float(strength[one] + spread[one])}


def _matrix(pairs: Mapping[tuple[str, str], float], methods: Sequence[str]) -> Floats:
    index = {method: place for place, method in enumerate(methods)}
    matrix = np.zeros((len(methods), len(methods)))
    for (one, other), count in pairs.items():
        if one in index and other in index:
            matrix[index[one], index[other]] += count
    return matrix


def _spread(counts: Floats, seed: int) -> Floats | None:
    """Half widths of 95 % intervals: votes on clips of one source hang together, so sources are resampled."""
    groups = len(counts)
    if groups < _FEWEST:
        return None
    drawn = bootstrap_counts(groups, _RESAMPLES, seed)
    fits = [
        bradley_terry(np.tensordot(one, counts, 1), prior=1.0).strength for one in drawn if (one @ counts.any((1, 2)))
    ]
    reach = t_quantile(groups, 0.95) * np.sqrt(groups / (groups - 1))
    spread: Floats = reach * np.std(fits, axis=0, ddof=1)
    return spread
