"""The evaluation of one metric: direction, mapping, views with their intervals, and the drawn mapping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ddsr_bench.evaluate import coefficients
from ddsr_bench.evaluate.coefficients import COEFFICIENTS, why_undefined
from ddsr_bench.evaluate.context import VIEWS, Context
from ddsr_bench.evaluate.curves import DRAWN, curve_of
from ddsr_bench.evaluate.draws import PooledDraws
from ddsr_bench.evaluate.groups import FEWEST, MOST_CROSSED, Groups, mean_of_groups, within
from ddsr_bench.evaluate.intervals import interval
from ddsr_bench.evaluate.mapping import Mapping, at_bound, fit_mapping
from ddsr_bench.evaluate.records import Curve, Floats

TESTED = ("srocc", "plcc")


@dataclass(frozen=True)
class MetricResult:
    """One metric's part of an evaluation.

    Attributes:
        part: what ``results.json`` says.
        oriented: predictions, higher is better (n,).
        mapped: predictions on the scale of MOS (n,).
        curve: the drawn mapping.
        draws: of the coefficients that metrics are compared by, each (B,).
    """

    part: dict[str, Any]
    oriented: Floats
    mapped: Floats
    curve: Curve
    draws: dict[str, Floats]


def evaluate_metric(name: str, x: Floats, context: Context, *, trained: bool) -> MetricResult:
    """Evaluate predictions ``x`` (n,), in the metric's own direction, on all rows and inside groups."""
    y = context.table.mos
    higher, direction = _direction(name, x, context, trained)
    oriented = x if higher else -x
    mapping = fit_mapping(x, y, context.settings.mapping)
    mapped = np.full(len(x), np.nan) if mapping.failed else mapping(x)
    draws = context.sampler.pooled(x, mapping, 1.0 if higher else -1.0)
    views: dict[str, Any] = {"pooled": _pooled(x, oriented, mapped, mapping, draws, context)}
    for view in VIEWS:
        groups = context.groups[view]
        views[view] = None if groups is None else _grouped(oriented, mapped, groups, context)
    part = {
        "n": len(x),
        "higher_is_better": higher,
        "direction": direction,
        "mapping": _described(mapping, x),
        "views": views,
    }
    return MetricResult(
        part, oriented, mapped, _curve(x, mapping, draws, context), {k: draws.values[k] for k in TESTED}
    )


def _curve(x: Floats, mapping: Mapping, draws: PooledDraws, context: Context) -> Curve:
    order = context.clusters.order
    weights = context.counts[:DRAWN][:, context.clusters.codes] if context.exact else None
    theta = None if draws.theta is None else draws.theta[:DRAWN]
    return curve_of(x[order], context.table.mos[order], mapping, weights, theta)


def _direction(name: str, x: Floats, context: Context, trained: bool) -> tuple[bool, str]:
    if trained:
        return True, "trained"
    if name in context.settings.given:
        return context.settings.given[name], "given"
    if name in context.settings.cards:
        return context.settings.cards[name], "card"
    found = coefficients.srocc(x, context.table.mos)
    return not found < 0, "detected"


def _described(mapping: Mapping, x: Floats) -> dict[str, Any]:
    return {
        "requested": mapping.requested,
        "used": mapping.used,
        "parameters": dict(mapping.parameters),
        "converged": mapping.converged,
        "reason": mapping.reason or at_bound(mapping, x),
    }


def _pooled(
    x: Floats, oriented: Floats, mapped: Floats, mapping: Mapping, draws: PooledDraws, context: Context
) -> dict[str, Any]:
    y = context.table.mos
    reason = why_undefined(x, y)
    values = {"srocc": coefficients.srocc(oriented, y), "plcc_raw": coefficients.plcc(oriented, y)}
    values["plcc"] = coefficients.plcc(mapped if mapping.used != "none" else oriented, y)
    values["krocc"] = coefficients.krocc(oriented, y)
    values["rmse"] = np.nan if reason else coefficients.rmse(mapped, y)
    jackknife = context.jackknife and context.jackknife.pooled(x, mapping, 1.0 if oriented is x else -1.0).values
    found = _with_intervals(values, draws.values, jackknife or {}, context)
    found["n"] = len(y)
    if reason:
        found["reasons"] = dict.fromkeys(COEFFICIENTS, reason)
    return {**found, **_outliers(mapped, context, reason)}


def _outliers(mapped: Floats, context: Context, reason: str | None) -> dict[str, Any]:
    table = context.table
    if table.mos_ci95 is None or reason:
        return {"outlier_ratio": None, "outlier_ratio_ci95": None}
    ratio = coefficients.outlier_ratio(mapped, table.mos, table.mos_ci95)
    outside = (np.abs(mapped - table.mos) > table.mos_ci95).astype(np.float64)[context.clusters.order]
    sums = np.stack([np.bincount(context.clusters.codes, weights=w) for w in (outside, np.ones_like(outside))], 1)
    drawn = context.counts @ sums
    ends = interval(
        ratio, drawn[:, 0] / drawn[:, 1], context.clusters.count, scale="share", confidence=context.settings.confidence
    )
    return {"outlier_ratio": ratio, "outlier_ratio_ci95": _ends(ends.low, ends.high)}


def _grouped(oriented: Floats, mapped: Floats, groups: Groups, context: Context) -> dict[str, Any]:
    y = context.table.mos
    per_group = within(oriented, mapped, y, groups)
    means = {name: mean_of_groups(values, groups.sizes, name) for name, values in per_group.items()}
    draws = context.sampler.within(oriented, mapped, groups, per_group)
    jackknife = context.jackknife.within(oriented, mapped, groups, per_group) if context.jackknife else {}
    found = _with_intervals({name: means[name][0] for name in COEFFICIENTS}, draws, jackknife, context)
    for name in COEFFICIENTS:
        found[f"{name}_unweighted"] = number(means[name][1])
        if not np.isfinite(means[name][0]):
            found["reasons"][name] = f"no group has {FEWEST} videos of different scores"
    skipped = _skipped(oriented, groups, context)
    found |= {"n": len(y), "groups": len(groups.names) - len(skipped), "skipped": skipped}
    found["per_group"] = _per_group(per_group, groups, skipped)
    return found


def _skipped(oriented: Floats, groups: Groups, context: Context) -> dict[str, str]:
    skipped = {}
    for label, rows in zip(groups.names, groups.rows(), strict=True):
        if len(rows) < FEWEST:
            skipped[label] = f"{len(rows)} video{'s' if len(rows) > 1 else ''}"
        elif reason := why_undefined(oriented[rows], context.table.mos[rows]):
            skipped[label] = reason
    return skipped


def _per_group(per_group: dict[str, Floats], groups: Groups, skipped: dict[str, str]) -> dict[str, Any]:
    if len(groups.names) > MOST_CROSSED * 10:
        return {}
    return {
        label: {"n": int(groups.sizes[i]), **{name: number(per_group[name][i]) for name in COEFFICIENTS}}
        for i, label in enumerate(groups.names)
        if label not in skipped
    }


def _with_intervals(
    values: dict[str, float], draws: dict[str, Floats], jackknife: dict[str, Floats], context: Context
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    settings = context.settings
    for name in COEFFICIENTS:
        ends = interval(
            values[name],
            draws[name],
            context.clusters.count,
            scale="error" if name == "rmse" else "correlation",
            method=settings.interval,
            confidence=settings.confidence,
            jackknife=jackknife.get(name),
        )
        found[name], found[f"{name}_ci95"] = number(values[name]), _ends(ends.low, ends.high)
        if ends.reason and np.isfinite(values[name]):
            reasons[f"{name}_ci95"] = ends.reason
    return {**found, "reasons": reasons}


def number(value: float) -> float | None:
    """A plain float for JSON, None for NaN and infinity."""
    return float(value) if np.isfinite(value) else None


def _ends(low: float, high: float) -> list[float] | None:
    return [float(low), float(high)] if np.isfinite(low) and np.isfinite(high) else None
