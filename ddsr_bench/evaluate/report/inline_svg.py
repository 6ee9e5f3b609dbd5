"""Matplotlib's SVG made fit to stand inside a page: its own names, the page's colours and font."""

from __future__ import annotations

import re

from ddsr_bench.evaluate.report.figures.style import INK, MUTED, PAPER, RULE

_VARIABLES = {INK: "--ink", MUTED: "--muted", RULE: "--rule", PAPER: "--paper"}
_SIZE = re.compile(r'<svg [^>]*?viewBox="([^"]+)"[^>]*>')


def inline_svg(svg: str, name: str, alt: str, free: bool = False) -> str:
    """Return the ``<svg>`` element of a file.

    Args:
        svg: the file's text.
        name: put before every id, because a page holds many figures and ids must differ.
        alt: what the picture shows, escaped already.
        free: fills whatever place it gets; else it stays near its own size, so that its words stay legible.
    """
    body = svg[svg.index("<svg ") :]
    body = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{name}-", body)
    for colour, variable in _VARIABLES.items():
        body = body.replace(colour, f"var({variable})")
    body = body.replace("'DejaVu Sans'", "var(--font)")
    found = _SIZE.search(body)
    if found is None:
        raise ValueError(f"{name}: no viewBox in the figure")
    head = f'<svg xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{found.group(1)}"'
    style = "" if free else f' style="{_bounds(float(found.group(1).split()[2]))}"'
    return f'{head} role="img" aria-label="{alt}"{style}>{body[found.end() :]}'.strip()


def _bounds(points: float) -> str:
    """Widths between which 8 pt text stays between 10 and 13 px."""
    return f"min-width:{0.95 * points * 4 / 3:.0f}px;max-width:{1.2 * points * 4 / 3:.0f}px"
