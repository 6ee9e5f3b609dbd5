"""What a metric says about pairs of videos: can it tell different from similar, and better from worse?

Krasula, Fliegel, Le Callet and Klima, "On the accuracy of objective image and video quality models: new methodology for
performance evaluation", QoMEX 2016. No mapping to MOS is needed, and the uncertainty of the MOS is allowed for: pairs
whose MOS do not differ significantly are *similar* and nobody is asked to order them.

The standard errors of the areas and their tests take pairs as independent. They are not: a video takes part in many
pairs. These intervals and p values are therefore too small, as in the paper; the interval of the accuracy, which
resamples clusters of videos, is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.evaluate.delong import Areas, delong, delong_mirrored
from ddsr_bench.evaluate.multiplicity import Significance
from ddsr_bench.evaluate.pairs_accuracy import ClusterPairs, pair_credit
from ddsr_bench.evaluate.pairs_draw import LIMIT, Pairs, draw_pairs
from ddsr_bench.evaluate.pairs_rows import common_rows
from ddsr_bench.evaluate.records import Floats

SCOPES = ("all", "within_input")
AREAS = ("different_similar", "better_worse")


@dataclass(frozen=True)
class PairResults:
    """The pair analysis of M metrics.

    Attributes:
        per_metric: by metric, by scope (``"all"``, ``"within_input"``) the part of ``results.json`` that is written
            for it (plain numbers, None where undefined, a text in ``reasons``); None where a scope does not apply.
        delong: by scope, by area (``"different_similar"``, ``"better_worse"``) the tests of every two metrics,
            float64 (M, M), positive where the row's area is the larger.
    """

    per_metric: Mapping[str, Mapping[str, dict[str, Any] | None]]
    delong: Mapping[str, Mapping[str, Significance]]


def pair_analysis(
    names: Sequence[str],
    predictions: Floats,
    mos: Floats,
    clusters: NDArray[np.int64],
    *,
    mos_ci95: Floats | None = None,
    groups: Sequence[str] | None = None,
    counts: NDArray[np.integer] | None = None,
    seed: int = 0,
    limit: int = LIMIT,
) -> PairResults:
    """Analyse pairs of videos, all of them and those that share a group (an input, or a source).

    Args:
        names: M distinct metric names.
        predictions: float64 (M, n), oriented so that higher means better; NaN where a metric did not predict.
            Videos that a metric lacks are left out for all (see :func:`common_rows`).
        mos: float64 (n,), finite.
        clusters: int64 (n,), the resampling cluster of each video, from 0.
        mos_ci95: half widths of the 95 % intervals of the MOS, float64 (n,), finite, or None.
        groups: n labels for the scope ``within_input``, or None.
        counts: int (B, G), how often each bootstrap resample holds each cluster; without them, or with more than
            500 clusters, the accuracy's interval is a linear approximation of the resampling.
        seed: of the draw where there are more than ``limit`` pairs.
        limit: the most pairs per scope.
    """
    usable, rows = common_rows(predictions)
    kept = np.flatnonzero(usable)
    number = int(clusters.max()) + 1 if len(clusters) else 0
    per_metric: dict[str, dict[str, dict[str, Any] | None]] = {name: dict.fromkeys(SCOPES) for name in names}
    tests: dict[str, Mapping[str, Significance]] = {}
    for scope in SCOPES if groups is not None else SCOPES[:1]:
        labels = [groups[row] for row in rows] if groups is not None and scope != "all" else None
        pairs = draw_pairs(mos[rows], None if mos_ci95 is None else mos_ci95[rows], labels, seed, limit)
        codes = clusters[rows]
        firsts, seconds = codes[pairs.better[pairs.different]], codes[pairs.worse[pairs.different]]
        resampling = ClusterPairs(firsts, seconds, number, counts, within=scope != "all")
        parts, areas = _analyse(predictions[np.ix_(kept, rows)], pairs, resampling)
        for index, name in enumerate(names):
            position = int(np.searchsorted(kept, index))
            per_metric[name][scope] = parts[position] if usable[index] else _empty(pairs, "too few predictions")
        tests[scope] = {area: _spread(areas[area].differences(), kept, len(names)) for area in AREAS}
    return PairResults(per_metric, tests)


def _analyse(
    predictions: Floats, pairs: Pairs, resampling: ClusterPairs
) -> tuple[list[dict[str, Any]], dict[str, Areas]]:
    """The parts of the results, metric by metric, and the areas that the tests compare."""
    constant = np.array([np.ptp(row) == 0 if len(row) else True for row in predictions], bool)
    better, worse = pairs.better[pairs.different], pairs.worse[pairs.different]
    areas = {
        "different_similar": delong(
            (np.abs(row[pairs.better] - row[pairs.worse]) for row in predictions), pairs.different
        ),
        "better_worse": delong_mirrored(row[better] - row[worse] for row in predictions),
    }
    areas = {name: _without(area, constant) for name, area in areas.items()}
    parts = []
    for index, row in enumerate(predictions):
        part = _empty(pairs, "constant metric" if constant[index] else None)
        if not constant[index]:
            _fill_accuracy(part, pair_credit(row[better] - row[worse]), resampling)
            for name, area in areas.items():
                _fill_area(part, f"auc_{name}", area, index)
        parts.append(part)
    return parts, areas


def _empty(pairs: Pairs, reason: str | None) -> dict[str, Any]:
    """The part without its figures, each explained by ``reason`` or by the lack of pairs."""
    total, different = len(pairs.different), int(pairs.different.sum())
    part: dict[str, Any] = {
        "pairs": total,
        "different": different,
        "similar": total - different,
        "criterion": pairs.criterion,
        "sampled": pairs.sampled,
        "accuracy_interval": None,
    }
    reasons = {}
    for key in ("accuracy", "cc0", "auc_different_similar", "auc_better_worse"):
        part[key] = part[f"{key}_ci95"] = None
        lacking = None if different else "no two videos differ"
        if key == "auc_different_similar" and different == total:
            lacking = lacking or "no two videos are similar"
        if reason or lacking:
            reasons[key] = str(reason or lacking)
    part["reasons"] = reasons
    return part


def _fill_accuracy(part: dict[str, Any], credit: Floats, resampling: ClusterPairs) -> None:
    if not len(credit):
        return
    interval = resampling.interval(credit)
    part["accuracy"] = part["cc0"] = float(credit.mean())
    part["accuracy_ci95"] = part["cc0_ci95"] = None if interval is None else list(interval)
    part["accuracy_interval"] = None if interval is None else resampling.method
    if interval is None:
        part["reasons"]["accuracy_ci95"] = "fewer than two clusters or pairs to resample"


def _fill_area(part: dict[str, Any], key: str, areas: Areas, index: int) -> None:
    area, (low, high) = areas.auc[index], areas.intervals()[index]
    part[key] = float(area) if np.isfinite(area) else None
    part[f"{key}_ci95"] = [float(low), float(high)] if np.isfinite(low) else None


def _without(areas: Areas, excluded: NDArray[np.bool_]) -> Areas:
    covariance = np.where(excluded[:, None] | excluded, np.nan, areas.covariance)
    return Areas(np.where(excluded, np.nan, areas.auc), covariance)


def _spread(tests: Significance, kept: NDArray[np.int64], count: int) -> Significance:
    """Put the tests of the kept metrics in their places among all; NaN elsewhere."""
    places = np.ix_(kept, kept)
    statistic, p = np.full((count, count), np.nan), np.full((count, count), np.nan)
    statistic[places], p[places] = tests.statistic, tests.p
    return Significance(statistic, p)
