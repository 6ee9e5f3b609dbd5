"""Fast random fields: a generator's raw bits, turned into normal or Poisson samples by a table of quantiles.

Sixteen raw bits choose one of 65536 equally likely quantiles of the normal distribution. The table is scaled to
variance 1 exactly; its tails end at 4.3 standard deviations. This is several times faster than drawing each sample
in double precision, and every sample is still independent.
"""

from __future__ import annotations

import functools
from typing import Any

import cv2
import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
_POISSON_BITS, _PIECE = 11, 1 << 16


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Independent standard normal samples, float32 of ``shape``; mean 0 and variance 1 exactly in expectation."""
    bits = _bits(rng, int(np.prod(shape)))
    return _look_up(bits, _normal_table()).reshape(shape)


def poisson(rng: np.random.Generator, levels: Array, peak: float = 256.0) -> Array:
    """Centred Poisson noise ``(P(lambda) - lambda) / peak`` for ``lambda = peak * levels / 255``.

    Args:
        rng: source of bits.
        levels: uint8 image of any shape.
        peak: photons at level 255.

    Returns:
        float32 of the shape of ``levels``, mean 0 and variance ``lambda / peak^2`` exactly in expectation.
    """
    table = _poisson_table(float(peak))
    flat = np.ascontiguousarray(levels).reshape(-1)
    bits = _bits(rng, flat.size)
    result = np.empty(flat.shape, np.float32)
    # In pieces whose indices stay in the processor's cache.
    for start in range(0, flat.size, _PIECE):
        piece = slice(start, start + _PIECE)
        index = flat[piece].astype(np.intp)
        index <<= _POISSON_BITS
        index |= bits[piece] >> np.uint16(16 - _POISSON_BITS)
        np.take(table, index, out=result[piece], mode="clip")
    return result.reshape(levels.shape)


def _bits(rng: np.random.Generator, count: int) -> Array:
    # The generator's own words: the same on every platform, and four samples each.
    words = rng.bit_generator.random_raw(-(-count // 4))
    return np.asarray(words, "<u8").view("<u2")[:count]


def _look_up(bits: Array, table: Array) -> Array:
    if _lut_takes_16_bits():
        return np.asarray(cv2.LUT(bits.reshape(1, -1), table.reshape(1, -1)))
    return table.take(bits)


@functools.lru_cache(maxsize=1)
def _lut_takes_16_bits() -> bool:
    # OpenCV 5 has it and is twice as fast as NumPy; the values are the same.
    try:
        cv2.LUT(np.zeros((1, 1), np.uint16), np.zeros((1, 65536), np.float32))
    except cv2.error:
        return False
    return True


@functools.lru_cache(maxsize=1)
def _normal_table() -> Array:
    from scipy.special import ndtri

    quantiles = ndtri((np.arange(65536) + 0.5) / 65536)
    return np.asarray(quantiles / quantiles.std(), np.float32)


@functools.lru_cache(maxsize=8)
def _poisson_table(peak: float) -> Array:
    """Centred, scaled quantiles for each of 256 levels; float32 (256 * 2^bits,)."""
    from scipy.special import gammaln

    mean = np.arange(256)[:, None] * (peak / 255)
    counts = np.arange(int(peak + 12 * np.sqrt(peak) + 20))
    with np.errstate(divide="ignore", invalid="ignore"):
        mass = np.exp(counts * np.log(mean) - mean - gammaln(counts + 1))
    mass[0] = counts == 0
    share = (np.arange(1 << _POISSON_BITS) + 0.5) / (1 << _POISSON_BITS)
    rows = [np.searchsorted(np.cumsum(row), share) for row in mass]
    centred = np.asarray(rows, np.float64)
    centred -= centred.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1, keepdims=True)
    scaled = np.where(spread > 0, centred / np.where(spread > 0, spread, 1), 0) * np.sqrt(mean)
    return np.asarray(scaled / peak, np.float32).ravel()
