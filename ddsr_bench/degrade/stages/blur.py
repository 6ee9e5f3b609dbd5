"""Lens blur: Gaussian, generalised Gaussian, plateau, sinc and defocus kernels (see ``degrade.kernels``)."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from ddsr_bench.degrade.frames import to_float
from ddsr_bench.degrade.kernels import Kernel, make_kernel
from ddsr_bench.degrade.linear import blur
from ddsr_bench.degrade.stage import Bounds, Frames, StageContext, StageParams, Track, at


class Params(StageParams):
    """A kernel's family, odd ``size`` in pixels, and its parameters; those of other families are ignored.

    ``sigma_x``, ``sigma_y`` and ``radius`` are in pixels of the frame that the stage meets, ``theta`` in radians,
    ``omega`` (sinc cut-off) in radians a pixel; ``shift`` moves the centre right and down, in pixels.
    """

    shape: Literal[
        "iso",
        "aniso",
        "generalized_iso",
        "generalized_aniso",
        "plateau_iso",
        "plateau_aniso",
        "sinc",
        "defocus",
    ]
    size: Annotated[int, Bounds(1, 101)]
    sigma_x: Annotated[Track, Bounds(0.01, 50)] = 1.0
    sigma_y: Annotated[Track | None, Bounds(0.01, 50)] = None
    theta: Annotated[Track, Bounds(-6.2832, 6.2832)] = 0.0
    beta: Annotated[Track, Bounds(0.1, 16)] = 1.0
    omega: Annotated[Track, Bounds(0.05, 3.1416)] = math.pi
    radius: Annotated[Track, Bounds(0, 50)] = 1.0
    shift: Annotated[float, Bounds(-16, 16)] = 0.0


def kernel(params: Params, index: int) -> Kernel:
    """The kernel of frame ``index``; float64 (size, size), sum 1. An even size is made odd by adding one."""
    return make_kernel(
        params.shape,
        params.size | 1,
        sigma_x=at(params.sigma_x, index),
        sigma_y=None if params.sigma_y is None else at(params.sigma_y, index),
        theta=at(params.theta, index),
        beta=at(params.beta, index),
        omega=at(params.omega, index),
        radius=at(params.radius, index),
        shift=params.shift,
    )


def apply(frames: Frames, params: Params, context: StageContext) -> Frames:
    """Yield each frame correlated with its kernel, as ``float32 (3, H, W)``."""
    for index, frame in enumerate(frames):
        yield blur(to_float(frame), kernel(params, index))
