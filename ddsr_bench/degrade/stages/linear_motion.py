"""Uniform motion blur: the whole picture moves along a straight line while the shutter is open."""

from __future__ import annotations

import math
from typing import Annotated

from ddsr_bench.degrade.frames import to_float
from ddsr_bench.degrade.kernels import linear_motion
from ddsr_bench.degrade.linear import blur
from ddsr_bench.degrade.response import Response, to_encoded, to_linear
from ddsr_bench.degrade.stage import Bounds, Frames, StageContext, StageParams, Track, at


class Params(StageParams):
    """``length`` of the line in pixels and its ``angle`` in radians (0: along the rows; the sign does not matter).

    Light is added up behind ``response``.
    """

    length: Annotated[Track, Bounds(0, 60)]
    angle: Annotated[Track, Bounds(-2 * math.pi, 2 * math.pi)] = 0.0
    response: Response = "srgb"


def apply(frames: Frames, params: Params, context: StageContext) -> Frames:
    """Yield each frame blurred along its line in linear light, as ``float32 (3, H, W)``."""
    for index, frame in enumerate(frames):
        length = at(params.length, index)
        if length == 0:
            yield to_float(frame)
            continue
        kernel = linear_motion(length, at(params.angle, index))
        yield to_encoded(blur(to_linear(frame, params.response), kernel), params.response)
