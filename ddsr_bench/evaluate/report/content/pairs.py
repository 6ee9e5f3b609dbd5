"""The analysis of pairs of videos (Krasula et al., QoMEX 2016)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddsr_bench.evaluate.report.content.cells import name_cell, score_cell, score_column, winner
from ddsr_bench.evaluate.report.document import Cell, Column, Paragraph, Section, Table, Text
from ddsr_bench.evaluate.report.numbers import count
from ddsr_bench.evaluate.report.reading import Results, mos_word, number, ordered, with_word

_KEYS = {
    "accuracy": "Accuracy",
    "cc0": "CC0",
    "auc_different_similar": "AUC different/similar",
    "auc_better_worse": "AUC better/worse",
}


def pairs(results: Results) -> Section | None:
    """Return the section of pairs, None where no metric has any."""
    tables = [table for kind in _known_kinds(results) for table in _table(results, kind)]
    if not tables:
        return None
    text = (
        "CC0 (accuracy): share of the pairs whose scores differ that the metric orders as the scores do. "
        "AUC different/similar: does a larger difference of the metric tell pairs that differ from pairs that do not? "
        "AUC better/worse: does its sign tell the better video? Chance is 0.5 for each. The intervals of the areas "
        "(DeLong) take pairs as independent although they share videos, so they are too narrow."
    )
    return Section("Pairs of videos", (Paragraph((text,)), *tables))


def _kind_words(results: Results, kind: str) -> str:
    """Without inputs the pairs inside groups are those of a source."""
    if kind == "within_input":
        return "pairs from the same " + ("source" if results["data"].get("n_inputs") is None else "input")
    return {"all": "all pairs"}.get(kind, kind.replace("_", " "))


def _known_kinds(results: Results) -> list[str]:
    kinds = {kind for name in results["metrics"] for kind in results["metrics"][name].get("pairs") or {}}
    return sorted(kinds, key=lambda kind: (kind != "all", kind))


def _block(results: Results, metric: str, kind: str) -> Mapping[str, Any]:
    return (results["metrics"][metric].get("pairs") or {}).get(kind) or {}


def _table(results: Results, kind: str) -> list[Table]:
    blocks = {metric: _block(results, metric, kind) for metric in ordered(results)}
    known = [block for block in blocks.values() if block]
    if not known:
        return []
    keys = _columns(known)
    best = {key: winner({name: number(block, key) for name, block in blocks.items()}) for key in keys}
    columns = (Column("Metric", numeric=False), *(score_column(results, keys[key]) for key in keys))
    rows = tuple((name_cell(name), *_cells(name, block, best)) for name, block in blocks.items())
    title = f"Order of {_kind_words(results, kind)} by {mos_word(results)}."
    return [Table(title, columns, rows, (_about(results, known),))]


def _columns(known: list[Mapping[str, Any]]) -> dict[str, str]:
    """Headings by key; where accuracy is CC0 by another name, one column shows both."""
    if any(number(block, "accuracy") != number(block, "cc0") for block in known):
        return _KEYS
    return {"cc0": "CC0 (accuracy)", **{key: _KEYS[key] for key in list(_KEYS)[2:]}}


def _cells(name: str, block: Mapping[str, Any], best: dict[str, str | None]) -> list[Cell]:
    return [score_cell(block, key, name == winner) for key, winner in best.items()]


def _about(results: Results, known: list[Mapping[str, Any]]) -> Text:
    block = max(known, key=lambda item: item["pairs"])
    many = f"{count(block['pairs'])} pairs{' (a random sample)' if block.get('sampled') else ''}"
    kinds = f"{count(block['different'])} differ, {count(block['similar'])} do not"
    criterion = with_word(str(block["criterion"]).rstrip("."), results)
    how = block.get("accuracy_interval")
    interval = f" Interval of CC0: {str(how).rstrip('.')}." if how else ""
    return (f"{many}: {kinds}. Criterion: {criterion}.{interval}",)
