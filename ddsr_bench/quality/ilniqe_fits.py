"""Distributions fitted to all blocks of a map at once: moments for asymmetric generalised Gaussians, and Weibull."""

from __future__ import annotations

import functools
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from ddsr_bench.quality.ilniqe_picture import GRID
from ddsr_bench.quality.nss_fit import Moments, root_mean

Array = NDArray[Any]
Floats = NDArray[np.float64]

# Newton's method doubles the digits: a last step of this size leaves an error of about its square.
_LAST_STEP, _MOST_STEPS = 1e-4, 60


def block_sums(plane: Array) -> Floats:
    """Sum each of the 6x6 blocks of a plane (n, n): float64 (36,), row by row."""
    # Whole rows first, in the plane's own precision; then the few sums that are left.
    partial = np.add.reduce(plane.reshape(GRID, -1, plane.shape[1]), axis=1, dtype=plane.dtype)
    return np.asarray(partial.reshape(GRID * GRID, -1).sum(axis=1, dtype=np.float64))


def blocks(plane: Array) -> Array:
    """Cut a plane (n, n) into its 6x6 blocks: (36, n/6, n/6), row by row."""
    side = len(plane) // GRID
    tiles = plane.reshape(GRID, side, GRID, side).swapaxes(1, 2)
    return np.ascontiguousarray(tiles).reshape(GRID * GRID, side, side)


def block_moments(plane: Array) -> Moments:
    """Moments of each block of a float plane (n, n), for :func:`~ddsr_bench.quality.nss_fit.aggd_from`: (36,)."""
    count = plane.size // GRID**2
    # NumPy's own are several times slower.
    halves = cv2.min(plane, 0.0), cv2.max(plane, 0.0)
    total = block_sums(halves[1]) - block_sums(halves[0])
    below, above = (block_sums(np.square(half, out=half)) for half in halves)
    # No column of a block is as long as a byte can count.
    fewer, more = (block_sums(side.view(np.uint8)) for side in (plane < 0, plane > 0))
    return Moments(total / count, (below + above) / count, root_mean(below, fewer), root_mean(above, more))


def weibull_fit(samples: Array) -> tuple[Floats, Floats]:
    """Fit Weibull distributions by maximum likelihood.

    The shape k solves ``sum(x**k log x) / sum(x**k) - 1/k = mean(log x)`` (what MATLAB's ``wblfit`` solves, as the
    extreme-value distribution of the logarithms), here by Newton's method for all sets together.

    Args:
        samples: float32 or float64 (N, rows, columns) above zero, N sets.

    Returns:
        (scale, shape), each float64 (N,). A set of equal samples has infinite shape.
    """
    shape = _first_shape(samples)
    logs = np.log(samples)
    top, count = logs.max(axis=(1, 2)), logs[0].size
    flat = top == logs.min(axis=(1, 2))
    logs -= top[:, None, None]
    square = logs * logs
    mean = _sums(logs) / count
    weight = np.empty_like(logs)
    for _ in range(_MOST_STEPS):
        np.exp(np.multiply(logs, shape.astype(logs.dtype)[:, None, None], out=weight), out=weight)
        zeroth, first, second = _sums(weight), _sums(weight, logs), _sums(weight, square)
        ratio = first / zeroth
        slope = second / zeroth - ratio**2 + 1 / shape**2
        step = np.clip((1 / shape + mean - ratio) / slope, -shape / 2, shape)
        shape = shape + step
        if (np.abs(step) <= _LAST_STEP * shape)[~flat].all():
            break
    # The sum as it is at the last shape, to first order.
    logarithm = np.log(zeroth / count) + step * ratio
    return np.exp(top + np.where(flat, 0, logarithm / shape)), np.where(flat, np.inf, shape)


def _first_shape(samples: Array) -> Floats:
    """Shapes by the method of moments: those whose mean squared over mean square is the samples'."""
    shapes, ratios = _moment_table()
    with np.errstate(invalid="ignore"):
        ratio = _sums(samples) ** 2 / (_sums(samples, samples) * samples[0].size)
    return np.asarray(np.interp(ratio, ratios, shapes))


@functools.lru_cache(maxsize=1)
def _moment_table() -> tuple[Floats, Floats]:
    shapes = np.geomspace(0.2, 50, 500)
    return shapes, np.exp(2 * gammaln(1 + 1 / shapes) - gammaln(1 + 2 / shapes))


def _sums(*factors: Array) -> Floats:
    """Sum products of (N, rows, columns) over each of the N sets: float64 (N,)."""
    # Rows by themselves, then in double precision: as exact as need be in float32, whatever the number of threads.
    axes = ",".join(["nrc"] * len(factors))
    return np.asarray(np.einsum(f"{axes}->nr", *factors).sum(axis=1, dtype=np.float64))
