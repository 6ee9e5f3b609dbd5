"""Camera shake: each frame is blurred along the path that a trembling hand takes while the shutter is open."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

from ddsr_bench import seeding
from ddsr_bench.degrade.camera_path import CameraPath, draw_path
from ddsr_bench.degrade.frames import to_float
from ddsr_bench.degrade.kernels import Kernel, path_kernel
from ddsr_bench.degrade.linear import blur
from ddsr_bench.degrade.response import Response, to_encoded, to_linear
from ddsr_bench.degrade.stage import Bounds, Frames, StageContext, StageParams, Track, at

_POINTS_A_PIXEL = 8


class Params(StageParams):
    """``amplitude``: pixels (RMS) that the camera moves by in a frame interval; ``exposure``: time the shutter is
    open, in frame intervals.

    ``smoothness``, ``tremor`` (a share) and ``tremor_hz`` shape the path, see ``degrade.camera_path``. The path
    itself is addressed by the recipe's seed and the stage's key; light is added up behind ``response``.
    """

    amplitude: Annotated[Track, Bounds(0, 40)]
    exposure: Annotated[Track, Bounds(0.02, 8)] = 0.5
    smoothness: Annotated[float, Bounds(0.5, 4)] = 1.6
    tremor: Annotated[float, Bounds(0, 1)] = 0.3
    tremor_hz: Annotated[float, Bounds(4, 16)] = 10.0
    response: Response = "srgb"


def camera_path(params: Params, context: StageContext) -> CameraPath:
    """The path of the whole clip, for an amplitude of 1; it does not depend on the clip's length."""
    rng = seeding.generator("shake", context.seed, context.key)
    interval = 1 / float(context.fps)
    return draw_path(rng, interval, params.smoothness, params.tremor, params.tremor_hz)


def trajectory(path: CameraPath, params: Params, fps: float, index: int) -> Kernel:
    """Positions of the camera (n, 2), pixels (x, y), while the shutter of frame ``index`` is open."""
    amplitude, exposure = at(params.amplitude, index), at(params.exposure, index)
    steps = 32 + math.ceil(_POINTS_A_PIXEL * amplitude * exposure)
    times = index + exposure * ((np.arange(steps) + 0.5) / steps - 0.5)
    return np.asarray(amplitude * path.at(times / fps))


def apply(frames: Frames, params: Params, context: StageContext) -> Frames:
    """Yield each frame blurred in linear light, as ``float32 (3, H, W)``; the picture keeps its place."""
    path, fps = camera_path(params, context), float(context.fps)
    for index, frame in enumerate(frames):
        if at(params.amplitude, index) == 0:
            yield to_float(frame)
            continue
        kernel = path_kernel(trajectory(path, params, fps, index))
        yield to_encoded(blur(to_linear(frame, params.response), kernel), params.response)
