"""The views inside groups, beside the pooled one."""

from __future__ import annotations

from ddsr_bench.evaluate.report.content.cells import (
    best_metrics,
    chance_mark,
    chance_notes,
    name_cell,
    score_cell,
    score_column,
)
from ddsr_bench.evaluate.report.content.findings import chance_sentence, hidden
from ddsr_bench.evaluate.report.document import Block, Cell, Column, Items, Name, Paragraph, Picture, Section, Table
from ddsr_bench.evaluate.report.numbers import MISSING, decimal
from ddsr_bench.evaluate.report.reading import (
    COEFFICIENTS,
    VIEWS,
    Results,
    has_intervals,
    mos_word,
    number,
    ordered,
    present_views,
    view,
)

_MOST_GROUPS = 24
_MEANING = {
    "within_source": "Within source: only videos of the same source are compared, so content cannot help.",
    "within_method": "Within method: only videos of the same method are compared, so only content differs.",
    "within_input": "Within input: only videos made from the same low-resolution clip are compared, "
    "so only the method differs.",
}


def within(results: Results) -> Section:
    """Return the section of all views side by side."""
    views = present_views(results)
    forest = Picture("forest", _alt(results, views), (_caption(results),))
    if len(views) == 1:
        none = "The table has no source, method or input column, so only the pooled view exists."
        return Section("Views", (Paragraph((none,)), forest))
    meaning = tuple((_MEANING[name],) for name in views[1:])
    blocks: list[Block] = [Items((*meaning, *hidden(results))), _beside(results, views), forest]
    for name in views[1:]:
        blocks += [_coefficients(results, name), *_groups(results, name)]
    return Section("Pooled and within groups", tuple(blocks))


def _beside(results: Results, views: list[str]) -> Table:
    columns = [Column("Metric", numeric=False)]
    columns += [score_column(results, VIEWS[name].capitalize()) for name in views]
    best = {name: best_metrics(results, name)["srocc"] for name in views}
    rows = []
    for metric in ordered(results):
        blocks = {name: view(results, metric, name) for name in views}
        cells = [score_cell(blocks[name], "srocc", best[name] == metric, chance_mark(blocks[name])) for name in views]
        rows.append((name_cell(metric), *cells))
    marks = {cell.mark for row in rows for cell in row}
    how = "Within groups: Fisher-z mean of the groups' values, weighted by n − 3."
    notes = ((how,), *chance_notes(marks), (chance_sentence(results),))
    return Table(f"SROCC against {mos_word(results)} by view.", tuple(columns), tuple(rows), notes)


def _coefficients(results: Results, name: str) -> Table:
    columns = [Column("Metric", numeric=False)]
    columns += [score_column(results, heading) for heading in COEFFICIENTS.values()]
    columns += [score_column(results, "SROCC unweighted"), Column("Groups")]
    best = best_metrics(results, name)
    rows = []
    for metric in ordered(results):
        block = view(results, metric, name)
        cells = [score_cell(block, key, best[key] == metric) for key in COEFFICIENTS]
        groups = block.get("groups")
        many = Cell(MISSING if groups is None else str(groups), key=groups)
        rows.append((name_cell(metric), *cells, score_cell(block, "srocc_unweighted"), many))
    title = f"All coefficients {VIEWS[name]}, against {mos_word(results)}."
    return Table(title, tuple(columns), tuple(rows), folded=True)


def _groups(results: Results, name: str) -> list[Table]:
    """SROCC of each group, where a page can hold that many."""
    groups = _group_names(results, name)
    if not 1 < len(groups) <= _MOST_GROUPS:
        return []
    columns = (Column(_singular(name).capitalize(), numeric=False), *(_metric_column(m) for m in ordered(results)))
    rows = tuple((Cell(Name(group)), *_group_cells(results, name, group)) for group in groups)
    return [Table(f"SROCC of each {_singular(name)} against {mos_word(results)}.", columns, rows, folded=True)]


def _group_names(results: Results, name: str) -> list[str]:
    known = {group for metric in results["metrics"] for group in view(results, metric, name).get("per_group") or {}}
    return sorted(known)


def _group_cells(results: Results, name: str, group: str) -> list[Cell]:
    cells = []
    for metric in ordered(results):
        block = (view(results, metric, name).get("per_group") or {}).get(group) or {}
        value = number(block, "srocc")
        cells.append(Cell(decimal(value), key=value))
    return cells


def _metric_column(metric: str) -> Column:
    return Column(Name(metric))


def _singular(name: str) -> str:
    return name.removeprefix("within_")


def _caption(results: Results) -> str:
    if not has_intervals(results):
        return f"SROCC against {mos_word(results)}."
    return (
        f"SROCC against {mos_word(results)} with intervals. A hollow marker: the interval holds 0, "
        "so the ranking is not distinguishable from chance."
    )


def _alt(results: Results, views: list[str]) -> str:
    return f"Forest plot of SROCC against {mos_word(results)}: {', '.join(VIEWS[name] for name in views)}."
