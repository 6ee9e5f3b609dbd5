"""What the network sees of a frame: patches at native and at half resolution, with what motion does not explain.

Patches keep native pixels, as the fragments of H. Wu et al., "FAST-VQA: Efficient End-to-end Video Quality Assessment
with Fragment Sampling", ECCV 2022, do, since resizing a frame removes what is to be judged. They are larger and fewer
than there, for ringing and halos reach far in enlarged video. The half-resolution ones see what is coarser: blocks,
blur over many pixels, false structure. The fourth channel is luma minus the luma of the frame before, moved to it by
optical flow: noise, flicker and boiling texture stand out in it, motion of the scene does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.flow import Flow, flow, follow

Bytes = NDArray[np.uint8]
PATCH = 64  # samples a side
CHANNELS = 4  # R, G, B, unexplained change of luma
#: Raised whenever other bytes come out of the same frames.
FRAGMENTS_VERSION = 1
#: Frames that one key frame speaks for, and its place among them: four looks a second at the rates of films.
SPAN, KEY = 6, 3
_GAIN = 2  # of the change, before it is cut to 8 bit around 128
_LUMA = np.array([[0.299, 0.587, 0.114]])


@dataclass(frozen=True)
class Layout:
    """How many patches a key frame gives.

    Attributes:
        native: at native resolution; as many as fit an even grid of about this number of cells.
        half: at half resolution.
    """

    native: int = 40
    half: int = 12


#: The layout that scores are defined for.
SCORING = Layout()


@dataclass(frozen=True)
class Box:
    """A patch's place in its frame, in pixels of the frame."""

    left: int
    top: int
    side: int


class KeyFragments(NamedTuple):
    """What is cut from a key frame.

    Attributes:
        patches: uint8 (P, 4, 64, 64), native ones first.
        boxes: where each is.
        motion: how far a pixel moved since the frame before, in pixels by optical flow, the mean over the frame.
    """

    patches: Bytes
    boxes: list[Box]
    motion: float


def is_key(number: int) -> bool:
    """Whether frame ``number`` is a key frame."""
    return number % SPAN == KEY


def key_fragments(
    before: Bytes, frame: Bytes, layout: Layout = SCORING, rng: np.random.Generator | None = None
) -> KeyFragments:
    """Cut the patches of one key frame.

    Args:
        before: the frame before it, uint8 (H, W, 3), RGB.
        frame: the key frame, same shape; sides under 64 are continued by mirroring.
        layout: how many patches.
        rng: moves each patch within its cell, for training; None takes the middle of the cells.
    """
    before, frame = _large_enough(before), _large_enough(frame)
    there = motion_between(before, frame)
    planes = np.dstack([frame, unexplained(before, frame, there)])
    small = cv2.resize(planes, (planes.shape[1] // 2, planes.shape[0] // 2), interpolation=cv2.INTER_AREA)
    cut: list[Bytes] = []
    boxes: list[Box] = []
    for picture, count, factor in ((planes, layout.native, 1), (small, layout.half, 2)):
        for top, left in patch_corners(picture.shape[0], picture.shape[1], count, rng):
            cut.append(picture[top : top + PATCH, left : left + PATCH].transpose(2, 0, 1))
            boxes.append(Box(left * factor, top * factor, PATCH * factor))
    return KeyFragments(np.stack(cut), boxes, float(cv2.magnitude(*cv2.split(there)).mean()))


def native_count(height: int, width: int, layout: Layout = SCORING) -> int:
    """How many of a key frame's patches are at native resolution; the rest are at half."""
    rows, columns = _grid(max(height, 2 * PATCH), max(width, 2 * PATCH), layout.native)
    return rows * columns


def motion_between(before: Bytes, frame: Bytes) -> Flow:
    """Where each pixel of ``frame`` was in ``before``, float32 (H, W, 2), x and y in pixels; from uint8 (H, W, 3)."""
    now, then = (cv2.transform(one, _LUMA) for one in (frame, before))
    # At half size: a quarter of the time, and what is a pixel off on fine texture is noise of the measure, not of the
    # video, which the network learns to expect.
    half = [cv2.resize(one, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for one in (now, then)]
    there = cv2.resize(flow(half[0], half[1]), (now.shape[1], now.shape[0]), interpolation=cv2.INTER_LINEAR)
    ratio = np.array([now.shape[1] / half[0].shape[1], now.shape[0] / half[0].shape[0]], np.float32)
    return np.asarray(there * ratio)


def unexplained(before: Bytes, frame: Bytes, there: Flow) -> Bytes:
    """``128 + 2 (Y(t) - Y(t-1) moved to t)``, cut to uint8 (H, W).

    Args:
        before, frame: uint8 (H, W, 3).
        there: of :func:`motion_between`.
    """
    now, then = (cv2.transform(one, _LUMA) for one in (frame, before))
    change = now.astype(np.int16) - follow(then, there)
    return np.asarray(np.clip(128 + _GAIN * change, 0, 255), np.uint8)


def patch_corners(height: int, width: int, count: int, rng: np.random.Generator | None = None) -> list[tuple[int, int]]:
    """Corners (top, left) of patches spread evenly over a picture, row by row.

    Each lies in the middle of its cell, or anywhere in it that keeps the patch inside where ``rng`` is given.
    """
    rows, columns = _grid(height, width, count)
    return [
        (_place(row, rows, height, rng), _place(column, columns, width, rng))
        for row in range(rows)
        for column in range(columns)
    ]


def _grid(height: int, width: int, count: int) -> tuple[int, int]:
    """Rows and columns of about ``count`` cells that are about square; no more than patches fit side by side."""
    rows = min(max(1, round(math.sqrt(count * height / width))), max(1, height // PATCH))
    columns = min(max(1, round(count / rows)), max(1, width // PATCH))
    return rows, columns


def _place(cell: int, cells: int, side: int, rng: np.random.Generator | None) -> int:
    room = side / cells - PATCH
    inside = 0.5 if rng is None else float(rng.uniform())
    return min(max(0, round(cell * side / cells + inside * room)), side - PATCH)


def _large_enough(frame: Bytes) -> Bytes:
    """Continue a frame to 128 pixels a side, so that its half has room for a patch."""
    below, right = (max(0, 2 * PATCH - side) for side in frame.shape[:2])
    if not below and not right:
        return frame
    border = cv2.BORDER_REFLECT_101 if min(frame.shape[:2]) > 1 else cv2.BORDER_REPLICATE
    return np.asarray(cv2.copyMakeBorder(frame, 0, below, 0, right, border), np.uint8)
