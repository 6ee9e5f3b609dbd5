"""A player that decodes with another colour matrix or range than the encoder used: wrong hues, grey or crushed blacks.

The frame is taken to YUV as it was written and back as it is read. Both are affine, so they are one 3x3 matrix and an
offset, applied in float32; the only losses are those of the mistake itself (values that leave the range are clipped)
and one rounding of bytes. The 8-bit rounding of YUV in between is left to the codec stages.
"""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np

from ddsr_bench.degrade.stage import Frame, Frames, StageContext, StageParams

# Weights of red and blue in luma: ITU-R BT.601, BT.709, BT.2020.
_LUMA = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}
# Scale of luma and of chroma, and the offset of luma, of 8-bit YUV in units of 255.
_RANGES = {"full": (1.0, 1.0, 0.0), "limited": (219 / 255, 224 / 255, 16 / 255)}

Matrix = Literal["bt601", "bt709", "bt2020"]
Range = Literal["full", "limited"]
Array = np.ndarray[Any, np.dtype[Any]]


class Params(StageParams):
    """The matrix and range with which the picture was written, and those with which it is read."""

    wrote: Matrix = "bt601"
    read: Matrix = "bt601"
    wrote_range: Range = "limited"
    read_range: Range = "limited"


def mistake(params: Params) -> tuple[Array, Array]:
    """(float64 (3, 3), float64 (3,)): what takes RGB in [0, 1] to the wrong RGB."""
    written, written_offset = to_yuv(params.wrote, params.wrote_range)
    read, read_offset = to_yuv(params.read, params.read_range)
    back = np.linalg.inv(read)
    return back @ written, back @ (written_offset - read_offset)


def to_yuv(matrix: Matrix, span: Range) -> tuple[Array, Array]:
    """(float64 (3, 3), float64 (3,)): from RGB in [0, 1] to YUV in [0, 1]; grey has chroma 128/255."""
    red, blue = _LUMA[matrix]
    luma = np.array([red, 1 - red - blue, blue])
    chroma_blue = (np.array([0, 0, 1]) - luma) / (2 - 2 * blue)
    chroma_red = (np.array([1, 0, 0]) - luma) / (2 - 2 * red)
    luma_scale, chroma_scale, black = _RANGES[span]
    rows = np.stack([luma * luma_scale, chroma_blue * chroma_scale, chroma_red * chroma_scale])
    return rows, np.array([black, 128 / 255, 128 / 255])


def apply(frames: Frames, params: Params, context: StageContext) -> Frames:
    """Yield each frame with the wrong colours, in the form it came in, clipped to its range."""
    matrix, offset = (part.astype(np.float32) for part in mistake(params))
    for frame in frames:
        yield _bytes(frame, matrix, offset) if frame.dtype == np.uint8 else _planes(frame, matrix, offset)


def _bytes(frame: Frame, matrix: Array, offset: Array) -> Frame:
    affine = np.column_stack([matrix, offset * 255])
    # cv2.transform on bytes works in fixed point and is off by one here and there.
    wrong = cv2.transform(frame.astype(np.float32), affine)
    return np.asarray(cv2.convertScaleAbs(np.maximum(wrong, 0, out=wrong)))


def _planes(frame: Frame, matrix: Array, offset: Array) -> Frame:
    right = np.clip(frame, 0, 1).reshape(3, -1)
    wrong = matrix @ right + offset[:, None]
    return np.asarray(np.clip(wrong, 0, 1, out=wrong).reshape(frame.shape))
