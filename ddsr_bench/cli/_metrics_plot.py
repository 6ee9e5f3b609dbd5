"""The figure of ``metrics run --plot``: every metric's values over a clip's frames, a line per clip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ddsr_bench.evaluate.report.figures.style import (
    PAGE,
    PALETTE,
    Drawn,
    house_style,
    margins,
    new_figure,
    render,
)
from ddsr_bench.quality.batch import BatchScores
from ddsr_bench.quality.catalogue import is_feature_set
from ddsr_bench.quality.metric import Floats, Metric
from ddsr_bench.quality.pooling import score_columns

_PANELS, _LINES = 12, 7
_PANEL_HEIGHT, _LEGEND_LINE = 1.35, 0.16
_STYLES = ("-", "--")

Curve = tuple[str, Sequence[int], Floats]


def curves(batch: BatchScores, metrics: Sequence[Metric]) -> Drawn | None:
    """Draw the first clips' values, a panel for each score; None where no metric has values of frames."""
    scored = [clip for clip, found in batch.clips.items() if found.values]
    shown = scored[: 2 * _LINES]
    panels = [panel for metric in metrics for panel in _panels(batch, shown, metric)][:_PANELS]
    if not panels:
        return None
    below = 0.45 + _LEGEND_LINE * ((len(shown) + 2) // 3 + (len(scored) > len(shown)))
    with house_style():
        figure = new_figure(PAGE, 0.3 + _PANEL_HEIGHT * len(panels) + below)
        axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
        for axis, (title, lines) in zip(axes, panels, strict=True):
            _draw(axis, title, lines, shown)
        axes[-1].set_xlabel("frame")
        margins(figure, 0.7, 0.15, 0.25, below, hspace=0.35)
        _legend(figure, axes, shown, len(scored))
        return render(figure, "curves")


def _panels(batch: BatchScores, shown: Sequence[str], metric: Metric) -> list[tuple[str, list[Curve]]]:
    if is_feature_set(metric) or metric.pooling == "last":
        return []
    way = {True: " (higher is better)", False: " (lower is better)", None: ""}[metric.higher_is_better]
    panels = []
    for index, name in enumerate(score_columns(metric)):
        stored = {clip: batch.clips[clip].values.get(metric.name) for clip in shown}
        lines = [(clip, one.frames, one.values[:, index]) for clip, one in stored.items() if one is not None]
        if lines:
            panels.append((name + ("" if metric.columns else way), lines))
    return panels


def _draw(axis: Any, title: str, lines: Sequence[Curve], shown: Sequence[str]) -> None:
    axis.set_title(title, loc="left")
    for clip, frames, values in lines:
        index = shown.index(clip)
        # A single value has no line to be seen.
        marker = "o" if len(frames) == 1 else ""
        style = {"color": PALETTE[index % _LINES], "linestyle": _STYLES[index // _LINES]}
        axis.plot(frames, values, linewidth=1, marker=marker, markersize=3, label=clip, **style)


def _legend(figure: Any, axes: Any, shown: Sequence[str], total: int) -> None:
    found: dict[str, Any] = {}
    for axis in axes:
        handles, labels = axis.get_legend_handles_labels()
        found.update(zip(labels, handles, strict=True))
    names = [clip for clip in shown if clip in found]
    labels = [clip if len(clip) <= 36 else f"...{clip[-33:]}" for clip in names]
    title = f"the first {len(shown)} of {total} scored videos" if total > len(shown) else None
    figure.legend([found[clip] for clip in names], labels, loc="lower center", ncols=3, frameon=False, title=title)
