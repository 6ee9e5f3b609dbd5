"""MOS of each method, and beside it how far mapped predictions miss it."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.evaluate.records import Evaluation
from ddsr_bench.evaluate.report.figures.names import MOST_METHODS, short_names, top_metrics
from ddsr_bench.evaluate.report.figures.style import (
    BLUE,
    CHARACTER,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    PAGE,
    PURPLE,
    RULE,
    Drawn,
    margins,
    new_figure,
    render,
)
from ddsr_bench.evaluate.report.reading import mos_axis, mos_word

Groups: TypeAlias = dict[str, NDArray[np.intp]]
_LONGEST = 22
_COLOURS = (ORANGE, GREEN, PURPLE)


def method_boxes(evaluation: Evaluation) -> Drawn | None:
    """Return the box plots, methods from highest to lowest median; None without a method column.

    Beyond ``MOST_METHODS`` those with most videos are drawn.
    """
    if evaluation.table.methods is None:
        return None
    groups, metrics = _groups(evaluation), top_metrics(evaluation)
    figure = new_figure(PAGE, 0.2 * len(groups) + 0.9)
    panels = figure.subplots(1, 1 + len(metrics), sharey=True, squeeze=False)[0]
    _boxes(panels[0], [evaluation.table.mos[group] for group in groups.values()], BLUE)
    panels[0].set_xlabel(mos_axis(evaluation.results))
    panels[0].set_yticks(range(len(groups)), short_names(list(groups), _LONGEST))
    panels[0].set_ylim(len(groups) - 0.4, -0.6)
    left = 0.2 + CHARACTER * min(_LONGEST, max(map(len, groups)))
    margins(figure, left, 0.12, 0.28, 0.45, wspace=0.1)
    _error_panels(figure, panels[1:], evaluation, metrics, groups)
    return render(figure, "methods", figure)


def _groups(evaluation: Evaluation) -> Groups:
    """Indices of each drawn method's videos, highest median MOS first."""
    names, labels, sizes = np.unique(np.asarray(evaluation.table.methods), return_inverse=True, return_counts=True)
    members = np.split(np.argsort(labels, kind="stable"), np.cumsum(sizes)[:-1])
    most = np.argsort(-sizes, kind="stable")[:MOST_METHODS]
    order = sorted(most, key=lambda place: (-float(np.median(evaluation.table.mos[members[place]])), str(names[place])))
    return {str(names[place]): members[place] for place in order}


def _error_panels(figure: Any, panels: Any, evaluation: Evaluation, metrics: list[str], groups: Groups) -> None:
    if not metrics:
        return
    titles = short_names(metrics, 24)
    for panel, metric, title, colour in zip(panels, metrics, titles, _COLOURS, strict=False):
        panel.sharex(panels[0])
        panel.axvline(0, color=MUTED, lw=0.8, ls=(0, (3, 2)))
        error = evaluation.mapped[metric] - evaluation.table.mos
        _boxes(panel, [values[np.isfinite(values)] for values in (error[group] for group in groups.values())], colour)
        panel.set_title(title, fontsize=7, loc="left", pad=4)
    middle = (panels[0].get_position().x0 + panels[-1].get_position().x1) / 2
    # On the line of the first panel's label, which stands that far below its axis.
    text = f"prediction − {mos_word(evaluation.results)}"
    figure.text(middle, 0.105 / figure.get_size_inches()[1], text, ha="center", va="bottom", fontsize=8)


def _boxes(axes: Any, values: list[NDArray[np.float64]], colour: str) -> None:
    import matplotlib as mpl
    from matplotlib.colors import to_rgba

    lying: dict[str, Any] = {"orientation": "horizontal"} if mpl.__version_info__ >= (3, 10) else {"vert": False}
    dots = {
        "marker": ".",
        "ms": 2,
        "mec": "none",
        "mfc": MUTED,
        "alpha": 0.6,
        "rasterized": sum(map(len, values)) > 5000,
    }
    lines = {"color": colour, "lw": 0.8}
    axes.boxplot(
        values,
        positions=range(len(values)),
        **lying,
        widths=0.6,
        patch_artist=True,
        manage_ticks=False,
        boxprops={"facecolor": to_rgba(colour, 0.3), "edgecolor": colour, "lw": 0.8},
        medianprops={"color": INK, "lw": 1.1},
        whiskerprops=lines,
        capprops=lines,
        flierprops=dots,
    )
    axes.locator_params(axis="x", nbins=5)
    axes.grid(axis="x", color=RULE, lw=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
