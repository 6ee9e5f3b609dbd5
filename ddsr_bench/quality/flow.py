"""Optical flow between neighbouring frames for the temporal measures.

Dense inverse search (T. Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016) as OpenCV has it,
preset FAST, on 8-bit grey pictures at full size.
"""

from __future__ import annotations

import functools
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.frames import Frames

Grey = NDArray[np.uint8]
Flow = NDArray[np.float32]
_SMALLEST = 16


def greys(frames: Frames) -> list[Grey]:
    """The pictures that flow is computed on: MATLAB's ``rgb2gray``, a uint8 (H, W) for each frame."""
    return [plane.astype(np.uint8) for plane in frames.plane("gray")]


def flow(before: Grey, after: Grey) -> Flow:
    """Where each pixel of ``before`` goes in ``after``; float32 (H, W, 2), x and y in pixels.

    Pictures under 16 pixels a side are continued by their last row and column, for the search needs as many.
    """
    # One thread: how the search splits the picture among threads is OpenCV's affair, and scores must not depend on it.
    cv2.setNumThreads(1)
    height, width = before.shape
    below, right = max(0, _SMALLEST - height), max(0, _SMALLEST - width)
    if below or right:
        before, after = (
            cv2.copyMakeBorder(picture, 0, below, 0, right, cv2.BORDER_REPLICATE) for picture in (before, after)
        )
    # A new object each time: it adapts its scales to the first picture it meets and keeps them.
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    found = search.calc(np.ascontiguousarray(before), np.ascontiguousarray(after), None)
    return np.asarray(found[:height, :width])


def follow(picture: NDArray[Any], motion: Flow) -> NDArray[Any]:
    """``picture`` at the places that ``motion`` leads to, bilinear; beyond the border its last samples."""
    target = _places(motion.shape[0], motion.shape[1]) + motion
    return np.asarray(cv2.remap(picture, target, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def trusted(there: Flow, back: Flow) -> NDArray[np.bool_]:
    """Where a pixel is seen in both pictures: inside, and the way there and back ends where it began.

    The bound is that of M. Ruder, A. Dosovitskiy, T. Brox, "Artistic style transfer for videos", GCPR 2016, eq. 7:
    |there + back|^2 <= .01 (|there|^2 + |back|^2) + .5, with ``back`` read where ``there`` leads.

    Args:
        there: float32 (H, W, 2).
        back: the flow of the opposite direction.

    Returns:
        bool (H, W).
    """
    height, width = there.shape[:2]
    returned = follow(back, there)
    x, y = cv2.split(_places(height, width) + there)
    inside = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
    closed = _energy(there + returned) <= 0.01 * (_energy(there) + _energy(returned)) + 0.5
    return np.asarray(inside & closed)


def _energy(motion: Flow) -> Flow:
    x, y = cv2.split(motion)
    return np.asarray(x * x + y * y)


@functools.lru_cache(maxsize=4)
def _places(height: int, width: int) -> Flow:
    rows, columns = np.indices((height, width), np.float32)
    return np.dstack([columns, rows])
