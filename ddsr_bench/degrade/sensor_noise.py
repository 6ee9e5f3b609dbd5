"""What a sensor adds to the light: shot, read, row and fixed-pattern noise, and the converter's steps.

Model: EMVA 1288's linear camera. An exposed pixel collects ``N ~ Poisson(lambda)`` electrons, reading adds a
Gaussian, and the converter rounds to steps above a pedestal, so the variance of a raw value is its mean plus
the read noise squared, in electrons, plus 1/12 step squared.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from ddsr_bench.degrade.noise import normal
from ddsr_bench.degrade.raw import Array

#: Mean counts below this are drawn from the Poisson distribution itself; above, from its Gaussian limit.
POISSON_BELOW = 16
#: Black lies this share of the converter's range above zero, so that noise in the dark is not cut in half.
PEDESTAL = 1 / 16
_STEPS = 32  # levels of the Poisson tables per electron
_OUTCOMES = 64  # counts told apart; P(N > 63) < 1e-16 at a mean of 16


@dataclass(frozen=True)
class Readout:
    """One readout: electrons at white, RMS of read and row noise in electrons, and the converter's bits."""

    white: float
    read: float = 0.0
    row: float = 0.0
    bits: int = 12


def capture(raw: Array, readout: Readout, rng: np.random.Generator, fixed: Array | None = None) -> Array:
    """Expose and read a sensor.

    Args:
        raw: float32 (H, W), noiseless light as a share of white; negative counts as dark.
        readout: the sensor's figures.
        rng: this frame's noise.
        fixed: float32 (H, W), offsets in electrons that stay the same over the clip.

    Returns:
        float32 (H, W), share of white, at most 1; negative down to the pedestal.
    """
    mean = np.maximum(raw, np.float32(0))
    mean *= np.float32(readout.white)
    electrons = expose(mean, readout.read, rng)
    if readout.row:
        electrons += normal(rng, (raw.shape[0], 1)) * np.float32(readout.row)
    if fixed is not None:
        electrons += fixed
    return digitise(electrons, readout)


def expose(mean: Array, read: float, rng: np.random.Generator) -> Array:
    """Electrons read where ``mean`` are expected: shot noise and a read noise of RMS ``read``.

    float32 of any shape, >= 0 -> float32. Variance ``mean + read**2`` at all levels; below
    :data:`POISSON_BELOW` electrons the count is Poisson's, above it is Gaussian (skewness at most 1/4 there).
    """
    field = normal(rng, mean.shape)
    dark = np.flatnonzero(mean < POISSON_BELOW)
    if dark.size == mean.size:
        field *= np.float32(read)
        field += poisson(rng, mean.ravel()).reshape(mean.shape)
        return field
    kept = field.ravel()[dark]
    spread = np.add(mean, np.float32(read * read))
    field *= np.sqrt(spread, out=spread)
    field += mean
    if dark.size:
        field.ravel()[dark] = poisson(rng, mean.ravel()[dark]) + kept * np.float32(read)
    return field


def poisson(rng: np.random.Generator, mean: Array) -> Array:
    """Poisson counts for means from 0 to :data:`POISSON_BELOW`; float32 (n,) -> float32 (n,).

    Alias method (Walker 1977) on tables at every 1/32 electron, between which one is chosen at random in
    proportion: the mean is exact and the variance too large by at most 1/4096.
    """
    keep, alias = _alias_tables()
    words = np.asarray(rng.bit_generator.random_raw(-(-mean.size // 2)), "<u8").view("<u4")[: mean.size]
    level = (words >> np.uint32(22)).astype(np.float32)
    level *= np.float32(1 / 1024)
    level += mean * np.float32(_STEPS)
    index = level.astype(np.uint32)
    index *= np.uint32(_OUTCOMES)
    count = words & np.uint32(_OUTCOMES - 1)
    index += count
    share = (words >> np.uint32(6)).astype(np.uint16)
    return np.where(share < keep.take(index), count, alias.take(index)).astype(np.float32)


def digitise(electrons: Array, readout: Readout) -> Array:
    """Round electrons to the converter's steps and clip to its range; share of white. Overwrites its input.

    float32 of any shape -> the same array. White is the highest code, black the code at :data:`PEDESTAL`.
    """
    top = (1 << readout.bits) - 1
    black = round(PEDESTAL * (top + 1))
    electrons *= np.float32((top - black) / readout.white)
    np.rint(electrons, out=electrons)
    np.clip(electrons, -black, top - black, out=electrons)
    electrons *= np.float32(1 / (top - black))
    return electrons


@functools.cache
def _alias_tables() -> tuple[Array, Array]:
    """(65536ths to keep a count, the count to take otherwise); both uint32 (levels * outcomes,)."""
    from scipy.special import gammaln, xlogy

    mean = np.arange(POISSON_BELOW * _STEPS + 1)[:, None] / _STEPS
    counts = np.arange(_OUTCOMES)
    mass = np.exp(xlogy(counts, mean) - mean - gammaln(counts + 1))
    left = mass / mass.sum(axis=1, keepdims=True) * _OUTCOMES
    keep, alias = np.ones_like(left), np.tile(counts, (len(mean), 1))
    open_ = np.ones_like(left, bool)
    rows = np.arange(len(mean))
    for _ in counts[1:]:
        # All levels at once: the poorest count is filled up by the richest and closed.
        poor = np.where(open_, left, np.inf).argmin(axis=1)
        rich = np.where(open_, left, -np.inf).argmax(axis=1)
        keep[rows, poor], alias[rows, poor] = left[rows, poor], rich
        left[rows, rich] -= 1 - left[rows, poor]
        open_[rows, poor] = False
    return np.rint(keep * 65536).astype(np.uint32).ravel(), alias.astype(np.uint32).ravel()
