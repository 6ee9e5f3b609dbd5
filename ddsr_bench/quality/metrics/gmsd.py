"""GMSD: W. Xue, L. Zhang, X. Mou, A. C. Bovik, "Gradient magnitude similarity deviation: a highly efficient perceptual
image quality index", IEEE TIP 23(2), 2014 (doi:10.1109/TIP.2013.2293423), eqs. 1-6.

Read on grey (MATLAB's ``rgb2gray``, whole levels 0..255), halved by 2x2 means; gradients by Prewitt masks over 3,
zeros beyond the border (as MATLAB's ``conv2`` in the authors' ``GMSD.m``); T = 170; the standard deviation with n - 1.
The similarity map is 1 - (g - g')^2 / (g^2 + g'^2 + T), and the deviation of what is taken from 1 is computed, which
keeps float32 exact for good pictures.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.checks import comparable, paired
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats, Metric, PerFrame
from ddsr_bench.quality.windows import deviation, halve, magnitude

_T = 170.0
_SLOPE = np.array([1.0, 0.0, -1.0]) / 3
_ACROSS = np.ones(3)


def gmsd(pictures: NDArray[Any], reference: NDArray[Any]) -> Floats:
    """GMSD of each picture.

    Args:
        pictures: float32 or float64 (B, H, W), 0..255.
        reference: the like.

    Returns:
        float64 (B,), from 0 for equal pictures up, lower is better; 0 also where a single sample is left to compare.

    Raises:
        DdsrError: shapes differ, or a sample is not a number.
    """
    comparable("gmsd", pictures, reference)
    return np.array([_deviation(*pair) for pair in zip(pictures, reference, strict=True)])


def _deviation(x: NDArray[Any], y: NDArray[Any]) -> float:
    first, second = _gradient(x), _gradient(y)
    difference = cv2.subtract(first, second)
    unlike = cv2.multiply(difference, difference) / (first * first + second * second + _T)
    return deviation(unlike, less=1)


def _gradient(picture: NDArray[Any]) -> NDArray[Any]:
    small = halve(picture, cv2.BORDER_CONSTANT)
    x, y = (
        cv2.sepFilter2D(small, -1, row, column, borderType=cv2.BORDER_CONSTANT)
        for row, column in ((_SLOPE, _ACROSS), (_ACROSS, _SLOPE))
    )
    return magnitude(x, y)


def _score(frames: Frames, reference: Frames | None) -> Floats:
    return gmsd(frames.plane("gray"), paired("gmsd", frames, reference).plane("gray"))


METRIC = Metric(name="gmsd", version="1", reference="FR", higher_is_better=False, start=lambda: PerFrame(_score))
