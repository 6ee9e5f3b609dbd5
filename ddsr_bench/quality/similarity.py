"""The two parts of structural similarity, which SSIM and MS-SSIM are made of.

Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error visibility to structural
similarity", IEEE TIP 13(4), 2004, eqs. 6, 9, 13: with local means m and (co)variances s under an 11x11 Gaussian window
of 1.5 samples, weights of sum 1, over positions where the window lies inside the picture,

    l = (2 m_x m_y + C1) / (m_x^2 + m_y^2 + C1),  cs = (2 s_xy + C2) / (s_x^2 + s_y^2 + C2),

C1 = (.01 * 255)^2, C2 = (.03 * 255)^2. It is computed from the sum u and the difference v of the two pictures, where
1 - l = m_v^2 / ((m_u^2 + m_v^2) / 2 + C1) and 1 - cs = s_v^2 / ((s_u^2 + s_v^2) / 2 + C2): four windows instead of
five, and in float32 as exact for nearly equal pictures as for bad ones (equal ones give 1 exactly).
"""

from __future__ import annotations

from typing import Any

import cv2
from numpy.typing import NDArray

from ddsr_bench.quality.windows import gaussian, smooth

#: Samples along a side of the window.
WINDOW = 11
_SIGMA = 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

Array = NDArray[Any]


def similarity(x: Array, y: Array) -> tuple[float, float]:
    """Mean of l * cs (the SSIM index) and mean of cs over two pictures.

    Args:
        x: float32 or float64 (H, W), 0..255, no side under :data:`WINDOW`.
        y: the like.
    """
    taps = gaussian(WINDOW, _SIGMA)
    (total, middle), (difference, bias) = _centred(cv2.add(x, y)), _centred(cv2.subtract(y, x))
    mean_u, mean_v = smooth(total, taps), smooth(difference, taps)
    spread_u = smooth(cv2.multiply(total, total), taps) - mean_u * mean_u
    spread_v = smooth(cv2.multiply(difference, difference), taps) - mean_v * mean_v
    mean_u, mean_v = mean_u + middle, mean_v + bias
    square_v = mean_v * mean_v
    unlike_structure = spread_v / ((spread_u + spread_v) * 0.5 + _C2)
    unlike_mean = square_v / ((mean_u * mean_u + square_v) * 0.5 + _C1)
    mean, structure, both = (
        float(cv2.mean(part)[0]) for part in (unlike_mean, unlike_structure, unlike_mean * unlike_structure)
    )
    return 1 - mean - structure + both, 1 - structure


def _centred(picture: Array) -> tuple[Array, Any]:
    """A picture less its mean, and the mean: squares are then small beside float32's precision."""
    mean = picture.dtype.type(cv2.mean(picture)[0])
    return picture - mean, mean
