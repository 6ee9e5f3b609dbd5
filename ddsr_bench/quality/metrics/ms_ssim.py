"""MS-SSIM: Z. Wang, E. P. Simoncelli, A. C. Bovik, "Multiscale structural similarity for image quality assessment",
Asilomar 2003 (doi:10.1109/ACSSC.2003.1292216), eq. 7.

Read on grey (MATLAB's ``rgb2gray``, whole levels 0..255). Five scales, each the 2x2 means of the one before (an odd
last row or column is repeated); of each scale the mean contrast-structure term cs with the window and constants of
:mod:`ddsr_bench.quality.similarity`, of the last one the mean of l * cs; weights .0448, .2856, .3001, .2363, .1333
are their exponents. Where a mean is negative (opposite structure), the power has no value and the score is 0.

The authors' ``msssim.m`` offers the weighted sum of the same five terms besides (``"wtd_sum"``; ours:
``ms-ssim-sum``). The product is their default and the paper's definition.
"""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.checks import comparable, paired
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats, Metric, PerFrame
from ddsr_bench.quality.similarity import WINDOW, similarity
from ddsr_bench.quality.windows import halve

#: Exponents of the scales, finest first.
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
#: Least side: the window must fit into the coarsest scale.
SMALLEST = WINDOW * 2 ** (len(WEIGHTS) - 1)
Combination = Literal["product", "sum"]


def ms_ssim(pictures: NDArray[Any], reference: NDArray[Any], combination: Combination = "product") -> Floats:
    """MS-SSIM of each picture.

    Args:
        pictures: float32 or float64 (B, H, W), 0..255.
        reference: the like.
        combination: how the scales become one: ``"product"`` of powers, or the weighted ``"sum"``.

    Returns:
        float64 (B,), at most 1, which equal pictures have.

    Raises:
        DdsrError: a side is under 176 samples, shapes differ, or a sample is not a number.
    """
    comparable("ms-ssim", pictures, reference, SMALLEST)
    return np.array([_combine(_terms(*pair), combination) for pair in zip(pictures, reference, strict=True)])


def _terms(x: NDArray[Any], y: NDArray[Any]) -> Floats:
    terms = []
    for _ in WEIGHTS[:-1]:
        terms.append(similarity(x, y)[1])
        x, y = halve(x, cv2.BORDER_REPLICATE), halve(y, cv2.BORDER_REPLICATE)
    return np.array([*terms, similarity(x, y)[0]])


def _combine(terms: Floats, combination: Combination) -> float:
    weights = np.array(WEIGHTS)
    if combination == "sum":
        return float(terms @ weights / weights.sum())
    return float(np.prod(np.maximum(terms, 0) ** weights))


def scorer(name: str, combination: Combination) -> PerFrame:
    """A scorer of one of the two combinations under the name that messages use."""

    def score(frames: Frames, reference: Frames | None) -> Floats:
        sharp = paired(name, frames, reference)
        return ms_ssim(frames.plane("gray"), sharp.plane("gray"), combination)

    return PerFrame(score)


METRIC = Metric(
    name="ms-ssim",
    version="1",
    reference="FR",
    higher_is_better=True,
    start=lambda: scorer("ms-ssim", "product"),
    smallest=(SMALLEST, SMALLEST),
)
