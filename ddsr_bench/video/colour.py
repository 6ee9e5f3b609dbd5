"""From decoded frames of any pixel format to full-range 8-bit RGB, and back for the encoders.

Matrices are those of ITU-R BT.601, BT.709 and BT.2020 (non-constant luminance). Only the matrix and the range
are undone: primaries and tone curve stay as they are in the file, as in every published VSR pipeline.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from ddsr_bench.video.hdr import refuse_matrix
from ddsr_bench.video.info import Frame, Matrix, Plane
from ddsr_bench.video.luma import grey_to_8bit, luma_plane

# ITU-T H.273 matrix codes; 4 (FCC) and 7 (SMPTE 240M) differ from these neighbours by less than 1/255.
_TAGS: dict[int, Matrix] = {0: "rgb", 1: "bt709", 4: "bt601", 5: "bt601", 6: "bt601", 7: "bt709", 9: "bt2020"}
_UNTAGGED = (2, 3)
SPACES = {"bt601": Colorspace.ITU601, "bt709": Colorspace.ITU709, "bt2020": Colorspace.BT2020}

FAST = Interpolation.BILINEAR
REPEATABLE = Interpolation.ACCURATE_RND | Interpolation.BITEXACT
EXACT = Interpolation.BILINEAR | Interpolation.FULL_CHR_H_INT | REPEATABLE
# Only these reach swscale's quick path, which truncates: at most 2.6/255 off, 2.4 for limited BT.709. For all
# other formats the quick path is either equally exact or does not exist.
_QUICK = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p"})


class UntaggedColourWarning(UserWarning):
    """A file does not say which colour matrix it was made with, so players and we guess."""


@dataclass(frozen=True)
class Colour:
    """How a clip's samples stand for colours; see ``VideoInfo`` for the fields."""

    matrix: Matrix
    tagged: bool
    full_range: bool


def colour_of(frame: Any, path: Path) -> Colour:
    """The colour description of a decoded frame (``av.VideoFrame``); untagged frames are guessed by size.

    Players take BT.709 for pictures from 720 lines (or 1280 columns) on, BT.601 below.

    Raises:
        DdsrError: a matrix that has no plain conversion.
    """
    full = int(frame.color_range) == 2 or frame.format.name.startswith("yuvj")
    if frame.format.is_rgb or frame.format.name == "pal8":
        return Colour("rgb", True, True)
    if frame.format.name.startswith(("gray", "ya", "mono")):
        # FFmpeg writes grey in full range and leaves it untagged; only a tag makes it limited.
        return Colour("gray", True, int(frame.color_range) != 1)
    code = int(frame.colorspace)
    if code in _UNTAGGED or code == 0:
        large = frame.height >= 720 or frame.width >= 1280
        return Colour("bt709" if large else "bt601", False, full)
    if code not in _TAGS:
        refuse_matrix(path, code)
    return Colour(_TAGS[code], True, full)


def warn_untagged(name: str, colour: Colour) -> None:
    """Tells once per file (the ``warnings`` module keeps count) that its matrix is a guess."""
    if not colour.tagged:
        text = f"{name}: no colour matrix in the file, {colour.matrix} assumed from its size"
        warnings.warn(text, UntaggedColourWarning, stacklevel=1)  # one place, so that it is told once


class Converter:
    """Converts decoded frames of one clip to ``uint8 (H, W, 3)`` RGB; keeps the scaler between frames."""

    def __init__(self, colour: Colour, rotation: int, precise: bool, path: Path) -> None:
        self._scaler = VideoReformatter()
        self._space = SPACES.get(colour.matrix)
        self._range = ColorRange.JPEG if colour.full_range else ColorRange.MPEG
        self._rotation = rotation
        self._precise = precise
        self._path = path
        self._colour = colour

    def __call__(self, frame: Any) -> Frame:
        """RGB of one ``av.VideoFrame`` as a fresh C-contiguous array, turned upright."""
        if self._colour.matrix == "gray":  # swscale takes every grey sample for full range
            grey = grey_to_8bit(luma_plane(frame, self._path), frame, self._colour.full_range)
            return np.asarray(cv2.cvtColor(rotate(grey, self._rotation), cv2.COLOR_GRAY2RGB))
        quick = not self._precise and frame.format.name in _QUICK
        converted = self._scaler.reformat(
            frame,
            format="rgb24",
            src_colorspace=self._space,
            src_color_range=self._range,
            dst_color_range=ColorRange.JPEG,
            interpolation=FAST if quick else EXACT,
            threads=1,
        )
        upright: Frame = np.ascontiguousarray(rotate(converted.to_ndarray(), self._rotation))
        return upright


_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def rotate(array: Plane, degrees: int) -> Plane:
    """The array ``(H, W)`` or ``(H, W, 3)`` turned clockwise by 0, 90, 180 or 270 degrees."""
    return np.asarray(cv2.rotate(array, _TURNS[degrees])) if degrees else array


def rgb_frame(frame: Frame) -> Any:
    """An ``av.VideoFrame`` (rgb24, full range) of ``uint8 (H, W, 3)``."""
    packed = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
    packed.color_range = ColorRange.JPEG
    return packed
