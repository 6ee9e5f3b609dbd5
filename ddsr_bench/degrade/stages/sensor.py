"""A sensor and its camera: colour filters, binning, noise in electrons, converter, demosaicing, colour.

One exposure time couples this stage with motion blur: ``exposure = "@exposure"`` in both makes short
exposures sharp and noisy, long ones smooth and blurred, as the camera's automatic gain brings the brightness
back.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from ddsr_bench.degrade.camera_pipeline import Camera, Matrix, process, unprocess_mosaic
from ddsr_bench.degrade.demosaic import Method, demosaic
from ddsr_bench.degrade.frames import size
from ddsr_bench.degrade.noise import normal
from ddsr_bench.degrade.raw import Array, BinMode, Pattern, bin_bayer, pad_to_cells
from ddsr_bench.degrade.response import Response
from ddsr_bench.degrade.sensor_noise import Readout, capture
from ddsr_bench.degrade.stage import Bounds, Frame, Frames, StageContext, StageParams, Track, at


def changes_size(params: dict[str, object]) -> bool:
    """Whether the frames leave with another size: where pixels are binned."""
    return params.get("bin", 1) != 1


class Params(StageParams):
    """The sensor's figures and the camera's colour.

    ``electrons``: at white in one unbinned green pixel, at exposure 1. ``exposure``: share of the frame
    interval in which light is collected; gain makes up for it. ``read_noise``, ``row_noise``: RMS in
    electrons of each pixel's reading, of each row's. ``dark_fixed``: RMS of an offset that each pixel keeps
    over the clip, as a share of ``read_noise``. ``bits``: of the converter. ``red_gain``, ``blue_gain``:
    white balance, raw to picture.

    ``bin_mode`` sum: charges are joined before they are read (one reading a binned pixel). average: every
    pixel is read, values are averaged (``bin**2`` readings). White holds ``bin**2 * electrons`` either way,
    so the shot noise is the same and the read noise of ``average`` is ``bin`` times that of ``sum``.
    """

    response: Response = "srgb"
    pattern: Pattern = "RGGB"
    bin: Literal[1, 2, 4] = 1
    bin_mode: BinMode = "average"
    electrons: Annotated[Track, Bounds(10, 1e6)] = 4000.0
    exposure: Annotated[Track, Bounds(1e-4, 1)] = 1.0
    read_noise: Annotated[Track, Bounds(0, 100)] = 2.0
    row_noise: Annotated[float, Bounds(0, 50)] = 0.0
    dark_fixed: Annotated[float, Bounds(0, 10)] = 0.0
    bits: Annotated[int, Bounds(6, 16)] = 12
    red_gain: Annotated[float, Bounds(0.5, 4)] = 2.0
    blue_gain: Annotated[float, Bounds(0.5, 4)] = 1.7
    ccm: Matrix = "rx100m4"
    demosaic: Method = "malvar"


def apply(frames: Frames, params: Params, context: StageContext) -> Frames:
    """Yield each frame as the sensor sees it: ``float32 (3, H // bin, W // bin)`` in [0, 1]."""
    camera = Camera(params.ccm, params.red_gain, params.blue_gain)
    fixed: Array | None = None
    for index, frame in enumerate(frames):
        light = _light(frame, params, camera)
        if params.dark_fixed and (fixed is None or fixed.shape != light.shape):
            fixed = normal(context.noise(0, "fixed"), light.shape)
        readout = _readout(params, index)
        offsets = None if fixed is None else fixed * readout.read * params.dark_fixed
        raw = capture(light, readout, context.noise(index), offsets)
        picture = process(demosaic(raw, params.pattern, params.demosaic), camera, params.response)
        height, width = (max(side // params.bin, 1) for side in size(frame))
        yield picture[:, :height, :width]


def _light(frame: Frame, params: Params, camera: Camera) -> Array:
    """Noiseless, binned raw frame as a share of white."""
    if params.bin == 1:
        return unprocess_mosaic(frame, camera, params.response, params.pattern)
    padded = pad_to_cells(frame, 2 * params.bin)
    light = unprocess_mosaic(padded, camera, params.response, params.pattern)
    return bin_bayer(light, params.bin, "average")


def _readout(params: Params, index: int) -> Readout:
    """The readout of a binned pixel, in electrons of the whole bin."""
    each, joined = params.bin_mode == "average", params.bin**2
    return Readout(
        white=at(params.electrons, index) * at(params.exposure, index) * joined,
        read=at(params.read_noise, index) * (params.bin if each else 1),
        row=params.row_noise * (params.bin * math.sqrt(params.bin) if each else 1),
        bits=params.bits,
    )
