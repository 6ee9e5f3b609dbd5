"""The record of what a clip is, shared by everything that reads or writes one."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Matrix = Literal["bt601", "bt709", "bt2020", "rgb", "gray"]
Frame = npt.NDArray[np.uint8]
Plane = npt.NDArray[Any]

FOLDER_FPS = Fraction(24)
"""Frame rate of a folder of images, which has none of its own, where the caller gives none."""


@dataclass(frozen=True)
class VideoInfo:
    """What ``probe`` found out about one clip.

    ``width`` and ``height`` (pixels) are those of the frames that ``read_frames`` yields, after ``rotation``;
    the pixel aspect ratio is not applied. ``frames`` is exact; ``fps`` is the average rate (frames/s) and
    ``duration`` (s) runs from the first frame's start to the last frame's end. ``rotation`` is the clockwise
    turn in degrees (0, 90, 180, 270) that the file asks players for. ``matrix`` is how RGB became Y'CbCr;
    where the file does not say, it is guessed and ``matrix_tagged`` is false.
    """

    path: Path
    kind: Literal["file", "folder"]
    codec: str
    pix_fmt: str
    width: int
    height: int
    frames: int
    fps: Fraction
    duration: float
    matrix: Matrix
    matrix_tagged: bool
    full_range: bool
    rotation: int
    bit_depth: int
    is_vfr: bool
    has_audio: bool
