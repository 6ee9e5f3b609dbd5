"""From a picture back to what a sensor saw, and forth: colour matrix, white balance, gain and response.

The steps are those of Brooks et al., "Unprocessing Images for Learned Raw Denoising", CVPR 2019, without
their random draws, and with an inversion of the gains that the forward way undoes. The matrices (XYZ to
camera at D65, as published by Adobe and dcraw) are those of three cameras of the Darmstadt Noise Dataset:
Sony A7R, Olympus E-M10 and Sony RX100 IV. The fourth, of a phone, sees negative light in blue, and is left
out.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ddsr_bench.degrade import response as responses
from ddsr_bench.degrade.raw import PATTERNS, PLACES, Array, Pattern, mosaic
from ddsr_bench.degrade.response import Response
from ddsr_bench.degrade.stage import Frame

Matrix = Literal["none", "a7r", "em10", "rx100m4"]

_XYZ_TO_CAMERA = {
    "a7r": ((0.4913, -0.0541, -0.0202), (-0.6130, 1.3513, 0.2906), (-0.1564, 0.2151, 0.7183)),
    "em10": ((0.8380, -0.2630, -0.0639), (-0.2887, 1.0725, 0.2496), (-0.0627, 0.1427, 0.5438)),
    "rx100m4": ((0.6596, -0.2079, -0.0562), (-0.4782, 1.3016, 0.1933), (-0.0970, 0.1581, 0.5181)),
}
_SRGB_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
#: A clipped source pixel is taken for so many times the sensor's white: enough to stay clipped under noise.
HEADROOM = 1.5
# A source pixel whose three channels are above this was clipped: 254 of 255.
_CLIPPED = 254 / 255


@functools.cache
def camera_matrix(name: Matrix) -> Array:
    """Linear sRGB to white-balanced camera RGB; float64 (3, 3), rows sum to 1, so that grey stays grey."""
    if name == "none":
        return np.eye(3)
    matrix = np.asarray(_XYZ_TO_CAMERA[name]) @ np.asarray(_SRGB_TO_XYZ)
    return np.asarray(matrix / matrix.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Camera:
    """A camera's colour: its matrix, white-balance gains (green's is 1) and a gain of all channels.

    Gains are what the camera multiplies the raw values with, so raw red is ``1 / red_gain`` of green for
    grey light.
    """

    matrix: Matrix = "none"
    red_gain: float = 1.0
    blue_gain: float = 1.0
    digital_gain: float = 1.0

    def gains(self) -> Array:
        """float64 (3,): gains of red, green and blue."""
        return np.array([self.red_gain, 1.0, self.blue_gain]) * self.digital_gain

    def to_raw(self) -> Array:
        """float64 (3, 3): linear sRGB to raw RGB."""
        return np.asarray(camera_matrix(self.matrix) / self.gains()[:, None])


def unprocess(frame: Frame, camera: Camera, response: Response) -> Array:
    """Raw RGB, before the colour filters, of an encoded frame.

    Dividing by the gains alone would turn clipped white into coloured raw light that no longer clips; pixels
    whose three channels lie above 254/255 are therefore lifted to :data:`HEADROOM` times the sensor's white.

    Args:
        frame: encoded, in either form.
        camera: its colour.
        response: name of the response, see :mod:`ddsr_bench.degrade.response`.

    Returns:
        float32 (3, H, W), 1 is the sensor's white; slightly negative for colours the camera cannot see.
        :func:`process` leads back within 1/255.
    """
    linear = responses.to_linear(frame, response)
    raw = _apply(camera.to_raw(), linear)
    share = clipped_share(linear, response)
    if share is not None:
        for plane, boost in zip(raw, camera.gains() * HEADROOM - 1, strict=True):
            plane *= 1 + share * np.float32(boost)
    return raw


def unprocess_mosaic(frame: Frame, camera: Camera, response: Response, pattern: Pattern) -> Array:
    """The mosaic of :func:`unprocess`, without what the filters hold back; float32 (H, W)."""
    linear = responses.to_linear(frame, response)
    raw = mosaic(linear, pattern, camera.to_raw())
    share = clipped_share(linear, response)
    if share is not None:
        boosts = camera.gains() * HEADROOM - 1
        for row, column in PLACES:
            boost = np.float32(boosts[PATTERNS[pattern][row][column]])
            raw[row::2, column::2] *= 1 + share[row::2, column::2] * boost
    return raw


def process(raw: Array, camera: Camera, response: Response) -> Frame:
    """Encoded frame of raw RGB: gains, clipping at white, colour matrix, response.

    Clipping between gains and matrix is what cameras do, so that a clipped highlight is white and not pink.

    Args:
        raw: float32 (3, H, W), 1 is the sensor's white. It is overwritten.
        camera: its colour.
        response: name of the response.

    Returns:
        float32 (3, H, W) in [0, 1].
    """
    # The brightest light of any colour in the picture's gamut: 1, or a little more for a channel whose filter sees
    # some of another colour as negative.
    ceilings = np.maximum(camera_matrix(camera.matrix), 0).sum(axis=1)
    for plane, gain, ceiling in zip(raw, camera.gains(), ceilings, strict=True):
        plane *= np.float32(gain)
        np.minimum(plane, np.float32(ceiling), out=plane)
    if camera.matrix != "none":
        raw = _apply(np.linalg.inv(camera_matrix(camera.matrix)), raw)
    return responses.to_encoded(raw, response)


def clipped_share(linear: Array, response: Response) -> Array | None:
    """How clipped each pixel of float32 (3, H, W) is: 0 up to 254/255, 1 at white; None where no pixel is."""
    knee = float(responses.decode(np.array(_CLIPPED), response))
    darkest: Array = np.minimum(linear[0], linear[1])
    np.minimum(darkest, linear[2], out=darkest)
    if float(darkest.max(initial=0)) <= knee:
        return None
    darkest -= np.float32(knee)
    darkest *= np.float32(1 / (1 - knee))
    np.clip(darkest, 0, 1, out=darkest)
    return darkest


def _apply(matrix: Array, planes: Array) -> Array:
    mixed = matrix.astype(np.float32) @ planes.reshape(3, -1)
    return np.asarray(mixed).reshape(planes.shape)
