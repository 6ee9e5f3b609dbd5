"""Fragments: a 7x7 grid of patches of 32x32 from all over a frame at their native resolution, put together."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ddsr_bench.seeding import generator

GRID, PATCH = 7, 32
SIDE = GRID * PATCH

Picture = NDArray[np.uint8]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Cut:
    """Where the patches of a stretch of frames lie.

    Attributes:
        size: (height, width) of the frames, after they were enlarged if need be.
        top: int64 (7, 7), first row of each patch.
        left: int64 (7, 7), first column of each patch.
    """

    size: tuple[int, int]
    top: Places
    left: Places

    def fragments(self, frame: Picture) -> Picture:
        """The patches of a frame, uint8 (224, 224, 3).

        Args:
            frame: uint8 (H, W, 3), of the size that the cut was drawn for.
        """
        frame = _enlarged(frame, self.size)
        out = np.empty((SIDE, SIDE, 3), np.uint8)
        for i, j in np.ndindex(GRID, GRID):
            top, left = self.top[i, j], self.left[i, j]
            out[i * PATCH : (i + 1) * PATCH, j * PATCH : (j + 1) * PATCH] = frame[
                top : top + PATCH, left : left + PATCH
            ]
        return out


def draw_cut(height: int, width: int, first: int) -> Cut:
    """Draw the places of the patches for the stretch of frames that begins with frame ``first``.

    Cell (i, j) of the grid begins at ``min(H // 7 * i, H - 32)``, columns likewise; the patch lies at a random place
    within it. The draw depends on ``first`` alone, where the published code draws anew at every run. Frames with a
    side below 224 are enlarged first and the grid is that of the enlarged frame; the published code keeps the grid of
    the small one, so that its patches leave out what is at the right and bottom.
    """
    size = _enlarged_size(height, width)
    rng = generator("fast-vqa fragments", first)
    top = _starts(size[0])[:, None] + _offsets(size[0], rng)
    left = _starts(size[1])[None, :] + _offsets(size[1], rng)
    return Cut(size, top, left)


def _starts(length: int) -> Places:
    return np.minimum(length // GRID * np.arange(GRID), length - PATCH)


def _offsets(length: int, rng: np.random.Generator) -> Places:
    # As published: the last place of a cell is never taken.
    return rng.integers(0, max(1, length // GRID - PATCH), (GRID, GRID))


def _enlarged_size(height: int, width: int) -> tuple[int, int]:
    shorter = min(height, width)
    if shorter >= SIDE:
        return height, width
    return max(SIDE, round(height * SIDE / shorter)), max(SIDE, round(width * SIDE / shorter))


def _enlarged(frame: Picture, size: tuple[int, int]) -> Picture:
    if frame.shape[:2] == size:
        return frame
    larger: Picture = cv2.resize(frame, size[::-1], interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
    return larger
