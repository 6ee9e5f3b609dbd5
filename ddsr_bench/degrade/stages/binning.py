"""Pixel binning on the colour filter array by itself, without noise: jagged and coloured edges, aliasing."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from ddsr_bench.degrade.demosaic import Method, demosaic
from ddsr_bench.degrade.frames import size
from ddsr_bench.degrade.raw import BinMode, Pattern, bin_bayer, mosaic, pad_to_cells
from ddsr_bench.degrade.response import Response, to_encoded, to_linear
from ddsr_bench.degrade.stage import Bounds, Frame, Frames, StageContext, StageParams, Track, at


def changes_size(params: dict[str, object]) -> bool:
    """Whether the frames leave with another size: always."""
    return True


class Params(StageParams):
    """``factor``: how many pixels of one colour, along each axis, make one.

    ``mode`` average keeps the brightness. ``sum`` adds the charges and leaves the exposure alone, so the
    picture is ``factor**2`` times as bright in linear light and clips at white, as on a camera that bins
    without knowing it; ``gain`` is what the camera multiplies the sum with (``1 / factor**2`` makes it an
    average again).
    """

    factor: Literal[2, 4] = 2
    mode: BinMode = "average"
    gain: Annotated[Track, Bounds(0.01, 4)] = 1.0
    pattern: Pattern = "RGGB"
    response: Response = "srgb"
    demosaic: Method = "malvar"


def apply(frames: Frames, params: Params, context: StageContext) -> Frames:
    """Yield each frame binned: ``float32 (3, H // factor, W // factor)`` in [0, 1], at least 1 x 1."""
    for index, frame in enumerate(frames):
        height, width = (max(side // params.factor, 1) for side in size(frame))
        yield _binned(frame, params, at(params.gain, index))[:, :height, :width]


def _binned(frame: Frame, params: Params, gain: float) -> Frame:
    linear = to_linear(pad_to_cells(frame, 2 * params.factor), params.response)
    raw = bin_bayer(mosaic(linear, params.pattern), params.factor, params.mode)
    raw *= np.float32(gain)
    np.minimum(raw, np.float32(1), out=raw)
    return to_encoded(demosaic(raw, params.pattern, params.demosaic), params.response)
