"""Kind ``photo``: a hand-held camera pans, zooms and turns over a photograph, never past its edge."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np

from ddsr_bench.data.scenes.camera import (
    CameraPath,
    Pinhole,
    Sway,
    draw_shake,
    draw_speed,
    draw_sway,
    pinhole,
)
from ddsr_bench.data.scenes.colour import to_linear
from ddsr_bench.data.scenes.layered import Layer, LayeredScene
from ddsr_bench.data.scenes.photographs import load_photograph, photo_names
from ddsr_bench.data.scenes.scene import Array
from ddsr_bench.data.scenes.texture import build_texture
from ddsr_bench.seeding import generator

_IN_VIEW = 0.88  # part of the photograph's width in view, and of its height at most, when the camera is far
_ZOOM = 0.05  # natural log; the zoom swings between none and twice this
_ROLL = 0.02  # radians
_TREMOR = 1.2  # pixels of a 640-wide frame
_UPSCALE = 2


_IN_TURN = 2  # photographs that are always there


def build(seed: int, width: int, height: int) -> LayeredScene:
    """Make the scene; see :func:`ddsr_bench.data.scenes.make_scene`. Seeds take scikit-learn's two photographs in turn.

    These are 640 pixels wide, so clips wider than about 640 pixels are softer than pixel-sharp.
    """
    return build_photo(photo_names()[seed % _IN_TURN], seed, width, height)


def build_photo(name: str, seed: int, width: int, height: int) -> LayeredScene:
    """Make the scene of one photograph; seeds are camera paths over it.

    Raises:
        DdsrError: unknown photograph, or the package that ships it is not installed.
    """
    return build_picture(load_photograph(name), seed, width, height)


def build_picture(photograph: Array, seed: int, width: int, height: int) -> LayeredScene:
    """Make the scene of any picture, ``uint8 (H, W, 3)`` RGB, about as large as the frame; seeds are camera paths."""
    pixels = _sharpened(photograph)
    rows, columns = pixels.shape[:2]
    texels = _IN_VIEW * min(columns / width, rows / height)
    camera = pinhole(width, height)
    slack = (columns / texels - width) / 2, (rows / texels - height) / 2
    path = _path(generator("scene", "photo", seed, "camera"), camera, slack)
    centre = columns / texels / 2 - 0.5, rows / texels / 2 - 0.5
    path = replace(path, origin=centre)
    layer = Layer(build_texture(to_linear(pixels), border=cv2.BORDER_REFLECT), 1.0, texels)
    return LayeredScene("photo", seed, width, height, camera, path, (layer,))


def _path(rng: np.random.Generator, camera: Pinhole, slack: tuple[float, float]) -> CameraPath:
    """Draw a path whose sweeps, tremor and roll together stay within ``slack`` pixels of the middle."""
    unit = camera.width / 640
    speed = draw_speed(rng, camera.width)
    tremor = rng.uniform(0.3, 1.0) * _TREMOR * unit
    reach = [
        max(room - _TREMOR * unit - _ROLL * side / 2, 0.0)
        for room, side in zip(slack, (camera.height, camera.width), strict=True)
    ]
    return CameraPath(
        velocity=(0.0, 0.0),
        sway_x=_sweep(rng, reach[0], speed),
        sway_y=_sweep(rng, reach[1], 0.6 * speed),
        zoom=Sway(((_ZOOM, 0.0, math.pi / 2), *draw_sway(rng, _ZOOM, 0.05, 0.3, terms=2).terms)),
        pitch=draw_shake(rng, tremor, camera.focal),
        yaw=draw_shake(rng, tremor, camera.focal),
        roll=draw_sway(rng, _ROLL, 0.1, 0.5),
    )


def _sweep(rng: np.random.Generator, reach: float, speed: float) -> Sway:
    """A swing of ``reach`` pixels either way whose fastest moment runs at ``speed`` pixels a second."""
    frequency = speed / (2 * math.pi * max(reach, 1.0))
    phase = float(rng.uniform(-0.7, 0.7))  # begins well on its way, not at a turning point
    return Sway(((0.9 * reach, frequency, phase), (0.1 * reach, 2.3 * frequency, 2 * phase)))


def _sharpened(photo: Array) -> Array:
    """Return ``float32 (2 H, 2 W, 3)`` encoded values in [0, 1]: twice as large (Lanczos), mildly sharpened.

    The web copies are a little soft at their own pixels; sharpening brings them to the crispness of the rest.
    """
    rows, columns = (side // 8 * 8 for side in photo.shape[:2])
    top = (photo.shape[0] - rows) // 2
    crop = photo[top : top + rows, :columns].astype(np.float32) / 255
    size = (columns * _UPSCALE, rows * _UPSCALE)
    large = cv2.resize(crop, size, interpolation=cv2.INTER_LANCZOS4)
    soft = cv2.GaussianBlur(large, (0, 0), 1.6)
    return np.asarray(np.clip(large + np.float32(0.6) * (large - soft), 0, 1))
