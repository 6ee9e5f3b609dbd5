"""ILNIQE's 468 features of each of 36 blocks: 234 at each of two scales, in the order of the authors' model.

Per scale: shape and scale of the normalised luminance and the fits to its products with four neighbours, as in NIQE
(18); Weibull fits to the gradient magnitude of the opponent colours (6); mean and variance of Ruderman's logarithmic
colours (6); fits to derivatives, log-Gabor responses and the responses' derivatives (156); Weibull fits to the
responses' gradient magnitude (48). Maps of responses are float32, which moves scores by one or two parts in 100000.

Flat regions follow the rule of :mod:`ddsr_bench.quality.nss`, for derivatives of opponent colours with the limit
:data:`FLAT`: a derivative below it is zero and belongs to neither half.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality import nss
from ddsr_bench.quality.ilniqe_filters import derivatives, log_gabor_responses
from ddsr_bench.quality.ilniqe_fits import block_moments, blocks, weibull_fit
from ddsr_bench.quality.ilniqe_picture import Bytes, halved, opponent, standard_planes
from ddsr_bench.quality.nss_fit import Moments

Array = NDArray[Any]
Floats = NDArray[np.float64]
# Two values of each block, (36,) each.
Fit = tuple[Floats, Floats]

FEATURES = 468
#: Sums of products of whole numbers with smooth windows are right to ten digits and more; what is below is rounding.
FLAT = 1e-9
_DARKEST = 1e-5
# Added to magnitudes so that they have a logarithm: the distance of 1 and the next number.
_EPS = 2.0**-52


def ilniqe_features(rgb: Bytes) -> Floats:
    """Features of a picture's blocks: uint8 (H, W, 3), any size -> float64 (36, 468).

    NaN where one half of a fit has no sample, infinite where a Weibull fit's samples are all equal.
    """
    return block_features(standard_planes(rgb))


def block_features(planes: Floats) -> Floats:
    """Features of R, G, B as :func:`~ddsr_bench.quality.ilniqe_picture.standard_planes` gives them: (36, 468)."""
    return np.concatenate([_scale_features(planes, 1), _scale_features(halved(planes), 2)], axis=1)


def _scale_features(planes: Floats, scale: int) -> Floats:
    colours = opponent(planes)
    derived: list[Moments] = []
    edges: list[Fit] = []
    for colour in colours:
        slopes = derivatives(colour, scale)
        for slope in slopes:
            slope[np.abs(slope) < FLAT] = 0
            derived.append(block_moments(slope))
        edges.append(_magnitude_fit(*slopes))
    responses, slopes_of, magnitudes = _response_features(colours[2], scale)
    parts = [
        _luminance_features(colours[2]),
        _paired(edges),
        _paired(_log_colours(planes)),
        _paired([_symmetric(m) for m in (*derived, *responses, *slopes_of)]),
        _paired(magnitudes),
    ]
    return np.concatenate(parts, axis=1)


def _luminance_features(luminance: Floats) -> Floats:
    """The 18 features of NIQE, of coefficients from a 5x5 window."""
    coefficients = nss.mscn(luminance[None], "replicate", size=5, sigma=5 / 6)[0]
    alone, pairs = nss.pair_moments(blocks(coefficients))
    alpha, *sides = nss.aggd_from(pairs)
    left, right = (side * nss.scale_factor(alpha) for side in sides)
    four = np.stack([alpha, (right - left) * nss.mean_factor(alpha), left, right], axis=-1)
    return np.concatenate([np.stack(_symmetric(alone), axis=-1), four.reshape(len(four), 16)], axis=1)


def _symmetric(moments: Moments) -> Fit:
    """Shape and mean of the two scales of asymmetric fits."""
    alpha, left, right = nss.aggd_from(moments)
    return alpha, (left + right) / 2 * nss.scale_factor(alpha)


def _log_colours(planes: Floats) -> list[Fit]:
    """Mean and variance of three opponent colours of logarithms, whose mean over the picture is taken off first."""
    logs = np.log(planes + _DARKEST)
    red, green, blue = logs - logs.mean(axis=(1, 2), keepdims=True)
    colours = (red + green + blue) / np.sqrt(3), (red + green - 2 * blue) / np.sqrt(6), (red - green) / np.sqrt(2)
    tiles = [blocks(colour) for colour in colours]
    return [(tile.mean(axis=(1, 2)), tile.var(axis=(1, 2), ddof=1)) for tile in tiles]


def _response_features(luminance: Floats, scale: int) -> tuple[list[Moments], list[Moments], list[Fit]]:
    """Moments of the log-Gabor responses and of their derivatives, and fits to the derivatives' magnitude."""
    values: list[Moments] = []
    slopes_of: list[Moments] = []
    magnitudes: list[Fit] = []
    for response in log_gabor_responses(luminance, scale):
        for part in (response.real, response.imag):
            single = part.astype(np.float32)
            slopes = derivatives(single, scale)
            values.append(block_moments(single))
            slopes_of += [block_moments(slope) for slope in slopes]
            magnitudes.append(_magnitude_fit(*slopes))
    return values, slopes_of, magnitudes


def _magnitude_fit(along_x: Array, along_y: Array) -> Fit:
    # Not cv2.magnitude: its last digit depends on where in memory the arrays lie.
    magnitude = along_x * along_x
    magnitude += along_y * along_y
    np.sqrt(magnitude, out=magnitude)
    magnitude += magnitude.dtype.type(_EPS)
    return weibull_fit(blocks(magnitude).astype(np.float32, copy=False))


def _paired(columns: list[Fit]) -> Floats:
    """Two values of each of several maps, (36,) each -> (36, 2 * maps), map by map."""
    return np.stack([column for pair in columns for column in pair], axis=1)
