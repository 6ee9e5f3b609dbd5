"""Cells and headings that several tables share."""

from __future__ import annotations

from collections.abc import Mapping

from ddsr_bench.evaluate.report.document import Cell, Column, Name, Text
from ddsr_bench.evaluate.report.numbers import amount, decimal
from ddsr_bench.evaluate.report.numbers import interval as shown_interval
from ddsr_bench.evaluate.report.reading import (
    COEFFICIENTS,
    Block,
    Results,
    interval,
    number,
    simulated,
    verdict,
    view,
)

CHANCE, AGAINST = "○", "▽"
LEVEL = "≈"


def name_cell(metric: str) -> Cell:
    """Return the cell of a metric's name."""
    return Cell(Name(metric))


def score_column(results: Results, heading: str) -> Column:
    """Return the heading of a column that holds scores; it says simulated where they are."""
    return Column(heading, "simulated" if simulated(results) else "")


def score_cell(block: Block, key: str, best: bool = False, mark: str = "") -> Cell:
    """Return a coefficient with its interval; the reason where it is undefined."""
    value = number(block, key)
    with_unit = key == "rmse"
    text = amount(value) if with_unit else decimal(value)
    why = str((block.get("reasons") or {}).get(key, "")) if value is None else ""
    return Cell(text, shown_interval(interval(block, key), with_unit), best, mark, why, value)


def chance_mark(block: Block, key: str = "srocc") -> str:
    """Return ○ where the interval holds zero, ▽ where it lies below, else nothing."""
    return {"chance": CHANCE, "below": AGAINST}.get(verdict(block, key), "")


def chance_notes(marks: set[str]) -> tuple[Text, ...]:
    """Return what the marks of :func:`chance_mark` mean, those in use."""
    meaning = {
        CHANCE: f"{CHANCE} The interval holds 0: not distinguishable from chance.",
        AGAINST: f"{AGAINST} The interval lies below 0: the metric ranks against the scores.",
    }
    return tuple((text,) for mark, text in meaning.items() if mark in marks)


def best_metrics(results: Results, view_name: str) -> dict[str, str | None]:
    """Return for each coefficient (and the outlier ratio) the metric with the best value in a view."""
    return {key: _best(results, view_name, key) for key in (*COEFFICIENTS, "outlier_ratio")}


def _best(results: Results, view_name: str, key: str) -> str | None:
    values = {name: number(view(results, name, view_name), key) for name in results["metrics"]}
    return winner(values, lower=key in ("rmse", "outlier_ratio"))


def winner(values: Mapping[str, float | None], lower: bool = False) -> str | None:
    """Return the name with the best value; None where fewer than two are defined, for then none is best."""
    known = [(value if lower else -value, name) for name, value in values.items() if value is not None]
    return min(known)[1] if len(known) > 1 else None
