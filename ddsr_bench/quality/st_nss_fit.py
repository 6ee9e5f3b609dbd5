"""The 34 statistics that st-nss takes of every map, spatial or temporal: those of RAPIQUE (Tu et al., 2021)."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality import nss

Map = NDArray[Any]
Floats = NDArray[np.float64]
COUNT = 34
# Local deviations below this are rounding of a flat region.
_FLAT_DEVIATION = 1e-3
# Highest shape of the deviations' distribution; natural maps stay below 20, a map of one deviation has infinity.
_HIGHEST_SHAPE = 1000.0


def map_statistics(plane: Map) -> Floats:
    """Statistics of a map, all finite, whatever the map.

    Args:
        plane: float32 (H, W), sides of at least 3, finite.

    Returns:
        float64 (34,): generalised Gaussian of the normalised coefficients (shape, deviation); Nakagami-like fit of
        the local deviations (mean, squared mean over variance, at most 1000); asymmetric generalised Gaussians of
        products with four neighbours (alpha, mean, left, right); generalised Gaussians of seven derivatives of the
        logarithm of the coefficients. A fit without samples has shape .2 and deviation 0.
    """
    coefficients, deviation = nss.mscn_sigma(plane[None], "replicate")
    alone, pairs = nss.pair_moments(coefficients)
    alpha, left, right = nss.aggd_from(pairs)
    left, right = np.nan_to_num(left), np.nan_to_num(right)
    mean = (right - left) * nss.mean_factor(alpha) * nss.scale_factor(alpha)
    products = np.stack([alpha, mean, left, right], axis=-1).ravel()
    return np.concatenate([*nss.ggd_from(alone), _nakagami(deviation[0]), products, _derivatives(coefficients[0])])


def _nakagami(deviation: Map) -> list[float]:
    deviation[deviation < _FLAT_DEVIATION] = 0
    mean, spread = (float(value[0, 0]) for value in cv2.meanStdDev(deviation))
    shape = min((mean / spread) ** 2, _HIGHEST_SHAPE) if spread else _HIGHEST_SHAPE * (mean > 0)
    return [mean, shape]


def _derivatives(coefficients: Map) -> Floats:
    """Shape and deviation of seven differences of log(|coefficient| + .1), inside the map: (14,)."""
    x = np.log(np.abs(coefficients) + np.float32(0.1))
    here, right, below, diagonal = x[:-1, :-1], x[:-1, 1:], x[1:, :-1], x[1:, 1:]
    middle = np.s_[1:-1]
    sides = x[middle, :-2] + x[middle, 2:]
    pairs = [
        (x[:, 1:], x[:, :-1]),
        (x[1:], x[:-1]),
        (diagonal, here),
        (right, below),
        (diagonal + here, right + below),
        (x[:-2, middle] + x[2:, middle], sides),
        (x[:-2, :-2] + x[2:, 2:], x[:-2, 2:] + x[2:, :-2]),
    ]
    sums = np.array([[cv2.norm(a, b, kind) / a.size for kind in (cv2.NORM_L1, cv2.NORM_L2SQR)] for a, b in pairs])
    unused = np.full(len(pairs), np.nan)
    shape, spread = nss.ggd_from(nss.Moments(sums[:, 0], sums[:, 1], unused, unused))
    return np.stack([shape, spread], axis=-1).ravel()
