"""MOS against a metric's values, with the fitted mapping and its band."""

from __future__ import annotations

import math
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.evaluate.records import Evaluation
from ddsr_bench.evaluate.report.content.findings import value_with_interval
from ddsr_bench.evaluate.report.figures.names import DENSE, coloured_methods, elided, scatter_stems, short_names
from ddsr_bench.evaluate.report.figures.style import (
    COLUMN,
    INK,
    MARKER_SIZES,
    MARKERS,
    PAGE,
    PALETTE,
    Drawn,
    margins,
    new_figure,
    note,
    render,
)
from ddsr_bench.evaluate.report.reading import mos_axis, number, ordered, simulated, view

_RASTER, _MOST_PANELS, _ACROSS = 2000, 24, 4


def scatter(evaluation: Evaluation, metric: str) -> Drawn:
    """Return the scatter plot of one metric; the page's copy has no legend, for the page shows one for all."""
    stem = scatter_stems(evaluation.results)[metric]
    return render(_single(evaluation, metric, True), stem, _single(evaluation, metric, False))


def overview(evaluation: Evaluation) -> Drawn:
    """Return small scatter plots of the best metrics (24 at most) on one page."""
    names = ordered(evaluation.results)[:_MOST_PANELS]
    down = math.ceil(len(names) / _ACROSS)
    methods = coloured_methods(evaluation)
    foot = 0.35 + _legend_height(methods, PAGE)
    figure = new_figure(PAGE, 1.6 * down + 0.25 + foot)
    panels = figure.subplots(down, _ACROSS, squeeze=False).ravel()
    for panel, name, title in zip(panels, names, short_names(names, 24), strict=False):
        _draw(panel, evaluation, name, size=1.9, raster=True)
        panel.set_title(title, fontsize=7, loc="left", pad=3)
        panel.tick_params(labelsize=6)
    for panel in panels[len(names) :]:
        panel.set_visible(False)
    figure.supylabel(mos_axis(evaluation.results), fontsize=8, x=0.01)
    _legend(figure, methods, PAGE)
    margins(figure, 0.5, 0.1, 0.25, foot, wspace=0.28, hspace=0.42)
    return render(figure, "scatter_overview")


def _single(evaluation: Evaluation, metric: str, legend: bool) -> Any:
    methods = coloured_methods(evaluation) if legend else ()
    foot = 0.4 + _legend_height(methods, COLUMN)
    figure = new_figure(COLUMN, 2.1 + 0.22 + foot)
    axes = figure.subplots()
    crowded = not legend and len(evaluation.table.mos) * len(evaluation.results["metrics"]) > 2 * _RASTER
    _draw(axes, evaluation, metric, size=2.9, raster=crowded)
    lower = "" if evaluation.results["metrics"][metric]["higher_is_better"] else " (lower is better)"
    axes.set_xlabel(elided(metric, 44 - len(lower)) + lower)
    axes.set_ylabel(mos_axis(evaluation.results))
    axes.set_title(_title(evaluation, metric), fontsize=7, loc="left", pad=5)
    _legend(figure, methods, COLUMN)
    margins(figure, 0.5, 0.1, 0.22, foot)
    return figure


def _title(evaluation: Evaluation, metric: str) -> str:
    results = evaluation.results
    if number(view(results, metric, "pooled"), "srocc") is None:
        return "SROCC undefined"
    return f"SROCC{' (simulated)' if simulated(results) else ''} {value_with_interval(results, metric, 'pooled')}"


def _draw(axes: Any, evaluation: Evaluation, metric: str, size: float, raster: bool) -> None:
    x, y = evaluation.predictions.get(metric), evaluation.table.mos
    known = np.zeros(len(y), bool) if x is None else np.isfinite(x)
    if x is None or not known.any():
        note(axes, "no predictions")
        return
    if len(y) > DENSE:
        _density(axes, x[known], y[known])
    else:
        _points(axes, evaluation, x, known, size, raster or int(known.sum()) > _RASTER)
    _curve(axes, evaluation, metric)


def _points(
    axes: Any, evaluation: Evaluation, x: NDArray[np.float64], known: NDArray[np.bool_], size: float, raster: bool
) -> None:
    y, methods = evaluation.table.mos, coloured_methods(evaluation)
    alpha = 0.75 if known.sum() <= 300 else 0.45
    labels = np.asarray(evaluation.table.methods) if methods else None
    groups = [known & (labels == name) for name in methods] if labels is not None else [known]
    for group, colour, marker, factor in zip(groups, cycle(PALETTE), MARKERS, MARKER_SIZES, strict=False):
        style = {"marker": marker, "ms": size * factor, "color": colour, "alpha": alpha}
        axes.plot(x[group], y[group], ls="", mew=0, rasterized=raster, **style)


def _density(axes: Any, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    shades = ListedColormap(colormaps["plasma"](np.linspace(0.1, 0.88, 64)))
    axes.hexbin(x, y, gridsize=(44, 30), mincnt=1, bins="log", cmap=shades, linewidths=0.1, rasterized=True)


def _curve(axes: Any, evaluation: Evaluation, metric: str) -> None:
    curve = evaluation.curves.get(metric)
    if curve is None or not np.isfinite(curve.y).any():
        axes.text(0.03, 0.03, "no mapping", color=INK, fontsize=7, transform=axes.transAxes)
        return
    limits = axes.get_ylim()
    axes.fill_between(curve.x, curve.low, curve.high, color=INK, alpha=0.22, lw=0)
    axes.plot(curve.x, curve.y, color=INK, lw=1.2)
    axes.set_ylim(limits)


def _legend_columns(methods: tuple[str, ...], width: float) -> int:
    longest = min(24, max(len(name) for name in methods))
    return max(1, min(len(methods), int((width - 0.2) / (0.35 + 0.062 * longest))))


def _legend_height(methods: tuple[str, ...], width: float) -> float:
    return 0.16 * math.ceil(len(methods) / _legend_columns(methods, width)) + 0.08 if methods else 0.0


def _legend(figure: Any, methods: tuple[str, ...], width: float) -> None:
    from matplotlib.lines import Line2D

    if not methods:
        return
    handles = [
        Line2D([], [], ls="", ms=4 * MARKER_SIZES[place], mew=0, marker=MARKERS[place], color=colour, label=name)
        for place, (name, colour) in enumerate(zip(short_names(methods, 24), cycle(PALETTE), strict=False))
    ]
    style = {"frameon": False, "handletextpad": 0.1, "columnspacing": 1.0, "labelspacing": 0.35, "borderaxespad": 0.2}
    figure.legend(handles=handles, loc="lower center", ncols=_legend_columns(methods, width), **style)
