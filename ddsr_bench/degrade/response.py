"""Camera responses: the way between encoded values and linear light, both in [0, 1].

``srgb``
    IEC 61966-2-1: ``e / 12.92`` up to e = 0.04045, else ``((e + 0.055) / 1.055) ^ 2.4``.
``gamma22``
    ``e ^ 2.2``.
``camera``
    A gamma followed by a global tone curve with a soft toe and a soft shoulder,
    ``e = 3 y^2 - 2 y^3`` with ``y = light ^ (1 / 2.2)``, and back ``y = 1/2 - sin(asin(1 - 2 e) / 3)``: the
    stand-in for a camera's unknown response in Brooks et al., "Unprocessing Images for Learned Raw
    Denoising", CVPR 2019, section 3.1. Its shoulder packs a wide span of light into the last grey levels.

:func:`decode` and :func:`encode` are the formulas in float64. :func:`to_linear` and :func:`to_encoded` take
frames through tables of 65536 entries, within a fiftieth of a grey level of the formulas.
"""

from __future__ import annotations

import functools
from typing import Any, Literal, get_args

import cv2
import numpy as np

from ddsr_bench.degrade.stage import Frame
from ddsr_bench.errors import DdsrError

Response = Literal["srgb", "gamma22", "camera"]
RESPONSES: tuple[Response, ...] = get_args(Response)
Array = np.ndarray[Any, np.dtype[Any]]
_LAST = 65535


def decode(encoded: Array, response: Response) -> Array:
    """Linear light in [0, 1] of encoded values in [0, 1]; float64 of the same shape, by the formulas above.

    Raises:
        DdsrError: unknown response.
    """
    check_response(response)
    values = np.asarray(encoded, np.float64)
    if response == "srgb":
        return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    if response == "camera":
        values = 0.5 - np.sin(np.arcsin(1 - 2 * values) / 3)
    return np.asarray(np.maximum(values, 0) ** 2.2)


def encode(linear: Array, response: Response) -> Array:
    """Encoded values in [0, 1] of linear light in [0, 1]: the inverse of :func:`decode`, float64.

    Raises:
        DdsrError: unknown response.
    """
    check_response(response)
    light = np.asarray(linear, np.float64)
    if response == "srgb":
        return np.where(light <= 0.04045 / 12.92, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    values = np.asarray(light ** (1 / 2.2))
    return np.asarray(values * values * (3 - 2 * values)) if response == "camera" else values


def check_response(response: str) -> None:
    """Raise DdsrError unless ``response`` is one of :data:`RESPONSES`."""
    if response not in RESPONSES:
        raise DdsrError(f"response {response!r}: unknown; allowed: {', '.join(RESPONSES)}")


def to_linear(frame: Frame, response: Response) -> Frame:
    """Linear light of a frame in either form, as planar ``float32 (3, H, W)`` in [0, 1].

    Float values outside [0, 1] are clipped: a response says nothing about them.

    Raises:
        DdsrError: unknown response.
    """
    if frame.dtype != np.uint8:
        return lookup(_indices(frame), decoding_table(response, _LAST + 1))
    table = decoding_table(response, 256)
    return np.stack([cv2.LUT(channel, table) for channel in cv2.split(frame)])


def to_encoded(frame: Frame, response: Response) -> Frame:
    """Encoded planar ``float32 (3, H, W)`` in [0, 1] of linear light in the same form, clipped to [0, 1].

    Works plane by plane, so an array of any shape will do.

    Raises:
        DdsrError: unknown response.
    """
    # A response is as steep as a root near black: entries spaced by the square root of the light resolve it.
    root = np.sqrt(np.maximum(frame, np.float32(0)))
    return lookup(_indices(root), _encoding_table(response))


@functools.cache
def decoding_table(response: Response, entries: int) -> Array:
    """Linear light of ``entries`` encoded values spread evenly over [0, 1]; float32, read-only.

    Raises:
        DdsrError: unknown response.
    """
    return _frozen(decode(np.linspace(0, 1, entries), response))


@functools.cache
def _encoding_table(response: Response) -> Array:
    return _frozen(encode(np.linspace(0, 1, _LAST + 1) ** 2, response))


def _frozen(table: Array) -> Array:
    table = table.astype(np.float32)
    table.flags.writeable = False
    return table


def _indices(values: Array) -> Array:
    scaled = np.multiply(values, np.float32(_LAST))
    np.rint(scaled, out=scaled)
    np.clip(scaled, 0, _LAST, out=scaled)
    return scaled.astype(np.uint16)


def lookup(indices: Array, table: Array) -> Array:
    """``table[indices]`` for uint16 ``indices`` of any shape and a table of 65536 entries."""
    if not _wide_lut():
        return np.asarray(np.take(table, indices))
    flat = np.ascontiguousarray(indices).reshape(-1, indices.shape[-1])
    return np.asarray(cv2.LUT(flat, table)).reshape(indices.shape)


@functools.cache
def _wide_lut() -> bool:
    """Whether this OpenCV looks up 16-bit values (from version 5 on; five times as fast as NumPy)."""
    try:
        cv2.LUT(np.zeros((1, 1), np.uint16), np.zeros(_LAST + 1, np.float32))
    except cv2.error:
        return False
    return True
