"""The main table: each metric over all videos."""

from __future__ import annotations

from ddsr_bench.evaluate.report.content.cells import (
    LEVEL,
    best_metrics,
    chance_mark,
    chance_notes,
    name_cell,
    score_cell,
    score_column,
)
from ddsr_bench.evaluate.report.document import Cell, Column, Section, Table, Text
from ddsr_bench.evaluate.report.numbers import MISSING, count, percent
from ddsr_bench.evaluate.report.ranking import level_with_best, primary_test, ranks
from ddsr_bench.evaluate.report.reading import COEFFICIENTS, Results, has_intervals, mos_word, number, ordered, view


def pooled(results: Results) -> Section:
    """Return the section of the main table."""
    keys = _keys(results)
    table = Table(
        f"Agreement with {mos_word(results)}, all videos pooled, by SROCC.{_intervals(results)}",
        _columns(results, keys),
        tuple(_rows(results, keys)),
        _notes(results, keys),
    )
    return Section("All videos", (table,))


def _intervals(results: Results) -> str:
    confidence = percent(results["settings"]["confidence"])
    return f" Beside each value: its {confidence} interval." if has_intervals(results) else ""


def _keys(results: Results) -> dict[str, str]:
    spreads = any(number(view(results, name, "pooled"), "outlier_ratio") is not None for name in results["metrics"])
    return {**COEFFICIENTS, "outlier_ratio": "OR"} if spreads else dict(COEFFICIENTS)


def _columns(results: Results, keys: dict[str, str]) -> tuple[Column, ...]:
    ranked = (Column("Rank"),) if primary_test(results) is not None else ()
    scores = (score_column(results, heading) for heading in keys.values())
    return (*ranked, Column("Metric", numeric=False), *scores, Column("Videos"))


def _rows(results: Results, keys: dict[str, str]) -> list[tuple[Cell, ...]]:
    best, ranked = best_metrics(results, "pooled"), ranks(results)
    level = {key: level_with_best(results, key) for key in ("srocc", "plcc")}
    rows = []
    for name in ordered(results):
        block, videos = view(results, name, "pooled"), results["metrics"][name]["n"]
        marks = {key: LEVEL for key, names in level.items() if name in names}
        marks["srocc"] = marks.get("srocc", "") + chance_mark(block)
        scores = [score_cell(block, key, best[key] == name, marks.get(key, "")) for key in keys]
        rows.append((*_rank(results, ranked[name]), name_cell(name), *scores, Cell(count(videos), key=videos)))
    return rows


def _rank(results: Results, rank: int | None) -> tuple[Cell, ...]:
    return (Cell(MISSING if rank is None else str(rank), key=rank),) if primary_test(results) is not None else ()


def _notes(results: Results, keys: dict[str, str]) -> tuple[Text, ...]:
    notes: list[Text] = []
    test = primary_test(results)
    if test is not None:
        alpha = f"alpha {results['comparisons']['alpha']:g}, Holm-corrected"
        notes.append((f"Rank: 1 + the number of metrics that are significantly better ({test['title']}, {alpha}).",))
    level = [COEFFICIENTS[key] for key in ("srocc", "plcc") if level_with_best(results, key)]
    if level:
        how = "by that test" if level == ["SROCC"] else "by that test, made for the coefficient"
        notes.append((f"{LEVEL} Not distinguishable from the best {' or '.join(level)} {how}.",))
    if len(results["metrics"]) > 1:
        notes.append(("Bold: the best value of its column.",))
    notes += chance_notes({chance_mark(view(results, name, "pooled")) for name in results["metrics"]})
    notes.append((f"RMSE is in units of {mos_word(results)}. Higher is better, except for {_lower(keys)}.",))
    if "outlier_ratio" in keys:
        confidence = percent(results["settings"]["confidence"])
        notes.append((f"OR (outlier ratio): share of predictions outside the {confidence} interval of their MOS.",))
    return tuple(notes)


def _lower(keys: dict[str, str]) -> str:
    return "RMSE and OR" if "outlier_ratio" in keys else "RMSE"
