"""SROCC with intervals, a panel for each view."""

from __future__ import annotations

from typing import Any

from ddsr_bench.evaluate.report.figures.names import short_names
from ddsr_bench.evaluate.report.figures.style import (
    BLUE,
    CHARACTER,
    COLUMN,
    GREEN,
    MUTED,
    ORANGE,
    PAGE,
    PAPER,
    RULE,
    VERMILION,
    Drawn,
    margins,
    new_figure,
    render,
)
from ddsr_bench.evaluate.report.reading import (
    VIEWS,
    Results,
    interval,
    mos_word,
    number,
    ordered,
    present_views,
    verdict,
    view,
)

_LOOKS = {
    "pooled": (BLUE, "o"),
    "within_source": (VERMILION, "s"),
    "within_method": (GREEN, "D"),
    "within_input": (ORANGE, "^"),
}
_LONGEST = 26


def forest(results: Results) -> Drawn:
    """Return the forest plot: metrics from best to worst pooled SROCC, hollow markers where the interval holds 0."""
    names, views = ordered(results), present_views(results)
    width = COLUMN if len(views) == 1 else PAGE
    figure = new_figure(width, 0.19 * len(names) + 0.75)
    panels = figure.subplots(1, len(views), sharex=True, sharey=True, squeeze=False)[0]
    for panel, name in zip(panels, views, strict=True):
        _panel(panel, results, names, name)
    panels[0].set_xlim(*_limits(results, names, views))
    panels[0].set_ylim(len(names) - 0.4, -0.6)
    panels[0].set_yticks(range(len(names)), short_names(names, _LONGEST))
    margins(figure, _left(names), 0.15, 0.28, 0.42, wspace=0.08)
    middle = (_left(names) + width - 0.15) / 2 / width
    figure.supxlabel(f"SROCC against {mos_word(results)}", fontsize=8, x=middle, y=0.06 / figure.get_size_inches()[1])
    return render(figure, "forest", figure)


def _left(names: list[str]) -> float:
    return 0.2 + CHARACTER * min(_LONGEST, max(map(len, names)))


def _panel(axes: Any, results: Results, names: list[str], view_name: str) -> None:
    colour, marker = _LOOKS[view_name]
    axes.axvline(0, color=MUTED, lw=0.8, ls=(0, (3, 2)))
    axes.set_title(VIEWS[view_name], loc="left", pad=4)
    axes.grid(axis="x", color=RULE, lw=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    for place, name in enumerate(names):
        block = view(results, name, view_name)
        value, ends = number(block, "srocc"), interval(block, "srocc")
        if value is None:
            axes.text(0.02, place, "undefined", color=MUTED, fontsize=6.5, va="center")
            continue
        if ends is not None:
            axes.plot(ends, (place, place), color=colour, lw=1.3, solid_capstyle="butt")
        face = PAPER if verdict(block) == "chance" else colour
        axes.plot([value], [place], marker=marker, ms=4.2, mfc=face, mec=colour, mew=1.1)


def _limits(results: Results, names: list[str], views: list[str]) -> tuple[float, float]:
    found = [0.0, 0.3]
    for name in names:
        for view_name in views:
            block = view(results, name, view_name)
            found += [
                value for value in (number(block, "srocc"), *(interval(block, "srocc") or ())) if value is not None
            ]
    return max(-1.02, min(found) - 0.04), min(1.02, max(found) + 0.04)
