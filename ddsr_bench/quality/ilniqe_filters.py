"""ILNIQE's filters: derivatives of a Gaussian, and complex log-Gabor filters of three scales and four orientations.

Constants are those of the authors' release; each is divided by a power of the pyramid's scale (1, 2).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

Array = NDArray[Any]
Floats = NDArray[np.float64]

_DERIVATIVE_SIGMA, _DERIVATIVE_POWER = 1.66, 0.28
_SHORTEST_WAVE, _WAVE_POWER, _WAVE_FACTOR = 2.4, 0.87, 1.31
_BANDWIDTH = 0.55
WAVES, ORIENTATIONS = 3, 4
_ANGULAR_SIGMA = math.pi / ORIENTATIONS / 1.10


def derivatives(plane: Array, scale: int) -> tuple[Array, Array]:
    """Derivatives of a smoothed plane along x and y, zeros beyond the border, up to a constant factor and the sign.

    Args:
        plane: float32 or float64 (H, W).
        scale: 1 or 2, of the pyramid.
    """
    smooth, slope = _taps(scale)
    depth, border = cv2.CV_32F if plane.dtype == np.float32 else cv2.CV_64F, cv2.BORDER_CONSTANT
    along_x = cv2.sepFilter2D(plane, depth, slope, smooth, borderType=border)
    return along_x, cv2.sepFilter2D(plane, depth, smooth, slope, borderType=border)


@functools.lru_cache(maxsize=4)
def _taps(scale: int) -> tuple[Floats, Floats]:
    sigma = _DERIVATIVE_SIGMA / scale**_DERIVATIVE_POWER
    x = np.arange(-math.ceil(3 * sigma), math.ceil(3 * sigma) + 1, dtype=np.float64)
    smooth = np.exp(-(x**2) / (2 * sigma**2))
    return smooth, x * smooth


def log_gabor_responses(plane: Floats, scale: int) -> Iterator[NDArray[np.complex128]]:
    """Responses of a square plane (n, n) to the twelve filters, orientations within wavelengths; (n, n) each.

    In double precision throughout: far from edges responses are many digits smaller than the picture.
    """
    spectrum = scipy.fft.fft2(plane)
    radial, angular = _log_gabor(len(plane), scale)
    for band in radial:
        for direction in angular:
            yield scipy.fft.ifft2(spectrum * (band * direction), overwrite_x=True)


@functools.lru_cache(maxsize=2)
def _log_gabor(size: int, scale: int) -> tuple[Floats, Floats]:
    """Radial (3, n, n) and angular (4, n, n) factors of the transfer functions, zero frequency first; read-only."""
    frequency = scipy.fft.fftfreq(size)
    x, y = np.meshgrid(frequency, frequency)
    radius, angle = np.hypot(x, y), np.arctan2(-y, x)
    # The mean passes no filter; any radius but zero will do there.
    radius[0, 0] = 1
    shortest = _SHORTEST_WAVE / scale**_WAVE_POWER
    radial = np.stack([_band(radius, shortest * _WAVE_FACTOR**wave) for wave in range(WAVES)])
    radial[:, 0, 0] = 0
    angular = np.stack([_direction(angle, index * math.pi / ORIENTATIONS) for index in range(ORIENTATIONS)])
    for factor in (radial, angular):
        factor.flags.writeable = False
    return radial, angular


def _band(radius: Floats, wavelength: float) -> Floats:
    return np.asarray(np.exp(-(np.log(radius * wavelength) ** 2) / (2 * math.log(_BANDWIDTH) ** 2)))


def _direction(angle: Floats, centre: float) -> Floats:
    apart = np.abs(np.arctan2(np.sin(angle - centre), np.cos(angle - centre)))
    return np.asarray(np.exp(-(apart**2) / (2 * _ANGULAR_SIGMA**2)))
