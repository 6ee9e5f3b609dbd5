"""VIFP: visual information fidelity in the pixel domain, the authors' fast variant (``vifp_mscale.m``) of
H. R. Sheikh, A. C. Bovik, "Image information and visual quality", IEEE TIP 15(2), 2006 (doi:10.1109/TIP.2005.859378).

Read on grey (MATLAB's ``rgb2gray``, whole levels 0..255). Four scales with Gaussian windows of 17, 9, 5, 3 samples
(deviation a fifth of the width), each scale the one before filtered by its own window and halved, positions where the
window lies inside the picture; noise variance of the eye 2. Its values are not those of VIF in the wavelet domain
(:mod:`ddsr_bench.quality.metrics.vif`).
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.checks import comparable, paired
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.information import channel, ratio
from ddsr_bench.quality.metric import Floats, Metric, PerFrame
from ddsr_bench.quality.windows import gaussian, smooth

_WIDTHS = (17, 9, 5, 3)
_EYE = 2.0
_FLAT = 1e-10
#: Least side: the window must fit into the coarsest scale.
SMALLEST = 41

Array = NDArray[Any]


def vifp(pictures: Array, reference: Array) -> Floats:
    """VIFP of each picture.

    Args:
        pictures: float32 or float64 (B, H, W), 0..255.
        reference: the like.

    Returns:
        float64 (B,), from 0 up; 1 for equal pictures (also constant ones), above 1 for added contrast.

    Raises:
        DdsrError: a side is under 41 samples, shapes differ, or a sample is not a number.
    """
    comparable("vifp", pictures, reference, SMALLEST)
    return np.array([_fidelity(*pair) for pair in zip(pictures, reference, strict=True)])


def _fidelity(y: Array, x: Array) -> float:
    # Centred, so that squares are small beside float32's precision.
    x, error = x - x.dtype.type(128), cv2.subtract(y, x)
    kept = held = 0.0
    for scale, width in enumerate(_WIDTHS):
        taps = gaussian(width, width / 5)
        if scale:
            x, error = (np.ascontiguousarray(smooth(picture, taps)[::2, ::2]) for picture in (x, error))
        parts = _information(x, error, taps)
        kept, held = kept + parts[0], held + parts[1]
    return ratio(kept, held)


def _information(x: Array, error: Array, taps: NDArray[np.float64]) -> tuple[float, float]:
    mean_x, mean_e = smooth(x, taps), smooth(error, taps)
    var_x = smooth(cv2.multiply(x, x), taps) - mean_x * mean_x
    cov = smooth(cv2.multiply(x, error), taps) - mean_x * mean_e
    var_e = smooth(cv2.multiply(error, error), taps) - mean_e * mean_e
    gain, noise = channel(var_x, cov, var_e, _FLAT)
    var_x = np.maximum(var_x, 0)
    kept = np.log(1 + gain * gain * var_x / (noise + _EYE))
    return float(kept.sum(dtype=np.float64)), float(np.log(1 + var_x / _EYE).sum(dtype=np.float64))


def _score(frames: Frames, reference: Frames | None) -> Floats:
    return vifp(frames.plane("gray"), paired("vifp", frames, reference).plane("gray"))


METRIC = Metric(
    name="vifp",
    version="1",
    reference="FR",
    higher_is_better=True,
    start=lambda: PerFrame(_score),
    smallest=(SMALLEST, SMALLEST),
)
