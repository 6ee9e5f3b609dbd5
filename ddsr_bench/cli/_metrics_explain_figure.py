"""The figure of ``metrics explain``: the curve, the worst and the best frame, and where in them quality is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ddsr_bench.evaluate.report.figures.style import (
    BLUE,
    GREY,
    INK,
    PAGE,
    VERMILION,
    Drawn,
    house_style,
    new_figure,
    render,
)
from ddsr_bench.quality.explain import Explanation, Moment, frame_at
from ddsr_bench.quality.rw_vsr_qa.places import Places, quality_map
from ddsr_bench.quality.rw_vsr_qa.scorer import Bytes

#: Patches of each kind, those that lower the score most and those that raise it most, outlined and shown enlarged.
SHOWN = 3
_LEFT, _TOP, _CURVE, _BELOW_CURVE, _TITLE, _GAP, _BAR = 0.55, 0.35, 1.3, 0.45, 0.22, 0.08, 0.1
_WIDEST, _PLAIN_WIDEST, _HIGHEST = 3.2, 3.46, 2.75
_CROP, _CROP_TITLE = 0.85, 0.32
_SIDES = 900  # samples of a frame in the figure, at most
_ALPHA = 0.6


@dataclass(frozen=True)
class Row:
    """A frame that is shown, with the height of its row's top in inches from the figure's top."""

    name: str
    moment: Moment
    colour: str
    picture: Bytes
    left: float
    top: float
    width: float

    @property
    def height(self) -> float:
        """Of the picture, in inches."""
        return float(self.width * self.picture.shape[0] / self.picture.shape[1])

    @property
    def bottom(self) -> float:
        """Of the row, with the enlarged patches if there are any."""
        return self.top + self.height + (0 if self.moment.places is None else _CROP_TITLE + _CROP)


def draw(explanation: Explanation) -> Drawn:
    """Draw an explanation; reads its two frames from the clip.

    Raises:
        DdsrError: the clip cannot be read any more.
    """
    rows = _rows(explanation)
    with house_style():
        figure = new_figure(PAGE, max(row.bottom for row in rows) + _GAP)
        _curve(_panel(figure, _LEFT, _TOP, PAGE - _LEFT - 0.15, _CURVE), explanation, rows)
        maps = [quality_map(row.moment.places, *row.picture.shape[:2]) for row in rows if row.moment.places is not None]
        for k, row in enumerate(rows):
            axis = _panel(figure, row.left, row.top, row.width, row.height)
            _picture(axis, row)
            if row.moment.places is not None:
                _places(figure, axis, row, row.moment.places, maps[k], _range(maps))
        return render(figure, "explain")


def _rows(explanation: Explanation) -> list[Row]:
    """The worst frame and, unless it is the same, the best: below it with maps, beside it without."""
    shown = [("worst", explanation.worst, VERMILION), ("best", explanation.best, BLUE)]
    mapped = explanation.worst.places is not None
    rows: list[Row] = []
    for name, moment, colour in shown[: 1 + (explanation.worst.frame != explanation.best.frame)]:
        picture = frame_at(explanation.path, moment.frame)
        height, width = picture.shape[:2]
        wide = min(_WIDEST if mapped else _PLAIN_WIDEST, _HIGHEST * width / height)
        left, top = _GAP, _TOP + _CURVE + _BELOW_CURVE + _TITLE
        if rows and mapped:
            top = rows[0].bottom + _TITLE + 2 * _GAP
        elif rows:
            left = rows[0].left + wide + _GAP
        rows.append(Row(name, moment, colour, picture, left, top, wide))
    return rows


def _panel(figure: Any, left: float, top: float, width: float, height: float) -> Any:
    """Axes at a place in inches, from the figure's top left corner."""
    whole, high = figure.get_size_inches()
    return figure.add_axes((left / whole, 1 - (top + height) / high, width / whole, height / high))


def _curve(axis: Any, explanation: Explanation, rows: list[Row]) -> None:
    metric = explanation.metric
    way = "higher" if metric.higher_is_better else "lower"
    axis.set_title(f"{_elided(explanation.path.name)}: {metric.name} {explanation.score:.4g}", loc="left")
    marker = "o" if len(explanation.frames) == 1 else ""
    axis.plot(explanation.frames, explanation.values, color=GREY, linewidth=1, marker=marker, markersize=3)
    for row in rows:
        axis.plot([row.moment.frame], [row.moment.value], "o", color=row.colour, markersize=5, label=row.name, zorder=3)
    axis.axhline(explanation.score, color=INK, linewidth=0.6, linestyle=":", label="the clip's score")
    axis.set_xlabel("frame", labelpad=1)
    axis.set_ylabel(f"{way} is better")
    axis.ticklabel_format(useOffset=False)
    axis.margins(y=0.15)
    axis.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, frameon=False, borderaxespad=0)


def _elided(name: str) -> str:
    return name if len(name) <= 40 else f"...{name[-37:]}"


def _range(maps: list[Any]) -> tuple[float, float]:
    """One range of colours for both maps, so that they can be compared."""
    low, high = min(float(one.min()) for one in maps), max(float(one.max()) for one in maps)
    return low, high if high > low else low + 1e-6


def _picture(axis: Any, row: Row) -> None:
    axis.imshow(_smaller(row.picture), extent=_extent(row), aspect="auto", interpolation="antialiased")
    axis.set_title(f"{row.name} frame, {row.moment.frame}: {row.moment.value:.4g}", loc="left", color=row.colour, pad=3)
    _bare(axis)


def _places(figure: Any, axis: Any, row: Row, places: Places, local: Any, extent: tuple[float, float]) -> None:
    left = row.left + row.width + _GAP
    over = _panel(figure, left, row.top, row.width, row.height)
    drawn = _overlay(over, row, local, extent)
    left += row.width + _GAP
    bar = figure.colorbar(drawn, cax=_panel(figure, left, row.top, _BAR, row.height))
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=6, pad=1)
    bar.ax.ticklabel_format(useOffset=False)
    order = [int(k) for k in np.argsort(places.pulls, kind="stable")]
    kinds = (("lower the score most", order[:SHOWN], VERMILION), ("raise it most", order[::-1][:SHOWN], BLUE))
    for half, (name, chosen, colour) in enumerate(kinds):
        _outline(axis, places, chosen, colour)
        _crops(figure, _GAP + half * (_WIDEST + _GAP), row, places, chosen, f"{name}:", colour)


def _overlay(axis: Any, row: Row, local: Any, extent: tuple[float, float]) -> Any:
    grey = _smaller(row.picture).mean(axis=2)
    axis.imshow(grey, cmap="gray", vmin=0, vmax=255, extent=_extent(row), aspect="auto")
    drawn = axis.imshow(
        _smaller(local), cmap="RdYlBu", vmin=extent[0], vmax=extent[1], alpha=_ALPHA, extent=_extent(row), aspect="auto"
    )
    axis.set_title("local quality, on the scale of the score", loc="left", pad=3)
    _bare(axis)
    return drawn


def _extent(row: Row) -> tuple[float, float, float, float]:
    height, width = row.picture.shape[:2]
    return (0, width, height, 0)


def _outline(axis: Any, places: Places, chosen: list[int], colour: str) -> None:
    from matplotlib.patches import Rectangle

    for rank, k in enumerate(chosen):
        box = places.boxes[k]
        corner = (box.left, box.top)
        axis.add_patch(Rectangle(corner, box.side, box.side, fill=False, edgecolor="white", linewidth=2))
        axis.add_patch(Rectangle(corner, box.side, box.side, fill=False, edgecolor=colour, linewidth=1))
        where = (box.left + 3, box.top + 3)
        axis.annotate(
            str(rank + 1), where, color="white", fontsize=6, va="top", ha="left",
            bbox={"facecolor": colour, "edgecolor": "none", "pad": 1},
        )  # fmt: skip


def _crops(figure: Any, left: float, row: Row, places: Places, chosen: list[int], title: str, colour: str) -> None:
    """Patches enlarged, with their quality, below the pictures."""
    top = row.top + row.height + _CROP_TITLE
    for rank, k in enumerate(chosen):
        box = places.boxes[k]
        axis = _panel(figure, left + rank * (_CROP + _GAP), top, _CROP, _CROP)
        axis.imshow(row.picture[box.top : box.top + box.side, box.left : box.left + box.side], interpolation="nearest")
        axis.set_title(f"{rank + 1}: {places.qualities[k]:.2f}", loc="left", fontsize=6, color=colour, pad=2)
        if not rank:
            axis.annotate(title, (0, 1), (0, 10), "axes fraction", "offset points", fontsize=7, color=colour)
        _bare(axis)


def _smaller(picture: Any) -> Any:
    """A picture of no more samples than the figure shows, so that a PDF of a large frame stays small."""
    import cv2

    factor = _SIDES / max(picture.shape[:2])
    if factor >= 1:
        return picture
    return cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def _bare(axis: Any) -> None:
    axis.set_xticks([])
    axis.set_yticks([])
    for side in axis.spines.values():
        side.set_visible(False)
