"""The maps whose statistics st-nss takes: of a picture (luma, gradients, bands, opponent colours) and through time."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.imresize import imresize
from ddsr_bench.quality.nss import gaussian

Map = NDArray[Any]
Picture = NDArray[np.uint8]
Taps = NDArray[np.float64]
SHORT_SIDE = 512
BAND_FRAMES = 8
SPATIAL, TEMPORAL = 4 * 2 + 12, (BAND_FRAMES - 1) * 2
# Standard deviation of the derivative of a Gaussian that finds edges in colour, as in ILNIQE.
_SIGMA = 1.66


def shrink(rgb: Picture) -> Picture:
    """Average a picture down until its short side is 512; smaller ones stay. uint8 (H, W, 3) -> the same."""
    height, width = rgb.shape[:2]
    factor = SHORT_SIDE / min(height, width)
    if factor >= 1:
        return rgb
    size = (round(width * factor), round(height * factor))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def spatial_maps(rgb: Picture) -> Iterator[Map]:
    """Yield the 20 maps of a picture: four of luma, each whole and halved, then twelve of colour, halved.

    uint8 (H, W, 3), sides of at least 6 -> float32 (h, w) each. Luma: grey levels, Sobel gradient magnitude, absolute
    Laplacian of Gaussian, difference to a Gaussian of sigma 1. Colour: two opponent channels, two log-opponent ones, a
    and b of CIELAB, each pair followed by its gradient magnitudes.
    """
    for plane in _luma_maps(gray(rgb[None])[0]):
        yield plane
        yield halve(plane)
    height, width = rgb.shape[:2]
    half = cv2.resize(rgb, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA).astype(np.float32)
    for pair in (_opponent(half), _log_opponent(half), _lab(half)):
        yield from pair
        yield from map(_edges, pair)


def temporal_maps(planes: Map) -> Iterator[Map]:
    """Yield 14 maps of eight frames: seven bands of the Haar wavelet packet along time, each whole and halved.

    Whole grey levels float32 (8, H, W) -> float32 (h, w) each, from slow to fast. The lowest band, the mean, is left
    out. (Packets of Haar wavelets, three levels deep, are the Walsh functions.)
    """
    for signs in _walsh()[1:]:
        # Whole numbers: their sum is exact in any order.
        band = functools.reduce(np.add, (sign * plane for sign, plane in zip(signs, planes, strict=True)))
        band = band / np.float32(math.sqrt(BAND_FRAMES))
        yield band
        yield halve(band)


def gray(rgb: Picture) -> Map:
    """Grey levels as MATLAB's ``rgb2gray`` gives them, whole: uint8 (B, H, W, 3) -> float32 (B, H, W)."""
    return Frames(rgb).plane("gray")


def halve(plane: Map) -> Map:
    """Half the size, antialiased bicubic: float32 (H, W) -> (ceil(H / 2), ceil(W / 2))."""
    return np.asarray(imresize(plane[None], 0.5)[0])


def _luma_maps(plane: Map) -> Iterator[Map]:
    border = cv2.BORDER_REPLICATE
    yield plane
    across, down = (cv2.Sobel(plane, cv2.CV_32F, *order, borderType=border) for order in ((1, 0), (0, 1)))
    yield _magnitude(across, down)
    yield np.abs(cv2.filter2D(plane, cv2.CV_32F, _laplacian(), borderType=border))
    window = gaussian(7, 1.0)
    yield plane - cv2.sepFilter2D(plane, cv2.CV_32F, window, window, borderType=border)


def _opponent(rgb: Map) -> list[Map]:
    red, green, blue = cv2.split(rgb)
    return [0.3 * red + 0.04 * green - 0.35 * blue, 0.34 * red - 0.6 * green + 0.17 * blue]


def _log_opponent(rgb: Map) -> list[Map]:
    logs = np.log(rgb + np.float32(0.1))
    # The mean in double precision, whatever the picture's size.
    red, green, blue = (plane - np.float32(plane.mean(dtype=np.float64)) for plane in cv2.split(logs))
    return [(red + green - 2 * blue) * np.float32(1 / math.sqrt(6)), (red - green) * np.float32(1 / math.sqrt(2))]


def _lab(rgb: Map) -> list[Map]:
    return list(cv2.split(cv2.cvtColor(rgb / np.float32(255), cv2.COLOR_RGB2Lab))[1:])


def _edges(plane: Map) -> Map:
    derivative, smooth = _derivative_taps()
    across = cv2.sepFilter2D(plane, cv2.CV_32F, derivative, smooth, borderType=cv2.BORDER_REPLICATE)
    down = cv2.sepFilter2D(plane, cv2.CV_32F, smooth, derivative, borderType=cv2.BORDER_REPLICATE)
    return _magnitude(across, down)


def _magnitude(across: Map, down: Map) -> Map:
    # Not cv2.magnitude: its last bit hangs on where in memory the planes happen to lie.
    return np.asarray(np.sqrt(across * across + down * down))


@functools.lru_cache(maxsize=1)
def _derivative_taps() -> tuple[Taps, Taps]:
    """First derivative of a Gaussian and the Gaussian, unscaled, as the authors of ILNIQE take them."""
    x = np.arange(-math.ceil(3 * _SIGMA), math.ceil(3 * _SIGMA) + 1, dtype=np.float64)
    smooth = np.exp(-(x**2) / (2 * _SIGMA**2))
    return x * smooth, smooth


@functools.lru_cache(maxsize=1)
def _laplacian() -> Taps:
    """``fspecial('log', 9, 1.5)`` over the sum of its absolute values."""
    taps, sigma = gaussian(9, 1.5), 1.5
    squared = np.add.outer((np.arange(9) - 4) ** 2, (np.arange(9) - 4) ** 2)
    window = np.outer(taps, taps) * (squared - 2 * sigma**2) / sigma**4
    window -= window.mean()
    return np.asarray(window / np.abs(window).sum())


@functools.lru_cache(maxsize=1)
def _walsh() -> NDArray[np.float32]:
    """The eight Walsh functions of eight samples, by number of sign changes."""
    rows = np.ones((1, 1), np.float32)
    while len(rows) < BAND_FRAMES:
        rows = np.kron(np.array([[1, 1], [1, -1]], np.float32), rows)
    return np.asarray(rows[np.argsort((rows[:, 1:] != rows[:, :-1]).sum(axis=1))])
