"""Features of a pair of frames for VIIDEO: statistics of their difference at two scales, block by block."""

from __future__ import annotations

import functools
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import gamma

from ddsr_bench.quality.nss import FLAT, gaussian
from ddsr_bench.quality.nss_fit import Moments
from ddsr_bench.quality.viideo_blocks import block_moments

Floats = NDArray[np.float64]
# Samples of a strip.
_AT_ONCE = 40_000


def pair_features(first: NDArray[Any], second: NDArray[Any]) -> Floats:
    """Shapes and scales of the products of neighbouring coefficients of a frame difference.

    The difference is normalised by its local mean and deviation (7 x 7 Gaussian, sigma 7/6, edges repeated), then the
    local mean itself is, as the second scale. Where the difference less its local mean is below 1e-6 grey levels it is
    zero and counts for neither half of the fits, see :mod:`ddsr_bench.quality.nss`.

    Args:
        first: luma of the earlier frame, 0..255, (H, W).
        second: that of the later frame.

    Returns:
        float64 (2, blocks, 12): for each scale and block alpha, left and right scale parameter of the products with
        the neighbour above, to the left, and on either diagonal above. All NaN for a block that has no difference or
        where a fit lacks one of its halves.
    """
    signal = np.subtract(first, second, dtype=np.float64)
    scales = []
    for _ in range(2):
        coefficients, signal = _normalised(signal)
        scales.append(_fit(block_moments(coefficients)))
    return np.where(np.isfinite(scales).all(axis=(0, 2), keepdims=True), scales, np.nan)


def _normalised(signal: Floats) -> tuple[NDArray[np.float32], Floats]:
    """Normalised coefficients and local mean of a plane, strip by strip, so that a strip's arrays stay in the cache."""
    # In double precision up to the division: mean and variance are small differences of large numbers.
    window, margin = gaussian(7, 7 / 6), 3
    height, width = signal.shape
    padded = cv2.copyMakeBorder(signal, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    coefficients, means = np.empty((height, width), np.float32), np.empty_like(signal)
    step = max(_AT_ONCE // width, 4 * margin)
    # Used for all strips: fresh memory would cost more than the sums.
    buffers = [np.empty((min(step, height) + 2 * margin, width + 2 * margin)) for _ in range(3)]
    for top in range(0, height, step):
        rows = slice(top, min(top + step, height))
        strip = padded[top : rows.stop + 2 * margin]
        square, mean, variance = (buffer[: len(strip)] for buffer in buffers)
        cv2.sepFilter2D(strip, -1, window, window, dst=mean)
        cv2.sepFilter2D(np.square(strip, out=square), -1, window, window, dst=variance)
        inner = np.s_[margin:-margin, margin:-margin]
        means[rows] = mean[inner]
        difference = np.subtract(strip[inner], mean[inner], out=square[inner])
        difference[np.abs(difference) < FLAT] = 0
        np.subtract(variance, np.square(mean, out=mean), out=variance)
        deviation = np.sqrt(np.abs(variance, out=variance), out=variance)[inner]
        np.add(deviation, 1, out=deviation)
        np.divide(difference, deviation, out=coefficients[rows], casting="same_kind")
    return coefficients, means


def _fit(m: Moments) -> Floats:
    """Moments (5, blocks) -> alpha, left and right scale of the four products, (blocks, 12)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        skew = m.left / m.right
        ratio = m.mean_abs**2 / m.mean_square * (skew**3 + 1) * (skew + 1) / (skew**2 + 1) ** 2
    shapes, middles, factors = _grid()
    nearest = np.searchsorted(middles, ratio[1:])
    factor = factors[nearest]
    # A half without samples leaves NaN in left or right, hence in the features.
    fits = np.stack([shapes[nearest], m.left[1:] * factor, m.right[1:] * factor], axis=-1)
    return np.asarray(fits.transpose(1, 0, 2).reshape(fits.shape[1], 12))


@functools.lru_cache(maxsize=1)
def _grid() -> tuple[Floats, Floats, Floats]:
    """The authors' shapes .2, .21, ..., 5; the values half-way between their moment ratios; scale over deviation."""
    shapes = np.arange(20, 501) / 100
    ratios = gamma(2 / shapes) ** 2 / (gamma(1 / shapes) * gamma(3 / shapes))
    return shapes, (ratios[1:] + ratios[:-1]) / 2, np.sqrt(gamma(1 / shapes) / gamma(3 / shapes))
