"""RGB to 8-bit YUV 4:2:0 planes and back: BT.601, limited range.

Chroma is the mean of each 2x2 block on the way in (OpenCV's own conversion takes the block's first pixel, which
aliases) and is repeated on the way out, as FFmpeg's default conversion does.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

Image = np.ndarray[Any, np.dtype[np.uint8]]

# Rows Y, U, V of ITU-R BT.601, scaled to 219 and 224 steps of 255; the last column is the offset.
_MATRIX = np.array(
    [
        [65.481 / 255, 128.553 / 255, 24.966 / 255, 16],
        [-37.797 / 255, -74.203 / 255, 112 / 255, 128],
        [112 / 255, -93.786 / 255, -18.214 / 255, 128],
    ],
    np.float32,
)


def pad(rgb: Image, multiple: int, least: int) -> Image:
    """``rgb`` with its right and bottom border repeated up to sides of ``multiple``, and at least ``least``."""
    height, width = rgb.shape[:2]
    below, right = (max(least, -(-side // multiple) * multiple) - side for side in (height, width))
    if not below and not right:
        return np.ascontiguousarray(rgb)
    return np.asarray(cv2.copyMakeBorder(rgb, 0, below, 0, right, cv2.BORDER_REPLICATE), np.uint8)


def to_i420(rgb: Image) -> Image:
    """``uint8 (H * 3/2, W)`` planes Y, U, V, one behind the other, of ``uint8 (H, W, 3)``; sides in fours."""
    height, width = rgb.shape[:2]
    planes = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420), np.uint8)
    half = cv2.resize(rgb, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    yuv = cv2.transform(half, _MATRIX)
    for channel in (1, 2):
        start = height + (channel - 1) * height // 4
        plane = planes[start : start + height // 4].reshape(height // 2, width // 2)
        cv2.extractChannel(yuv, channel, plane)
    return planes


def to_rgb(i420: Image, size: tuple[int, int]) -> Image:
    """``uint8 (H, W, 3)``, cropped to ``size`` (height, width), of planes as made by :func:`to_i420`."""
    rgb = cv2.cvtColor(i420, cv2.COLOR_YUV2RGB_I420)
    return np.ascontiguousarray(rgb[: size[0], : size[1]], np.uint8)
