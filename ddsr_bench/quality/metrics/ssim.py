"""SSIM: the mean structural similarity index of Wang et al. 2004 (doi:10.1109/TIP.2003.819861, eq. 14).

Read on grey (MATLAB's ``rgb2gray``, whole levels 0..255); 11x11 Gaussian window of 1.5 samples, K1 = .01, K2 = .03,
L = 255, positions where the window lies inside the picture: the authors' ``ssim_index.m``. Their later ``ssim.m``
halves pictures until a side is near 256 first; that is not done here, nor in most papers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.checks import comparable, paired
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats, Metric, PerFrame
from ddsr_bench.quality.similarity import WINDOW, similarity


def ssim(pictures: NDArray[Any], reference: NDArray[Any]) -> Floats:
    """SSIM index of each picture.

    Args:
        pictures: float32 or float64 (B, H, W), 0..255.
        reference: the like.

    Returns:
        float64 (B,), in [-1, 1], 1 for equal pictures.

    Raises:
        DdsrError: a side is under 11 samples, shapes differ, or a sample is not a number.
    """
    comparable("ssim", pictures, reference, WINDOW)
    return np.array([similarity(*pair)[0] for pair in zip(pictures, reference, strict=True)])


def _score(frames: Frames, reference: Frames | None) -> Floats:
    sharp = paired("ssim", frames, reference)
    return ssim(frames.plane("gray"), sharp.plane("gray"))


METRIC = Metric(
    name="ssim",
    version="1",
    reference="FR",
    higher_is_better=True,
    start=lambda: PerFrame(_score),
    smallest=(WINDOW, WINDOW),
)
