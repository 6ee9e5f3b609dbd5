"""Which metric is better than which: the tests, what they assume, and their matrices."""

from __future__ import annotations

from ddsr_bench.evaluate.report.document import Block, Cell, Column, Name, Paragraph, Picture, Section, Table
from ddsr_bench.evaluate.report.numbers import MISSING, p_value
from ddsr_bench.evaluate.report.ranking import Test, comparable, primary_test, sign
from ddsr_bench.evaluate.report.reading import Results, mos_word, ordered, with_word

BETTER, WORSE, NEITHER = "▲", "▼", "·"
_MOST_P, _MOST_NAMES = 12, 40


def comparisons(results: Results) -> Section | None:
    """Return the section of tests, None where there is nothing to compare."""
    test = primary_test(results)
    if test is None:
        return None
    tests = _primary_first(results)
    blocks: list[Block] = [Paragraph((_intro(results),)), _legend(results, tests), _picture(results, test)]
    orders = [order_in_test(results, one) for one in tests]
    blocks += [_matrix(results, *pair) for pair in zip(tests, orders, strict=True) if 1 < len(pair[1]) <= _MOST_NAMES]
    return Section("Which differences hold", tuple(blocks))


def order_in_test(results: Results, test: Test) -> list[str]:
    """Return the metrics that a test could compare with any other, best first."""
    compared = {name for place, name in enumerate(results["comparisons"]["metrics"]) if comparable(test, place)}
    return [name for name in ordered(results) if name in compared]


def duel(results: Results, test: Test, row: str, column: str) -> tuple[int | None, str]:
    """Return which of two metrics a test finds better (see :func:`ranking.sign`) and the corrected p, as text."""
    names = results["comparisons"]["metrics"]
    first, second = names.index(row), names.index(column)
    return sign(test, first, second), p_value(test["p_holm"][first][second])


def _primary_first(results: Results) -> list[Test]:
    tests, primary = results["comparisons"]["tests"], results["comparisons"]["primary"]
    return [tests[name] for name in sorted(tests, key=lambda name: name != primary)]


def _intro(results: Results) -> str:
    return (
        f"Every pair of metrics is compared on the same videos, against {mos_word(results)}. p values are "
        f"Holm-corrected within each test; alpha is {results['comparisons']['alpha']:g}. Ranks go by the first test."
    )


def _legend(results: Results, tests: list[Test]) -> Table:
    columns = (Column("Test", numeric=False), Column("What it tests and assumes", numeric=False), Column("Pairs"))
    rows = tuple((Cell(test["title"]), Cell(with_word(test["about"], results)), _tried(test)) for test in tests)
    note = ("Pairs: those of metrics that differ significantly, of all that could be compared.",)
    return Table("The tests.", columns, rows, (note,), sortable=False)


def _tried(test: Test) -> Cell:
    signs = [sign(test, row, column) for row in range(len(test["better"])) for column in range(row)]
    known = [one for one in signs if one is not None]
    return Cell(f"{sum(one != 0 for one in known)} of {len(known)}")


def _picture(results: Results, test: Test) -> Picture:
    what = f"{test['title']}, against {mos_word(results)}"
    text = f"{what}: {BETTER} the row's metric is better, {WORSE} worse, {NEITHER} neither."
    return Picture("significance", f"Significance matrix. {text}", (text,))


def _matrix(results: Results, test: Test, names: list[str]) -> Table:
    wordy = len(names) <= _MOST_P
    columns = (Column("Row against column", numeric=False), *(Column(str(i + 1)) for i in range(len(names))))
    rows = tuple(
        (Cell(Name(f"{place + 1} {row}")), *(_cell(results, test, row, column, wordy) for column in names))
        for place, row in enumerate(names)
    )
    note = f"{BETTER} row better, {WORSE} row worse, {NEITHER} neither{', with its corrected p' if wordy else ''}."
    title = f"{test['title']}, against {mos_word(results)}."
    return Table(title, columns, rows, ((note,),), folded=True, sortable=False)


def _cell(results: Results, test: Test, row: str, column: str, wordy: bool) -> Cell:
    if row == column:
        return Cell("")
    found, p = duel(results, test, row, column)
    if found is None:
        return Cell(MISSING)
    return Cell({1: BETTER, -1: WORSE}.get(found, NEITHER), p if wordy else "")
