"""PSNR on RGB: 10 log10(255^2 / MSE), the MSE over all samples of the three channels, full range 0..255.

Equal frames have no finite PSNR; scores end at :data:`CEILING` dB, as video super-resolution tools do it, so that they
can be averaged and written as JSON. No border is cropped here.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.checks import comparable, paired
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats, Metric, PerFrame

#: The highest score, in dB.
CEILING = 100.0


def psnr(pictures: NDArray[Any], reference: NDArray[Any]) -> Floats:
    """PSNR of each picture in dB, peak 255, at most :data:`CEILING`.

    Args:
        pictures: uint8 or float32 (B, H, W) or (B, H, W, 3), 0..255.
        reference: the like.

    Returns:
        float64 (B,), higher is better.

    Raises:
        DdsrError: shapes differ, or a sample is not a number.
    """
    comparable("psnr", pictures, reference)
    return np.array([_decibels(*pair) for pair in zip(pictures, reference, strict=True)])


def _decibels(picture: NDArray[Any], reference: NDArray[Any]) -> float:
    # Sums are exact for uint8 and kept in double for floats.
    error = cv2.norm(picture, reference, cv2.NORM_L2SQR) / picture.size
    return CEILING if error == 0 else min(CEILING, 10 * math.log10(255**2 / error))


def _score(frames: Frames, reference: Frames | None) -> Floats:
    return psnr(frames.rgb, paired("psnr", frames, reference).rgb)


METRIC = Metric(name="psnr", version="1", reference="FR", higher_is_better=True, start=lambda: PerFrame(_score))
