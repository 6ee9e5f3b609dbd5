"""Medians over the splits of a protocol."""

from __future__ import annotations

from ddsr_bench.evaluate.report.content.cells import name_cell, score_column, winner
from ddsr_bench.evaluate.report.content.summary import protocol_words
from ddsr_bench.evaluate.report.document import Cell, Column, Section, Table
from ddsr_bench.evaluate.report.numbers import MISSING, amount, count, decimal
from ddsr_bench.evaluate.report.reading import COEFFICIENTS, Block, Results, mos_word, number, ordered


def protocol(results: Results) -> Section | None:
    """Return the section of the splits, None where there are none."""
    if not any(results["metrics"][name].get("protocol") for name in results["metrics"]):
        return None
    columns = [Column("Metric", numeric=False)]
    columns += [score_column(results, heading) for heading in COEFFICIENTS.values()]
    columns.append(Column("Splits"))
    best = {key: _best(results, key) for key in COEFFICIENTS}
    rows = tuple(_row(results, name, best) for name in ordered(results))
    title = f"Median over the splits, against {mos_word(results)}; below it the standard deviation. "
    title += f"Protocol: {protocol_words(results)}"
    return Section("Splits", (Table(title, tuple(columns), rows),))


def _row(results: Results, name: str, best: dict[str, str | None]) -> tuple[Cell, ...]:
    blocks = results["metrics"][name].get("protocol") or {}
    splits = [block["n_splits"] for block in blocks.values() if block and block.get("n_splits") is not None]
    cells = [_cell(blocks.get(key) or {}, key, best[key] == name) for key in COEFFICIENTS]
    many = max(splits, default=None)
    return (name_cell(name), *cells, Cell(MISSING if many is None else count(many), key=many))


def _cell(block: Block, key: str, best: bool) -> Cell:
    show = amount if key == "rmse" else decimal
    median, spread = number(block, "median"), number(block, "std")
    return Cell(show(median), "" if spread is None else f"(sd {show(spread)})", best, key=median)


def _best(results: Results, key: str) -> str | None:
    blocks = {name: (metric.get("protocol") or {}).get(key) or {} for name, metric in results["metrics"].items()}
    return winner({name: number(block, "median") for name, block in blocks.items()}, lower=key == "rmse")
