"""Signs, notices and boards with real text in sizes from headlines down to a few pixels.

Letters are set in the DejaVu fonts that matplotlib carries, drawn by Pillow, which matplotlib depends on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ddsr_bench.data.scenes.colour import to_linear
from ddsr_bench.data.scenes.noise import fractal
from ddsr_bench.data.scenes.scene import Array
from ddsr_bench.errors import DdsrError

Colour = tuple[int, int, int]
_PLAIN = ImageFont.Layout.BASIC  # the same on every machine, whether Pillow came with Raqm or not
_FACES = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
    "DejaVuSansMono",
    "DejaVuSans-Oblique",
)
# Paint of the board, of the letters, of the accent.
_PAINTS: tuple[tuple[Colour, Colour, Colour], ...] = (
    ((238, 236, 226), (24, 24, 28), (178, 30, 34)),
    ((18, 70, 140), (244, 246, 248), (250, 206, 40)),
    ((20, 96, 58), (246, 246, 240), (240, 220, 120)),
    ((246, 202, 30), (20, 20, 20), (190, 20, 20)),
    ((28, 28, 32), (250, 190, 60), (240, 240, 240)),
    ((168, 26, 30), (250, 246, 236), (250, 214, 70)),
    ((222, 208, 178), (70, 42, 26), (30, 84, 92)),
    ((250, 250, 250), (20, 60, 130), (220, 90, 20)),
)
_NOUNS = (
    "MARKET STATION HARBOUR LIBRARY MUSEUM BAKERY GARDEN BRIDGE THEATRE SCHOOL PLATFORM CASTLE RIVER TOWER "
    "CINEMA GALLERY ORCHARD CHAPEL FERRY WORKSHOP"
)
_WORDS = (
    "the evening train leaves from track and every visitor may keep the small paper ticket until closing time "
    "please mind wet steps near old stone wall while lamps are dim because water rises after rain in early spring "
    "children under seven travel free with adults on weekdays except holidays open daily new season begins again"
)


@dataclass(frozen=True)
class Pen:
    """What a sign is drawn with: the canvas, its size, a source of choices, paints, texels to a 640-wide pixel."""

    draw: ImageDraw.ImageDraw
    width: int
    height: int
    rng: np.random.Generator
    paints: tuple[Colour, Colour, Colour]
    unit: float

    def face(self, size: float, name: str | None = None) -> ImageFont.FreeTypeFont:
        """Return a font of ``size`` texels, at random where not named."""
        chosen = name or _FACES[int(self.rng.integers(len(_FACES)))]
        return ImageFont.truetype(str(_font_folder() / f"{chosen}.ttf"), max(4, round(size)), layout_engine=_PLAIN)

    def fitted(self, text: str, width: float, height: float, name: str | None = None) -> ImageFont.FreeTypeFont:
        """Return the font in which ``text`` fills the box without leaving it."""
        trial = self.face(100, name)
        left, top, right, bottom = trial.getbbox(text)
        return trial.font_variant(size=max(4, int(100 * min(width / (right - left), height / (bottom - top)))))

    def words(self, count: int) -> str:
        """Return ``count`` words in sentence case."""
        return " ".join(self.rng.choice(_WORDS.split(), count)).capitalize()


def sign_names() -> list[str]:
    """Return the names that :func:`draw_sign` takes."""
    return list(_SIGNS)


def draw_sign(name: str, rng: np.random.Generator, width: int, height: int, unit: float) -> Array:
    """Return ``float32 (height, width, 3)`` linear light in [0, 1]: a painted, slightly weathered sign.

    Args:
        name: one of :func:`sign_names`.
        rng: source of the draw.
        width: columns.
        height: rows.
        unit: texels to a pixel of a 640-wide frame; small print is sized by it.

    Raises:
        DdsrError: matplotlib, which carries the fonts, is not installed.
    """
    paints = _PAINTS[int(rng.integers(len(_PAINTS)))]
    canvas = Image.new("RGB", (width, height), paints[0])
    _SIGNS[name](Pen(ImageDraw.Draw(canvas), width, height, rng, paints, unit))
    wear = fractal(rng, height, width, slope=1.2, smallest=2.0)
    light = np.clip(1 + np.float32(0.05) * wear, 0.7, 1.15)[..., None]
    return np.asarray(np.clip(to_linear(np.asarray(canvas, np.float32) / 255) * light * np.float32(0.92), 0, 1))


def _headline(pen: Pen) -> None:
    """One or two large words in a frame, a small line beneath."""
    edge = round(0.06 * pen.height)
    box = (edge, edge, pen.width - edge, pen.height - edge)
    pen.draw.rounded_rectangle(box, radius=2 * edge, outline=pen.paints[1], width=max(2, edge // 2))
    words = " ".join(pen.rng.choice(_NOUNS.split(), 1 + (pen.width > 3.2 * pen.height), replace=False))
    font = pen.fitted(words, 0.84 * pen.width, 0.5 * pen.height)
    pen.draw.text((pen.width / 2, 0.42 * pen.height), words, pen.paints[1], font, anchor="mm")
    line = f"since {pen.rng.integers(1840, 2020)}  -  {pen.words(4).lower()}"
    small = pen.fitted(line, 0.8 * pen.width, 0.12 * pen.height)
    pen.draw.text((pen.width / 2, 0.82 * pen.height), line, pen.paints[2], small, anchor="mm")


def _notice(pen: Pen) -> None:
    """A title over paragraphs whose print shrinks from line to line."""
    margin = 0.06 * pen.width
    title = f"{pen.rng.choice(_NOUNS.split())} NOTICE"
    font = pen.fitted(title, 0.88 * pen.width, 0.14 * pen.height, "DejaVuSans-Bold")
    pen.draw.text((margin, 0.04 * pen.height), title, pen.paints[2], font)
    name = _FACES[int(pen.rng.integers(len(_FACES)))]
    y, size = 0.23 * pen.height, 11 * pen.unit
    while y + size < 0.97 * pen.height:
        body = pen.face(size, name)
        pen.draw.text((margin, y), _line_of(pen, body, pen.width - 2 * margin), pen.paints[1], body)
        y, size = y + 1.35 * size, max(5 * pen.unit, 0.93 * size)


def _line_of(pen: Pen, font: ImageFont.FreeTypeFont, width: float) -> str:
    """As many words as fit in ``width`` texels."""
    words = pen.words(30).split()
    while len(words) > 1 and font.getlength(" ".join(words)) > width:
        words.pop()
    return " ".join(words)


def _timetable(pen: Pen) -> None:
    """Rows of times, places and numbers in a typewriter face, ruled."""
    rows = max(4, round(pen.height / (13 * pen.unit)))
    pitch = pen.height / (rows + 0.5)
    places = pen.rng.choice(_NOUNS.split(), rows)
    for row in range(rows):
        hour, minute, track = (int(pen.rng.integers(n)) for n in (24, 60, 20))
        line = f"{hour:02d}:{minute:02d}  {places[row]:<9s} {track + 1:>2d}"
        font = pen.fitted("00:00  MMMMMMMMM 00", 0.92 * pen.width, 0.62 * pitch, "DejaVuSansMono")
        ink = pen.paints[2] if row == 0 else pen.paints[1]
        y = (row + 0.75) * pitch
        pen.draw.text((0.04 * pen.width, y), line, ink, font, anchor="lm")
        pen.draw.line((0.03 * pen.width, y + pitch / 2, 0.97 * pen.width, y + pitch / 2), ink, 1)


def _chart(pen: Pen) -> None:
    """An optician's chart: letters in rows, each row smaller than the last."""
    y, size = 0.05 * pen.height, 0.24 * pen.height
    name = _FACES[int(pen.rng.integers(4))]
    count = 1
    while y + size < 0.97 * pen.height and size > 4 * pen.unit:
        letters = " ".join(pen.rng.choice(list("CDEFHKLNOPRSTVZ25689"), count))
        font = pen.fitted(letters, 0.9 * pen.width, 0.95 * size, name)
        pen.draw.text((pen.width / 2, y + size / 2), letters, pen.paints[1], font, anchor="mm")
        y, size, count = y + 1.18 * size, 0.78 * size, count + 1


def _pointer(pen: Pen) -> None:
    """A place, an arrow and a distance."""
    half, right = pen.height / 2, bool(pen.rng.integers(2))
    tip, tail = (0.96, 0.8) if right else (0.04, 0.2)
    shaft = [(tail * pen.width, half), (tip * pen.width, half)]
    pen.draw.line(shaft, pen.paints[2], max(2, round(0.12 * pen.height)))
    back = tip - 0.08 if right else tip + 0.08
    head = [
        (tip * pen.width, half),
        (back * pen.width, 0.18 * pen.height),
        (back * pen.width, 0.82 * pen.height),
    ]
    pen.draw.polygon(head, pen.paints[2])
    text = f"{pen.rng.choice(_NOUNS.split()).capitalize()}  {pen.rng.integers(2, 99) / 10:.1f} km"
    font = pen.fitted(text, 0.7 * pen.width, 0.6 * pen.height, "DejaVuSans-Bold")
    x = 0.04 if right else 0.24
    pen.draw.text((x * pen.width, half), text, pen.paints[1], font, anchor="lm")


_SIGNS: dict[str, Callable[[Pen], None]] = {
    "chart": _chart,
    "headline": _headline,
    "notice": _notice,
    "pointer": _pointer,
    "timetable": _timetable,
}


def _font_folder() -> Path:
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise DdsrError("matplotlib: not installed, and the kind 'text' takes its fonts from it; install it")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
