"""What contact sheets are made of: pieces with detail, lines of text, cells side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ddsr_bench.files import write_bytes_atomic
from ddsr_bench.video.info import Frame

#: Pixels between cells.
GAP = 8
_INK, _PAPER = (32, 32, 32), 250


def liveliest(frame: Frame, side: int) -> tuple[int, int]:
    """Top left corner of the square with the most detail."""
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    mean = cv2.boxFilter(detail, -1, (side, side), anchor=(0, 0))
    mean = mean[: grey.shape[0] - side + 1, : grey.shape[1] - side + 1]
    top, left = np.unravel_index(int(mean.argmax()), mean.shape)
    return int(top), int(left)


def beside(cells: Sequence[Frame]) -> Frame:
    """Cells in a row, their tops in line, a gap around each: uint8 (highest + 2 gaps, sum of widths and gaps, 3)."""
    height = max(cell.shape[0] for cell in cells) + 2 * GAP
    columns: list[Frame] = []
    for cell in cells:
        column = np.full((height, cell.shape[1] + GAP, 3), _PAPER, np.uint8)
        column[GAP : GAP + cell.shape[0], : cell.shape[1]] = cell
        columns.append(column)
    return np.concatenate(columns, axis=1)


def below(cells: Sequence[Frame]) -> Frame:
    """Cells below one another without a gap, paper to the right of the narrower ones."""
    width = max(cell.shape[1] for cell in cells)
    return np.concatenate([_padded(cell, cell.shape[0], width) for cell in cells])


def grid(cells: Sequence[Frame], columns: int) -> Frame:
    """Cells in rows of ``columns``, each in a place as large as the largest; width and height are even."""
    height, width = (max(cell.shape[axis] for cell in cells) for axis in (0, 1))
    height, width = (side + GAP + (side + GAP) % 2 for side in (height, width))
    rows = -(-len(cells) // columns)
    sheet = np.full((rows * height, min(columns, len(cells)) * width, 3), _PAPER, np.uint8)
    for number, cell in enumerate(cells):
        top, left = number // columns * height, number % columns * width
        sheet[top : top + cell.shape[0], left : left + cell.shape[1]] = cell
    return sheet


def text(lines: Sequence[str], width: int, height: int, bold: bool = False) -> Frame:
    """Lines of text as a picture, uint8 (height, width, 3): the first line bold, small enough to fit, broken at spaces.

    Args:
        lines: the text.
        width, height: of the picture in pixels.
        bold: whether all lines are.
    """
    from PIL import Image, ImageDraw

    size = 14 if bold else 12
    while True:
        fonts = (_font(size, False), _font(size, True))
        shown = [(index == 0, part) for index, line in enumerate(lines) for part in _wrapped(line, fonts[0], width)]
        if len(shown) * (size + 2) <= height or size <= 7:
            break
        size -= 1
    image = Image.new("RGB", (width, height), (_PAPER,) * 3)
    draw = ImageDraw.Draw(image)
    for row, (heading, part) in enumerate(shown):
        draw.text((0, row * (size + 2)), part, font=fonts[bold or heading], fill=_INK)
    return np.asarray(image)


def save(sheet: Frame, path: Path) -> None:
    """Write a picture as PNG under a temporary name, then rename it.

    Raises:
        DdsrError: the file cannot be written.
    """
    _, data = cv2.imencode(".png", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    write_bytes_atomic(path, data.tobytes())


def _padded(cell: Frame, height: int, width: int) -> Frame:
    place = np.full((height, width, 3), _PAPER, np.uint8)
    place[: cell.shape[0], : cell.shape[1]] = cell
    return place


def _wrapped(line: str, font: Any, width: int) -> list[str]:
    """``line`` in pieces that fit, the later ones indented."""
    pieces, current = [], ""
    for word in line.split(" "):
        longer = f"{current} {word}" if current else word
        if current and font.getlength(longer) > width * 0.94:
            pieces.append(current)
            longer = f"    {word}"
        current = longer
    return [*pieces, current]


def _font(size: int, bold: bool) -> Any:
    from matplotlib import font_manager
    from PIL import ImageFont

    weight = "bold" if bold else "normal"
    return ImageFont.truetype(font_manager.findfont(f"DejaVu Sans:weight={weight}"), size)
