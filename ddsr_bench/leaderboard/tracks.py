"""The tracks of a board: who is ranked where by what, who pays well, and how far metrics agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ddsr_bench.leaderboard.agreement import pareto_front, rank_agreement
from ddsr_bench.leaderboard.standings import standings

#: By clip, method and metric: a value, or ``{"reason": text}``.
Cells = Mapping[str, Mapping[str, Mapping[str, Any]]]
SPEED = "s-per-frame"


def ranked(
    cells: Cells, metric: str, clips: Sequence[str], sources: Mapping[str, str], facts: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The standings by one metric on some clips, the best first; a method that lacks a clip is not among them.

    Clips where no method has a value are left aside: the metric has none there (it may need larger frames).

    Args:
        cells: values and reasons.
        metric: its name.
        clips: ids.
        sources: by clip the group that it is resampled with.
        facts: of the metric: ``higher_is_better``, and ``range``, beyond which no interval reaches.
    """
    values = {
        clip: {method: row[metric] for method, row in cells[clip].items() if is_value(row, metric)} for clip in clips
    }
    used = [clip for clip in clips if values[clip]]
    methods = [method for method in values[used[0]] if all(method in values[clip] for clip in used)] if used else []
    if not methods:
        return []
    table = np.array([[values[clip][method] for clip in used] for method in methods], np.float64)
    rows = standings(table, methods, [sources[clip] for clip in used], higher_is_better=facts["higher_is_better"])
    # Ends of an interval that nobody knows are left out; of a test too few sources allow, p is null.
    return [
        {
            key: _within(value, facts.get("range")) if key in ("low", "high") else value
            for key, value in asdict(row).items()
            if value is not None or key not in ("low", "high")
        }
        for row in rows
    ]


def _within(value: float, ends: Sequence[float | None] | None) -> float:
    """A value, or the end of its metric's range that it is beyond."""
    low, high = ends or (None, None)
    value = value if low is None else max(value, low)
    return value if high is None else min(value, high)


def is_value(row: Mapping[str, Any], metric: str) -> bool:
    """Whether a method has a number for a metric."""
    return isinstance(row.get(metric), int | float)


def agreement(rows: Mapping[str, Sequence[Mapping[str, Any]]], directions: Mapping[str, bool]) -> dict[str, Any] | None:
    """Rank correlation between the standings of a track's metrics; None for fewer than two metrics with any."""
    names = [metric for metric, standing in rows.items() if standing]
    methods = sorted({row["method"] for metric in names for row in rows[metric]})
    if len(names) < 2:
        return None
    means = {}
    for metric in names:
        by_method = {row["method"]: row["mean"] for row in rows[metric]}
        means[metric] = np.array([by_method.get(method, np.nan) for method in methods])
    return {"metrics": names, "rho": rank_agreement(means, directions)}


def pareto(
    rows: Sequence[Mapping[str, Any]], metric: str, cost: Mapping[str, Mapping[str, Any]], *, higher_is_better: bool
) -> dict[str, Any]:
    """The methods of a standing that no other beats in both time and quality."""
    known = [row for row in rows if SPEED in cost.get(row["method"], {})]
    seconds = [cost[row["method"]][SPEED]["median"] for row in known]
    front = pareto_front(seconds, [row["mean"] for row in known], higher_is_better=higher_is_better)
    return {"quality": metric, "cost": SPEED, "front": [known[place]["method"] for place in front]}
