"""BRISQUE: statistics of locally normalised grey levels at two scales, and the authors' regression on them.

A. Mittal, A. K. Moorthy, A. C. Bovik, "No-Reference Image Quality Assessment in the Spatial Domain", IEEE TIP 2012.
As in the authors' release: whole grey levels, windows that see zeros beyond the border, unrounded halving, products
of neighbours that wrap around. Flat regions follow the rule of :mod:`ddsr_bench.quality.nss`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality import nss
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.imresize import imresize
from ddsr_bench.quality.metric import Floats, Metric, PerFrame, Scorer
from ddsr_bench.quality.models import load_brisque


def brisque_features(gray: NDArray[Any]) -> Floats:
    """The 36 features of each plane.

    Args:
        gray: float32 or float64 (B, H, W), grey levels 0..255, any size.

    Returns:
        float64 (B, 36): per scale the shape and variance of the coefficients, then shape, mean, left and right
        variance of the products with the right, lower and two diagonal neighbours. A half that has no sample has
        variance zero, so a flat picture has features too.
    """
    return np.concatenate([_scale(gray), _scale(imresize(gray, 0.5))], axis=1)


def _scale(gray: NDArray[Any]) -> Floats:
    # One plane at a time: its maps stay in the cache.
    return np.concatenate([_plane(plane[None]) for plane in gray])


def _plane(gray: NDArray[Any]) -> Floats:
    alone, pairs = nss.pair_moments(nss.mscn(gray, "zero"))
    shape, deviation = nss.ggd_from(alone)
    alpha, left, right = nss.aggd_from(pairs)
    left, right = np.nan_to_num(left), np.nan_to_num(right)
    mean = (right - left) * nss.mean_factor(alpha) * nss.scale_factor(alpha)
    four = np.stack([alpha, mean, left**2, right**2], axis=-1).reshape(1, 16)
    return np.concatenate([shape[:, None], deviation[:, None] ** 2, four], axis=1)


def _start() -> Scorer:
    model = load_brisque()

    def score(frames: Frames, reference: Frames | None) -> Floats:
        return model.predict(brisque_features(frames.plane("gray")))

    return PerFrame(score)


METRIC = Metric(name="brisque", version="1", reference="NR", higher_is_better=False, start=_start)
