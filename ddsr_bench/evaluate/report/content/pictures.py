"""The scatter plots and the boxes per method."""

from __future__ import annotations

import numpy as np

from ddsr_bench.evaluate.records import Evaluation
from ddsr_bench.evaluate.report.document import Gallery, Name, Picture, Section
from ddsr_bench.evaluate.report.figures.names import (
    DENSE,
    MOST_METHODS,
    coloured_methods,
    method_names,
    scatter_stems,
    top_metrics,
)
from ddsr_bench.evaluate.report.numbers import count, percent
from ddsr_bench.evaluate.report.reading import capital, mos_word, ordered


def scatters(evaluation: Evaluation) -> Section:
    """Return the section of scatter plots."""
    results = evaluation.results
    word = mos_word(results)
    stems = scatter_stems(results)
    pictures = tuple(
        Picture(stems[name], f"Scatter plot of {word} against {name}.", (Name(name),)) for name in ordered(results)
    )
    what = f"{capital(word)} against each metric. Line: the fitted mapping{_band(evaluation)}."
    overview = Picture("scatter_overview", f"Scatter plots of {word} against each metric.", (what, *_shown(evaluation)))
    return Section(
        f"{capital(word)} against each metric",
        (Gallery(pictures, overview, coloured_methods(evaluation)),),
    )


def _band(evaluation: Evaluation) -> str:
    drawn = any(np.isfinite(curve.low).any() for curve in evaluation.curves.values())
    return f"; band: {percent(evaluation.results['settings']['confidence'])} of resampled fits" if drawn else ""


def _shown(evaluation: Evaluation) -> tuple[str, ...]:
    videos = len(evaluation.table.mos)
    if videos > DENSE:
        return (f" {count(videos)} videos are drawn as a density: the brighter a cell, the more videos (log scale).",)
    return (" Colours and shapes: methods.",) if coloured_methods(evaluation) else ()


def methods(evaluation: Evaluation) -> Section | None:
    """Return the section of boxes per method, None without a method column."""
    if evaluation.table.methods is None:
        return None
    word = mos_word(evaluation.results)
    top = top_metrics(evaluation)
    text = f"Left: {word} of each method's videos. "
    if top:
        text += f"Right: prediction after mapping minus {word}, for the best metrics; "
        text += "right of 0 the metric flatters the method. "
    many = len(method_names(evaluation))
    if many > MOST_METHODS:
        text += f"Of {many} methods the {MOST_METHODS} with most videos are drawn. "
    text += "Box: quartiles; whiskers: 1.5 interquartile ranges; dots: beyond."
    picture = Picture("methods", f"Box plots of {word} and of prediction errors per method.", (text,))
    return Section("Methods", (picture,))
