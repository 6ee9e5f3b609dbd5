"""What is known of each metric: direction, mapping, training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddsr_bench.evaluate.report.content.cells import name_cell
from ddsr_bench.evaluate.report.document import Cell, Column, Section, Table, Text
from ddsr_bench.evaluate.report.numbers import count
from ddsr_bench.evaluate.report.reading import MAPPINGS, Results, mos_word, ordered

_DIRECTION = {"given": "as given", "card": "by its card", "detected": "detected"}


def metrics(results: Results) -> Section:
    """Return the table of metrics."""
    columns = [Column("Metric", numeric=False), Column("Better", numeric=False), Column("Direction", numeric=False)]
    trained = any(metric.get("trained") for metric in results["metrics"].values())
    columns += [Column("Trained inside splits", numeric=False)] if trained else []
    columns += [Column("Mapping", numeric=False), Column("Parameters", numeric=False), Column("Videos")]
    rows = tuple(_row(results, name, trained) for name in ordered(results))
    title = f"Direction of each metric and the mapping to {mos_word(results)} that was used."
    return Section("Metrics", (Table(title, tuple(columns), rows, _notes(results), sortable=False),))


def _row(results: Results, name: str, trained: bool) -> tuple[Cell, ...]:
    metric = results["metrics"][name]
    cells = [name_cell(name), Cell("higher" if metric["higher_is_better"] else "lower")]
    cells.append(Cell(_DIRECTION.get(metric["direction"], metric["direction"])))
    if trained:
        cells.append(Cell(_trained(metric.get("trained"))))
    mapping = metric.get("mapping") or {}
    cells += [Cell(_mapping(mapping)), Cell(_parameters(mapping)), Cell(count(metric["n"]), key=metric["n"])]
    return tuple(cells)


def _trained(record: Mapping[str, Any] | None) -> str:
    return f"{record['regressor'].upper()} on {record['n_features']} features" if record else "no"


def _mapping(mapping: Mapping[str, Any]) -> str:
    used = mapping.get("used", "none")
    text = MAPPINGS.get(used, str(used))
    if mapping.get("requested") not in (None, used):
        text += " (fallback)"
    return text if mapping.get("converged", True) or used == "none" else f"{text}, not converged"


def _parameters(mapping: Mapping[str, Any]) -> str:
    known = {name: value for name, value in (mapping.get("parameters") or {}).items() if value is not None}
    return ", ".join(f"{name} {value:.4g}".replace("-", "−") for name, value in known.items())


def _notes(results: Results) -> tuple[Text, ...]:
    notes: list[Text] = []
    if any(metric["direction"] == "detected" for metric in results["metrics"].values()):
        word = mos_word(results)
        text = f"Detected: the sign of the metric's own correlation with {word}. "
        text += "A metric near zero then looks slightly better than it is; where the direction is known, say so with "
        notes.append((text + "--lower-better or --higher-better.",))
    return tuple(notes)
