"""One look for all figures, and how one becomes bytes.

Colours are Okabe and Ito's (2008) with grey for black and yellow, which vanish on one of the page's two backgrounds;
markers differ as well, so no figure relies on colour. Text is 8 pt at the column widths of a two-column paper.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

COLUMN, PAGE = 3.5, 7.16
BLUE, VERMILION, GREEN, PURPLE, SKY, ORANGE = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"
GREY = "#858585"
PALETTE = (BLUE, VERMILION, GREEN, PURPLE, SKY, ORANGE, GREY)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "*", "h")
# Matplotlib's markers of one size differ in area; these factors make them look alike.
MARKER_SIZES = (1.0, 0.9, 1.05, 0.85, 1.05, 1.15, 1.1, 1.05, 1.05, 1.2, 1.55, 1.15)
# The page replaces these four by its own variables, so that inlined figures follow its light and dark look.
INK, MUTED, RULE, PAPER = "#1b1f24", "#667080", "#d9dde3", "#ffffff"
CHARACTER = 0.068
_LOCK = threading.RLock()
_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "ddsr-bench",
    # Names of metrics and methods may hold dollar signs.
    "text.parse_math": False,
    "path.simplify": True,
}


@dataclass(frozen=True)
class Drawn:
    """A figure as bytes; ``svg`` only where the page shows it."""

    stem: str
    pdf: bytes
    png: bytes
    svg: str | None = None


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the house style; matplotlib's settings, which all threads share, are restored behind it."""
    import matplotlib as mpl

    with _LOCK, warnings.catch_warnings(), mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        # Names may hold characters that the font lacks; an empty box is drawn for each.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        yield


def new_figure(width: float, height: float) -> Any:
    """Return an empty figure of inches, without the state that pyplot shares."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def margins(figure: Any, left: float, right: float, top: float, bottom: float, **gaps: float) -> None:
    """Set a figure's margins in inches."""
    width, height = figure.get_size_inches()
    figure.subplots_adjust(
        left=left / width, right=1 - right / width, top=1 - top / height, bottom=bottom / height, **gaps
    )


def render(figure: Any, stem: str, page_figure: Any = None) -> Drawn:
    """Return a figure as PDF and PNG (200 dpi), and ``page_figure`` as SVG; equal figures give equal bytes."""
    pdf = _saved(figure, "pdf", dpi=300, metadata={"CreationDate": None})
    png = _saved(figure, "png", dpi=200, metadata={"Software": None})
    return Drawn(stem, pdf, png, None if page_figure is None else svg_text(page_figure))


def svg_text(figure: Any) -> str:
    """Return a figure as SVG."""
    return _saved(figure, "svg", dpi=200, metadata={"Date": None, "Creator": None}).decode("utf-8")


def note(axes: Any, text: str) -> None:
    """Say in empty axes why there is nothing to draw."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.text(0.5, 0.5, text, ha="center", va="center", color=MUTED, transform=axes.transAxes, wrap=True)


def _saved(figure: Any, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, **options)
    return buffer.getvalue()
