"""The contact sheet: for each clip HR, LR, a piece of both at full size, and the recipe in words."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ddsr_bench import video
from ddsr_bench.data.generate import Item
from ddsr_bench.data.layout import clip_file
from ddsr_bench.degrade.describe import describe
from ddsr_bench.degrade.stage import Frame

_CELL, _CROP, _TEXT, _GAP = 400, 220, 520, 8
_INK, _PAPER = (32, 32, 32), 250


def contact_sheet(items: Sequence[Item], path: Path, most: int = 24) -> int:
    """Write a PNG with a row for each of the first ``most`` items; returns how many rows it has.

    A row shows the middle frame: HR, LR enlarged without smoothing, the liveliest piece of each (LR enlarged to the
    same size), and the parameters.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", video.UntaggedColourWarning)
        rows = [_row(item) for item in items[:most]]
    if not rows:
        return 0
    sheet = np.concatenate([_header(), *rows])
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part.png")
    try:
        cv2.imwrite(str(temporary), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return len(rows)


def _row(item: Item) -> Frame:
    hr, lr = _middle(item)
    scale, (height, width) = item.recipe.scale, hr.shape[:2]
    shown = max(24, round(_CELL * height / width))
    side = max(4, min(_CROP // scale, *lr.shape[:2]))
    top, left = _liveliest(cv2.resize(hr, lr.shape[1::-1], interpolation=cv2.INTER_AREA), side)
    lr_piece = lr[top : top + side, left : left + side]
    hr_piece = hr[top * scale : (top + side) * scale, left * scale : (left + side) * scale]
    cells = [
        cv2.resize(hr, (_CELL, shown), interpolation=cv2.INTER_AREA),
        cv2.resize(lr, (_CELL, shown), interpolation=cv2.INTER_NEAREST),
        cv2.resize(hr_piece, (_CROP, _CROP), interpolation=cv2.INTER_NEAREST),
        cv2.resize(lr_piece, (_CROP, _CROP), interpolation=cv2.INTER_NEAREST),
        _words(item, max(shown, _CROP)),
    ]
    return _beside(cells)


def _middle(item: Item) -> tuple[Frame, Frame]:
    middle = item.recipe.clip.frames // 2
    first = item.start + middle
    hr = next(video.read_frames(item.source, first, first + 1))
    lr = next(video.read_frames(item.root / clip_file("lr", item.id, item.file_format), middle, middle + 1))
    return hr[: item.recipe.clip.height, : item.recipe.clip.width], lr


def _liveliest(frame: Frame, side: int) -> tuple[int, int]:
    """Top left corner of the square with the most detail."""
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    mean = cv2.boxFilter(detail, -1, (side, side), anchor=(0, 0))
    mean = mean[: grey.shape[0] - side + 1, : grey.shape[1] - side + 1]
    top, left = np.unravel_index(int(mean.argmax()), mean.shape)
    return int(top), int(left)


def _beside(cells: Sequence[Frame]) -> Frame:
    height = max(cell.shape[0] for cell in cells) + 2 * _GAP
    columns: list[Frame] = []
    for cell in cells:
        column = np.full((height, cell.shape[1] + _GAP, 3), _PAPER, np.uint8)
        column[_GAP : _GAP + cell.shape[0], : cell.shape[1]] = cell
        columns.append(column)
    return np.concatenate(columns, axis=1)


def _header() -> Frame:
    names = (("HR", _CELL), ("LR", _CELL), ("HR detail", _CROP), ("LR detail", _CROP), ("parameters", _TEXT))
    return _beside([_text([name], width, 20, bold=True) for name, width in names])


def _words(item: Item, height: int) -> Frame:
    recipe = item.recipe
    head = f"{item.id}   {recipe.preset} x{recipe.scale}   LR {recipe.lr_width}x{recipe.lr_height}"
    return _text([head, *describe(recipe)], _TEXT, height)


def _text(lines: Sequence[str], width: int, height: int, bold: bool = False) -> Frame:
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
