"""Natural-scene statistics: locally normalised pictures and the fits to them, as in BRISQUE and NIQE.

Flat regions. Where a picture is locally constant (or a straight ramp), I - mu is zero, but a dense sum of rounded
products leaves specks of +-1e-14, and each speck then counts as a sample of the negative or the positive half in the
asymmetric fit: the score hangs on the order of summation. The rule here, the same for float32 and float64 input:
**|I - mu| below 1e-6 grey levels is zero**, and a zero belongs to neither half.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.nss_fit import Moments, aggd_fit, aggd_from, ggd_fit, ggd_from, mean_factor, scale_factor
from ddsr_bench.quality.nss_pairs import SHIFTS, pair_moments, paired_products, tile_moments

__all__ = [
    "FLAT",
    "SHIFTS",
    "Border",
    "Moments",
    "aggd_fit",
    "aggd_from",
    "gaussian",
    "ggd_fit",
    "ggd_from",
    "mean_factor",
    "mscn",
    "mscn_sigma",
    "pair_moments",
    "paired_products",
    "scale_factor",
    "tile_moments",
]

Array = NDArray[Any]
Border = Literal["replicate", "zero"]
FLAT = 1e-6
# Samples of a strip.
_AT_ONCE = 80_000
_BORDERS = {"replicate": cv2.BORDER_REPLICATE, "zero": cv2.BORDER_CONSTANT}


def mscn(plane: Array, border: Border, *, size: int = 7, sigma: float = 7 / 6, floor: float = 1.0) -> Array:
    """Mean-subtracted, contrast-normalised coefficients ``(I - mu) / (s + floor)`` (Ruderman 1994).

    Args:
        plane: float32 or float64 (B, H, W), grey levels.
        border: ``"replicate"`` (NIQE: ``imfilter`` with that option) or ``"zero"`` (BRISQUE: ``filter2``).
        size: odd width of the Gaussian window.
        sigma: of the window.
        floor: added to the deviation.

    Returns:
        (B, H, W) of the input's dtype; exactly zero where ``|I - mu|`` is below :data:`FLAT`.
    """
    coefficients = np.empty_like(plane)
    for frame, target in zip(plane, coefficients, strict=True):
        _normalise(frame, target, None, border, gaussian(size, sigma), floor)
    return coefficients


def mscn_sigma(
    plane: Array, border: Border, *, size: int = 7, sigma: float = 7 / 6, floor: float = 1.0
) -> tuple[Array, Array]:
    """Coefficients of :func:`mscn` and the local standard deviation beside them, each (B, H, W)."""
    coefficients, deviation = np.empty_like(plane), np.empty_like(plane)
    for frame, target, beside in zip(plane, coefficients, deviation, strict=True):
        _normalise(frame, target, beside, border, gaussian(size, sigma), floor)
    return coefficients, deviation


def _normalise(
    frame: Array, target: Array, deviation: Array | None, border: Border, window: Array, floor: float
) -> None:
    for rows, difference, spread in _strips(frame, border, window):
        difference[np.abs(difference) < FLAT] = 0
        np.sqrt(spread, out=spread)
        if deviation is not None:
            deviation[rows] = spread
        spread += target.dtype.type(floor)
        np.divide(difference, spread, out=target[rows])


def _strips(frame: Array, border: Border, window: Array) -> Iterator[tuple[slice, Array, Array]]:
    """Yield (which rows, I - mu, variance) strip by strip, so that all of a strip's arrays stay in the cache.

    The sums are in double precision: both results are small differences of large numbers. What is yielded has the
    input's precision and is overwritten by the next strip.
    """
    height, width = frame.shape
    margin = len(window) // 2
    step = min(max(_AT_ONCE // width, 8 * margin), height)
    buffers = np.empty((4, step + 2 * margin, width + 2 * margin))
    results = np.empty((2, step, width), frame.dtype)
    depth = cv2.CV_32F if frame.dtype == np.float32 else cv2.CV_64F
    inner = np.s_[:, margin : -margin or None, margin : -margin or None]
    for top in range(0, height, step):
        count = min(step, height - top)
        source, square, mean, variance = now = buffers[:, : count + 2 * margin]
        source[...] = _with_margin(frame, top - margin, top + count + margin, margin, border)
        np.multiply(source, source, out=square)
        cv2.sepFilter2D(source, cv2.CV_64F, window, window, dst=mean)
        cv2.sepFilter2D(square, cv2.CV_64F, window, window, dst=variance)
        source, square, mean, variance = now[inner]
        difference, spread = results[:, :count]
        cv2.subtract(source, mean, dst=difference, dtype=depth)
        cv2.subtract(variance, cv2.multiply(mean, mean, dst=mean), dst=spread, dtype=depth)
        yield slice(top, top + count), difference, np.abs(spread, out=spread)


def _with_margin(frame: Array, first: int, last: int, margin: int, border: Border) -> Array:
    """Rows ``first`` to ``last`` of a frame, which may lie beyond it, with ``margin`` columns on both sides."""
    above, below = max(-first, 0), max(last - len(frame), 0)
    rows = frame[max(first, 0) : last]
    return np.asarray(cv2.copyMakeBorder(rows, above, below, margin, margin, _BORDERS[border]))


@functools.lru_cache(maxsize=64)
def gaussian(size: int, sigma: float) -> NDArray[np.float64]:
    """One-dimensional factor of MATLAB's ``fspecial('gaussian', size, sigma)``: (size,), sums to 1; read-only."""
    x = np.arange(size) - (size - 1) / 2
    window = np.exp(-(x**2) / (2 * sigma**2))
    window /= window.sum()
    window.flags.writeable = False
    return np.asarray(window)
