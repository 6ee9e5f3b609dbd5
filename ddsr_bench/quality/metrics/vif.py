"""VIF: visual information fidelity in the wavelet domain, H. R. Sheikh, A. C. Bovik, "Image information and visual
quality", IEEE TIP 15(2), 2006 (doi:10.1109/TIP.2005.859378), eq. 27, as the authors' ``vifvec.m`` computes it.

Read on grey (MATLAB's ``rgb2gray``, whole levels 0..255). Two orientations at each of four levels of a steerable
pyramid (:mod:`ddsr_bench.quality.steerable`); coefficients of the reference are vectors of 3x3 neighbours, Gaussian
scale mixtures with the covariance of the whole band (axes with a variance below 1e-8 hold rounding alone and do not
count); the channel is estimated in square windows of 17, 9, 5, 3 samples from the finest level to the coarsest; noise
variance of the eye .4; a border of half a window is left out. The fast variant on pixels is
:mod:`ddsr_bench.quality.metrics.vifp`.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.checks import comparable, paired
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.information import channel, ratio
from ddsr_bench.quality.metric import Floats, Metric, PerFrame
from ddsr_bench.quality.steerable import bands

_LEVELS = 4
_SIDE = 3
_EYE = 0.4
# Variance in squared grey levels below which there is nothing but rounding.
_FLAT = 1e-8
_SHIFTS = [(row, column) for row in range(_SIDE) for column in range(_SIDE)]
_PAIRS = [(first, second) for i, first in enumerate(_SHIFTS) for second in _SHIFTS[i:]]
#: Least side: three vectors must fit across the coarsest level.
SMALLEST = 65

Array = NDArray[Any]


def vif(pictures: Array, reference: Array) -> Floats:
    """VIF of each picture.

    Args:
        pictures: float32 or float64 (B, H, W), 0..255.
        reference: the like.

    Returns:
        float64 (B,), from 0 up; 1 for equal pictures (also constant ones), above 1 for added contrast.

    Raises:
        DdsrError: a side is under 65 samples, shapes differ, or a sample is not a number.
    """
    comparable("vif", pictures, reference, SMALLEST)
    return np.array([_fidelity(*pair) for pair in zip(pictures, reference, strict=True)])


def _fidelity(y: Array, x: Array) -> float:
    kept = held = 0.0
    pyramids = zip(bands(x, _LEVELS), bands(cv2.subtract(y, x), _LEVELS), strict=True)
    for level, pairs in enumerate(pyramids):
        for band, error in zip(*pairs, strict=True):
            parts = _information(band, error, 2 ** (_LEVELS - level) + 1)
            kept, held = kept + parts[0], held + parts[1]
    return ratio(kept, held)


def _information(band: Array, error: Array, window: int) -> tuple[float, float]:
    height, width = (side // _SIDE * _SIDE for side in band.shape)
    band, error = (np.ascontiguousarray(part[:height, :width]) for part in (band, error))
    gain, noise = channel(*_variances(band, error, window), _FLAT)
    strength, variances = _mixture(band)
    edge = math.ceil((window - 1) / 2 / _SIDE)
    gain, noise, strength = (part[edge : -edge or None, edge : -edge or None] for part in (gain, noise, strength))
    share = gain * gain * strength / (noise + _EYE)
    kept = sum(float(np.log(1 + share * variance).sum(dtype=np.float64)) for variance in variances)
    held = sum(float(np.log(1 + strength * (variance / _EYE)).sum(dtype=np.float64)) for variance in variances)
    return kept, held


def _variances(band: Array, error: Array, window: int) -> tuple[Array, Array, Array]:
    """Variance of the band, its covariance with the error, variance of the error, around each vector's middle."""
    mean_x, mean_e = _box(band, window), _box(error, window)
    var_x = _box(cv2.multiply(band, band), window) - mean_x * mean_x
    cov = _box(cv2.multiply(band, error), window) - mean_x * mean_e
    return var_x, cov, _box(cv2.multiply(error, error), window) - mean_e * mean_e


def _box(values: Array, window: int) -> Array:
    means = cv2.blur(values, (window, window))
    return np.ascontiguousarray(means[_SIDE // 2 :: _SIDE, _SIDE // 2 :: _SIDE])


def _mixture(band: Array) -> tuple[Array, NDArray[np.float64]]:
    """The multiplier of each vector of 3x3 neighbours, and the variances along the covariance's axes."""
    variances, axes = np.linalg.eigh(_covariance(band))
    axes, variances = axes[:, variances > _FLAT], variances[variances > _FLAT]
    vectors = np.stack([band[row::_SIDE, column::_SIDE] for row, column in _SHIFTS])
    # No matrix product: its last bits depend on how many threads the linear algebra library has.
    whitened = np.einsum("ij,irc->jrc", (axes / (_SIDE * np.sqrt(variances))).astype(band.dtype), vectors)
    return (whitened * whitened).sum(axis=0), variances


def _covariance(band: Array) -> NDArray[np.float64]:
    """Covariance of all overlapping vectors of 3x3 neighbours, float64 (9, 9)."""
    height, width = (side - _SIDE + 1 for side in band.shape)
    # NumPy's sums: OpenCV's sumElems changes in the last bits with the place in memory.
    sums = [band[row : row + height, column : column + width].sum(dtype=np.float64) for row, column in _SHIFTS]
    products = np.zeros((_SIDE**2, _SIDE**2))
    for down, right in {(r2 - r1, c2 - c1) for (r1, c1), (r2, c2) in _PAIRS}:
        skipped = max(0, -right)
        ahead = band[down:, max(0, right) : band.shape[1] + min(0, right)]
        product = cv2.multiply(band[: band.shape[0] - down, skipped : band.shape[1] - max(0, right)], ahead)
        for first, second in _PAIRS:
            if (second[0] - first[0], second[1] - first[1]) == (down, right):
                row, column = first[0], first[1] - skipped
                total = product[row : row + height, column : column + width].sum(dtype=np.float64)
                i, j = _SHIFTS.index(first), _SHIFTS.index(second)
                products[i, j] = products[j, i] = total
    mean = np.array(sums) / (height * width)
    return np.asarray(products / (height * width) - np.outer(mean, mean))


def _score(frames: Frames, reference: Frames | None) -> Floats:
    return vif(frames.plane("gray"), paired("vif", frames, reference).plane("gray"))


METRIC = Metric(
    name="vif",
    version="1",
    reference="FR",
    higher_is_better=True,
    start=lambda: PerFrame(_score),
    smallest=(SMALLEST, SMALLEST),
)
