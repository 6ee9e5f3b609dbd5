"""Which metric is significantly better than which: a matrix that reads without colours."""

from __future__ import annotations

from typing import Any

from ddsr_bench.evaluate.report.content.comparisons import BETTER, NEITHER, WORSE, duel, order_in_test
from ddsr_bench.evaluate.report.figures.names import elided, short_names
from ddsr_bench.evaluate.report.figures.style import (
    BLUE,
    CHARACTER,
    COLUMN,
    INK,
    MUTED,
    ORANGE,
    PAGE,
    PAPER,
    RULE,
    Drawn,
    margins,
    new_figure,
    note,
    render,
)
from ddsr_bench.evaluate.report.numbers import MISSING
from ddsr_bench.evaluate.report.ranking import primary_test
from ddsr_bench.evaluate.report.reading import Results, mos_word

_MOST_P, _LONGEST = 12, 26
_MOST_SYMBOLS = 40
_LOOKS = {1: (BETTER, BLUE, 0.45), -1: (WORSE, ORANGE, 0.5), 0: (NEITHER, RULE, 0.35)}


def significance(results: Results) -> Drawn:
    """Return the matrix of the primary test; a note where nothing was compared."""
    test = primary_test(results)
    if test is None:
        figure = new_figure(COLUMN, 1.0)
        note(figure.subplots(), "nothing to compare")
        return render(figure, "significance", figure)
    names = order_in_test(results, test)
    left = 0.45 + CHARACTER * min(_LONGEST, max(map(len, names)))
    cell = min(0.42, (PAGE - left - 0.1) / len(names))
    width = max(COLUMN, left + cell * len(names) + 0.1)
    figure = new_figure(width, cell * len(names) + 0.6)
    axes = figure.subplots()
    _matrix(axes, results, test, names, cell)
    margins(figure, left, width - left - cell * len(names), 0.2, 0.4)
    _foot(figure, 0.19, f"{BETTER} row better   {WORSE} row worse   {NEITHER} neither", INK)
    _foot(figure, 0.05, _source(results, test), MUTED)
    return render(figure, "significance", figure)


def _foot(figure: Any, inches: float, text: str, colour: str) -> None:
    width, height = figure.get_size_inches()
    figure.text(0.06 / width, inches / height, text, va="bottom", fontsize=6.5, color=colour)


def _source(results: Results, test: Any) -> str:
    alpha = results["comparisons"]["alpha"]
    return elided(f"{test['title']}, against {mos_word(results)}, Holm, alpha {alpha:g}", 80)


def _matrix(axes: Any, results: Results, test: Any, names: list[str], cell: float) -> None:
    size = len(names)
    axes.set_xlim(0, size)
    axes.set_ylim(size, 0)
    places = [place + 0.5 for place in range(size)]
    axes.set_yticks(places, [f"{name}  {place + 1}" for place, name in enumerate(short_names(names, _LONGEST))])
    axes.set_xticks(places, [str(place + 1) for place in range(size)])
    axes.tick_params(length=0, top=True, bottom=False, labeltop=True, labelbottom=False, pad=2)
    for spine in axes.spines.values():
        spine.set_visible(False)
    duels = [[duel(results, test, row, column) for column in names] for row in names]
    _colours(axes, [[found for found, _ in row] for row in duels])
    if size > _MOST_SYMBOLS:
        return
    for row, found in enumerate(duels):
        for column, (sign, p) in enumerate(found):
            if row != column:
                _words(axes, (row, column), sign, p if size <= _MOST_P else "", cell)


def _colours(axes: Any, signs: list[list[int | None]]) -> None:
    from matplotlib.colors import to_rgba

    shades = [
        [to_rgba(_LOOKS[sign][1], _LOOKS[sign][2]) if sign in _LOOKS else (0, 0, 0, 0) for sign in row] for row in signs
    ]
    axes.pcolormesh(range(len(signs) + 1), range(len(signs) + 1), shades, edgecolors=PAPER, lw=0.8)


def _words(axes: Any, place: tuple[int, int], sign: int | None, p: str, cell: float) -> None:
    row, column = place
    wordy = bool(p) and sign is not None
    style = {"ha": "center", "va": "center", "color": INK}
    symbol = _LOOKS[sign][0] if sign in _LOOKS else MISSING
    axes.text(column + 0.5, row + (0.34 if wordy else 0.5), symbol, fontsize=min(8.0, 40 * cell), **style)
    if wordy:
        axes.text(column + 0.5, row + 0.75, p.replace("0.", ".", 1), fontsize=5.5, **style)
