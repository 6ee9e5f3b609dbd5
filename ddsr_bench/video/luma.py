"""The luma plane: taken out of decoded frames as it is stored, or computed where a clip is RGB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.video.info import Frame, Plane
from ddsr_bench.video.naming import shown

# (Kr, Kb) of ITU-R BT.601, BT.709, BT.2020; Kg is what remains to 1.
LUMA = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}
_SHIFTED = ("p01", "p21", "p41", "y2", "xv")
_REPACKED = {"yuyv422": "yuv422p", "uyvy422": "yuv422p", "yvyu422": "yuv422p", "ya16le": "gray16le"}


def luma_plane(frame: Any, path: Path) -> Plane:
    """A copy of an ``av.VideoFrame``'s first plane ``(H, W)``: uint8, or uint16 for more than 8 bits.

    Packed formats are unpacked first, which keeps the samples.

    Raises:
        DdsrError: a format whose samples do not lie in the low bits of a native word.
    """
    name = frame.format.name
    if name.startswith(("ya8", "mono")):
        frame = frame.reformat(format="gray")
    elif name in _REPACKED:
        frame = frame.reformat(format=_REPACKED[name])
    elif name.startswith(_SHIFTED) or name.endswith("be"):
        raise DdsrError(f"{shown(path)}: {name} has no plain luma plane; convert it to yuv420p10le first")
    dtype = np.dtype(np.uint16 if frame.format.components[0].bits > 8 else np.uint8)
    plane = frame.planes[0]
    rows: Plane = np.frombuffer(plane, dtype).reshape(-1, plane.line_size // dtype.itemsize)
    return rows[: frame.height, : frame.width].copy()


def luma_of_rgb(frame: Frame, matrix: str) -> Frame:
    """Limited-range 8-bit luma ``(H, W)`` of RGB ``uint8 (H, W, 3)``: 16 + 219 (Kr R + Kg G + Kb B) / 255."""
    red, blue = LUMA[matrix]
    weights = np.array([[red, 1 - red - blue, blue]]) * (219 / 255)
    scaled = cv2.transform(frame.astype(np.float32), np.hstack([weights, [[16.0]]]))
    luma: Frame = np.rint(scaled).astype(np.uint8)
    return luma


def grey_to_8bit(plane: Plane, frame: Any, full_range: bool) -> Frame:
    """Full-range 8-bit grey ``(H, W)`` of a grey frame's plane, rounded to nearest."""
    bits = frame.format.components[0].bits
    codes = np.arange(1 << (16 if plane.dtype == np.uint16 else 8), dtype=np.float64)
    step = 2.0 ** (bits - 8)
    unit = codes / (2**bits - 1) if full_range else (codes - 16 * step) / (219 * step)
    table: Frame = np.rint(np.clip(unit, 0, 1) * 255).astype(np.uint8)
    grey: Frame = table[plane]
    return grey
