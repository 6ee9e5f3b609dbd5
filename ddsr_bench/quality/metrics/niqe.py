"""NIQE: how far a picture's local statistics are from those of sharp natural pictures.

A. Mittal, R. Soundararajan, A. C. Bovik, "Making a 'Completely Blind' Image Quality Analyzer", IEEE SPL 2013; with
the authors' model (not that of MATLAB's own ``niqe``). As in their release: whole grey levels, cropped to whole
blocks of 96 pixels before filtering, replicated borders, unrounded halving, products that wrap around in each block.
Flat regions follow the rule of :mod:`ddsr_bench.quality.nss`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality import nss
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.imresize import imresize
from ddsr_bench.quality.metric import Floats, Metric, PerFrame, Scorer
from ddsr_bench.quality.models import Gaussian, load_niqe

BLOCK = 96
FEATURES = 36


def niqe_scores(gray: NDArray[Any], model: Gaussian) -> Floats:
    """Score each plane: floats (B, H, W), grey levels 0..255, H and W at least 96 -> float64 (B,), lower is better.

    Raises:
        DdsrError: a plane smaller than one block.
    """
    return np.array([distance(block_features(plane), model) for plane in gray])


def block_features(plane: NDArray[Any]) -> Floats:
    """Features of the blocks of one plane.

    Args:
        plane: float32 or float64 (H, W), grey levels 0..255.

    Returns:
        float64 (blocks, 36), 18 at each of two scales: shape and scale of the coefficients; shape, mean, left and
        right scale of their products with four neighbours. NaN where a half has no sample.

    Raises:
        DdsrError: the plane is smaller than one block.
    """
    plane = whole_blocks(plane)[None]
    large, small = (nss.mscn(scale, "replicate")[0] for scale in (plane, imresize(plane, 0.5)))
    return np.concatenate([_features(large, BLOCK), _features(small, BLOCK // 2)], axis=1)


def whole_blocks(plane: NDArray[Any]) -> NDArray[Any]:
    """Crop (H, W) to the largest top left part that whole blocks fill.

    Raises:
        DdsrError: there is none.
    """
    height, width = (side // BLOCK * BLOCK for side in plane.shape)
    if not height or not width:
        raise DdsrError(f"picture of {plane.shape[1]}x{plane.shape[0]}: NIQE needs {BLOCK}x{BLOCK} pixels at least")
    return plane[:height, :width]


def distance(features: Floats, model: Gaussian) -> float:
    """Distance of a picture's block features (n, 36) from the model (equation 10 of the paper).

    A block's missing features are left out of the mean, and the whole block out of the covariance (``nanmean``
    and ``nancov``). A feature that no block has counts as zero, and a single block has no covariance: where the
    authors' code gives NaN or fails, this is a defined, large distance.
    """
    apart = model.mean - nan_mean(features)
    pooled = (model.covariance + nan_covariance(features)) / 2
    # MATLAB's default tolerance of pinv.
    inverse = np.linalg.pinv(pooled, rcond=len(pooled) * np.finfo(float).eps)
    return float(np.sqrt(max(float(apart @ inverse @ apart), 0.0)))


def nan_mean(features: Floats) -> Floats:
    """Mean of each column (n, d) -> (d,) over what is not NaN; 0 where all is."""
    known = ~np.isnan(features)
    return np.asarray(np.where(known, features, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))


def nan_covariance(features: Floats) -> Floats:
    """Covariance (d, d) of the rows (n, d) without NaN; 0 where there are fewer than two."""
    rows = features[~np.isnan(features).any(axis=1)]
    apart = rows - rows.mean(axis=0) if len(rows) > 1 else rows[:0]
    return np.asarray(apart.T @ apart / max(len(rows) - 1, 1))


def _features(plane: NDArray[Any], size: int) -> Floats:
    alone, pairs = nss.tile_moments(plane, size)
    shape, *sides = nss.aggd_from(alone)
    scale = (sides[0] + sides[1]) / 2 * nss.scale_factor(shape)
    alpha, *sides = nss.aggd_from(pairs)
    left, right = (side * nss.scale_factor(alpha) for side in sides)
    mean = (right - left) * nss.mean_factor(alpha)
    four = np.stack([alpha, mean, left, right], axis=-1).reshape(-1, 16)
    return np.concatenate([shape[:, None], scale[:, None], four], axis=1)


def scorer(model: Gaussian) -> Scorer:
    """A scorer with this model."""

    def score(frames: Frames, reference: Frames | None) -> Floats:
        return niqe_scores(frames.plane("gray"), model)

    return PerFrame(score)


METRIC = Metric(
    name="niqe",
    version="1",
    reference="NR",
    higher_is_better=False,
    start=lambda: scorer(load_niqe()),
    smallest=(BLOCK, BLOCK),
)
