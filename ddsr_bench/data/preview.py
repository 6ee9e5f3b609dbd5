"""The contact sheet: for each clip HR, LR, a piece of both at full size, and the recipe in words."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ddsr_bench import video
from ddsr_bench.data.cells import beside, liveliest, save, text
from ddsr_bench.data.generate import Item
from ddsr_bench.data.layout import clip_file
from ddsr_bench.degrade.describe import describe
from ddsr_bench.degrade.stage import Frame

_CELL, _CROP, _TEXT = 400, 220, 520


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
    save(np.concatenate([_header(), *rows]), path)
    return len(rows)


def _row(item: Item) -> Frame:
    hr, lr = _middle(item)
    scale, (height, width) = item.recipe.scale, hr.shape[:2]
    shown = max(24, round(_CELL * height / width))
    side = max(4, min(_CROP // scale, *lr.shape[:2]))
    top, left = liveliest(cv2.resize(hr, lr.shape[1::-1], interpolation=cv2.INTER_AREA), side)
    lr_piece = lr[top : top + side, left : left + side]
    hr_piece = hr[top * scale : (top + side) * scale, left * scale : (left + side) * scale]
    cells = [
        cv2.resize(hr, (_CELL, shown), interpolation=cv2.INTER_AREA),
        cv2.resize(lr, (_CELL, shown), interpolation=cv2.INTER_NEAREST),
        cv2.resize(hr_piece, (_CROP, _CROP), interpolation=cv2.INTER_NEAREST),
        cv2.resize(lr_piece, (_CROP, _CROP), interpolation=cv2.INTER_NEAREST),
        _words(item, max(shown, _CROP)),
    ]
    return beside(cells)


def _middle(item: Item) -> tuple[Frame, Frame]:
    middle = item.recipe.clip.frames // 2
    first = item.start + middle
    hr = next(video.read_frames(item.source, first, first + 1))
    lr = next(video.read_frames(item.root / clip_file("lr", item.id, item.file_format), middle, middle + 1))
    return hr[: item.recipe.clip.height, : item.recipe.clip.width], lr


def _header() -> Frame:
    names = (("HR", _CELL), ("LR", _CELL), ("HR detail", _CROP), ("LR detail", _CROP), ("parameters", _TEXT))
    return beside([text([name], width, 20, bold=True) for name, width in names])


def _words(item: Item, height: int) -> Frame:
    recipe = item.recipe
    head = f"{item.id}   {recipe.preset} x{recipe.scale}   LR {recipe.lr_width}x{recipe.lr_height}"
    return text([head, *describe(recipe)], _TEXT, height)
