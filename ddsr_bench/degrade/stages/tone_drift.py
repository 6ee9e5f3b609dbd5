"""Slow drift of exposure, white balance and contrast, as automatic exposure and white balance make it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import cv2
import numpy as np

from ddsr_bench.degrade.raw import Array
from ddsr_bench.degrade.response import Response, to_encoded, to_linear
from ddsr_bench.degrade.stage import Bounds, Frame, Frames, StageContext, StageParams, Track, at


class Params(StageParams):
    """All in linear light: ``gain_ev`` in stops, ``red`` and ``blue`` gains beside green's 1.

    ``fade``: stray light as a share of white, added to the picture before both are scaled back to white; it
    lifts black to ``fade / (1 + fade)`` and takes contrast away. What passes white is clipped.
    """

    gain_ev: Annotated[Track, Bounds(-4, 4)] = 0.0
    red: Annotated[Track, Bounds(0.25, 4)] = 1.0
    blue: Annotated[Track, Bounds(0.25, 4)] = 1.0
    fade: Annotated[Track, Bounds(0, 1)] = 0.0
    response: Response = "srgb"


def apply(frames: Frames, params: Params, context: StageContext) -> Frames:
    """Yield each frame in its exposure and colour, as ``float32 (3, H, W)`` in [0, 1]."""
    levels = np.broadcast_to(np.arange(256, dtype=np.uint8)[:, None, None], (256, 1, 3))
    for index, frame in enumerate(frames):
        if frame.dtype != np.uint8:
            yield _toned(frame, params, index)
            continue
        # 256 levels can be computed once a frame instead of every pixel.
        tables = _toned(np.ascontiguousarray(levels), params, index)[:, :, 0]
        yield np.stack(list(_looked_up(frame, tables)))


def _toned(frame: Frame, params: Params, index: int) -> Frame:
    linear = to_linear(frame, params.response)
    fade = at(params.fade, index)
    exposure = 2 ** at(params.gain_ev, index)
    for plane, gain in zip(linear, (at(params.red, index), 1.0, at(params.blue, index)), strict=True):
        plane *= np.float32(exposure * gain / (1 + fade))
        plane += np.float32(fade / (1 + fade))
    return to_encoded(linear, params.response)


def _looked_up(frame: Frame, tables: Array) -> Iterator[Array]:
    for channel, table in zip(cv2.split(frame), tables, strict=True):
        yield np.asarray(cv2.LUT(channel, table))
