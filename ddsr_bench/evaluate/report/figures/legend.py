"""The legend of methods as tiny pictures that flow with the page."""

from __future__ import annotations

from typing import Any

from ddsr_bench.evaluate.report.figures.style import MARKERS, PALETTE


def legend_icons(methods: tuple[str, ...]) -> list[str]:
    """Return an SVG of each method's marker, in the order and look of the scatter plots."""
    return [_icon(MARKERS[place % len(MARKERS)], PALETTE[place % len(PALETTE)]) for place in range(len(methods))]


def _icon(marker: str, colour: str) -> str:
    from matplotlib.markers import MarkerStyle

    style = MarkerStyle(marker)
    outlines: Any = style.get_path().transformed(style.get_transform()).to_polygons(closed_only=False)
    path = "".join("M" + "L".join(f"{6 + 9 * x:.2f} {6 - 9 * y:.2f}" for x, y in outline) + "Z" for outline in outlines)
    return f'<svg class="marker" viewBox="0 0 12 12" aria-hidden="true"><path fill="{colour}" d="{path}"/></svg>'
