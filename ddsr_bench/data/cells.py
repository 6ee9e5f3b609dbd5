"""What contact sheets are made of: pieces with detail, lines of text, cells side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ddsr_bench.video.info import Frame

GAP = 8
INK, PAPER = (32, 32, 32), 250


def liveliest(frame: Frame, side: int) -> tuple[int, int]:
    """Top left corner of the square with the most detail."""
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    mean = cv2.boxFilter(detail, -1, (side, side), anchor=(0, 0))
    mean = mean[: grey.shape[0] - side + 1, : grey.shape[1] - side + 1]
    top, left = np.unravel_index(int(mean.argmax()), mean.shape)
    return int(top), int(left)


def beside(cells: Sequence[Frame]) -> Frame:
    height = max(cell.shape[0] for cell in cells) + 2 * GAP
    columns: list[Frame] = []
    for cell in cells:
        column = np.full((height, cell.shape[1] + GAP, 3), PAPER, np.uint8)
        column[GAP : GAP + cell.shape[0], : cell.shape[1]] = cell
        columns.append(column)
    return np.concatenate(columns, axis=1)


def text(lines: Sequence[str], width: int, height: int, bold: bool = False) -> Frame:
    from PIL import Image, ImageDraw

    size = 14 if bold else 12
    while True:
        fonts = (_font(size, False), _font(size, True))
        shown = [(index == 0, part) for index, line in enumerate(lines) for part in _wrapped(line, fonts[0], width)]
        if len(shown) * (size + 2) <= height or size <= 7:
            break
        size -= 1
    image = Image.new("RGB", (width, height), (PAPER,) * 3)
    draw = ImageDraw.Draw(image)
    for row, (heading, part) in enumerate(shown):
        draw.text((0, row * (size + 2)), part, font=fonts[bold or heading], fill=INK)
    return np.asarray(image)


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
