"""Gradient magnitude and Laplacian of Gaussian, normalised together, as grey levels of a joint histogram.

The windows are those of the release of Xue et al. (2014): MATLAB's ``fspecial`` at sigma .5, scaled so that absolute
values sum to 1. Zeros stand beyond the border, and two samples all round are dropped at the end.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.nss import gaussian

Plane = NDArray[Any]
Taps = NDArray[np.float64]
SIGMA = 0.5
# Mean ratio of gradient magnitude to Laplacian response on the LIVE images.
RATIO = 2.5
# Joint normalisation: Gaussian window of twice the sigma, and what is added to the local strength.
STABILISER = 0.2
BINS, STEP = 10, 0.2
# Dropped all round, less one, as the release indexes from 1.
_MARGIN = math.ceil(3 * 2 * SIGMA) - 1


def joint_bins(plane: Plane) -> NDArray[np.uint8]:
    """Which of the 10 x 10 bins each sample falls in.

    Args:
        plane: float32 (H, W), grey levels 0..255, at least 5 x 5.

    Returns:
        uint8 (H - 4, W - 4), ``10 * gradient bin + Laplacian bin``. Bins are .2 wide, open to the left, and the last
        holds all above 1.8; the first also holds zero, so flat regions lie in bin 0.
    """
    gradient, laplacian = _normalised(plane)
    for response in (gradient, laplacian):
        np.ceil(np.divide(response, np.float32(STEP), out=response), out=response)
        np.clip(response, 1, BINS, out=response)
    gradient *= BINS
    gradient += laplacian
    gradient -= BINS + 1
    return np.ascontiguousarray(gradient[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN].astype(np.uint8))


def _normalised(plane: Plane) -> tuple[Plane, Plane]:
    """Gradient magnitude (over :data:`RATIO`) and absolute Laplacian, both over their joint local strength."""
    rise, smooth = gradient_taps()
    across = cv2.sepFilter2D(plane, cv2.CV_32F, rise, smooth, borderType=cv2.BORDER_CONSTANT)
    down = cv2.sepFilter2D(plane, cv2.CV_32F, smooth, rise, borderType=cv2.BORDER_CONSTANT)
    laplacian = np.abs(cv2.filter2D(plane, cv2.CV_32F, laplacian_window(), borderType=cv2.BORDER_CONSTANT))
    # Not cv2.magnitude: its last bit hangs on where in memory the planes happen to lie.
    squared = np.add(np.square(across, out=across), np.square(down, out=down), out=across)
    squared /= np.float32(RATIO**2)
    gradient = np.sqrt(squared, out=down)
    strength = np.add(squared, laplacian * laplacian, out=squared)
    window = gaussian(2 * math.ceil(6 * SIGMA) + 1, 2 * SIGMA)
    strength = cv2.sepFilter2D(strength, cv2.CV_32F, window / 2, window, borderType=cv2.BORDER_CONSTANT)
    np.sqrt(strength, out=strength)
    strength += np.float32(STABILISER)
    gradient /= strength
    laplacian /= strength
    return gradient, laplacian


@functools.lru_cache(maxsize=1)
def gradient_taps() -> tuple[Taps, Taps]:
    """Difference of neighbouring samples of a Gaussian, and the Gaussian: each (5,), absolute values summing to 1."""
    window = gaussian(2 * math.ceil(3 * SIGMA) + 3, SIGMA)
    rise, smooth = window[1:-1] - window[2:], window[1:-1]
    return rise / np.abs(rise).sum(), smooth / smooth.sum()


@functools.lru_cache(maxsize=1)
def laplacian_window() -> Taps:
    """``fspecial('log', 5, .5)``, which sums to 0, over the sum of its absolute values: float64 (5, 5), read-only."""
    taps = gaussian(2 * math.ceil(3 * SIGMA) + 1, SIGMA)
    offset = np.arange(len(taps)) - len(taps) // 2
    squared = np.add.outer(offset**2, offset**2)
    window = np.outer(taps, taps) * (squared - 2 * SIGMA**2) / SIGMA**4
    window -= window.mean()
    window /= np.abs(window).sum()
    window.flags.writeable = False
    return np.asarray(window)
