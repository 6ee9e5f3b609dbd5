"""A front for blurred video: how blurred is a frame, and Wiener's filter against that much blur; the size stays."""

from __future__ import annotations

import cv2
import numpy as np

from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.classical.pixels import Array, noise_level, split_luma
from ddsr_bench.vsr.classical.wiener import wiener

_REBLUR = 1.0  # pixels
_EDGES = 0.02  # share of pixels, those of the strongest gradients, that are taken for edges
_NOISY = 4.0  # gradients below this many standard deviations of the noise are none
_LARGEST = 4.0


def blur_level(frame: Frame) -> float:
    """Standard deviation, in pixels, of the Gaussian that blurs a frame's edges as much as they are blurred.

    The frame is blurred once more by a known Gaussian; at a step edge blurred by sigma the gradient falls by ``R =
    sqrt(sigma^2 + s^2) / sigma``, so ``sigma = s / sqrt(R^2 - 1)``. The median over the strongest edges is taken.
    Source: S. Zhuo and T. Sim, "Defocus map estimation from a single image", Pattern Recognition 44(9), 2011, eq. 6.

    Args:
        frame: uint8 (H, W, 3).

    Returns:
        0 to 4; 0 where a frame has no edges above its noise.
    """
    luma, _ = split_luma(frame)
    # Noise would pass for fine edges; what this blurs is taken off again below.
    luma = cv2.GaussianBlur(luma, (0, 0), _REBLUR)
    before, after = _gradient(luma), _gradient(cv2.GaussianBlur(luma, (0, 0), _REBLUR))
    least = max(float(np.quantile(before, 1 - _EDGES)), _NOISY * noise_level(luma), 1.0)
    edges = before >= least
    if not edges.any():
        return 0.0
    ratio = float(np.median(before[edges] / np.maximum(after[edges], 1e-6)))
    squared = _REBLUR**2 / max(ratio**2 - 1, 1e-3) - _REBLUR**2
    return min(_LARGEST, float(np.sqrt(max(0.0, squared))))


def blur_front(frame: Frame, scale: int = 1, least: float = 1.0) -> Frame:
    """Deblur a frame that is blurred by ``least`` pixels or more; others pass as they are.

    Args:
        frame: uint8 (H, W, 3).
        scale: 1.
        least: standard deviation of the least blur that is worked against, in pixels.
    """
    sigma = blur_level(frame)
    return wiener(frame, scale, round(sigma, 2)) if sigma >= least else frame.copy()


def _gradient(luma: Array) -> Array:
    dx, dy = (cv2.Sobel(luma, cv2.CV_32F, *order, ksize=3, scale=1 / 8) for order in ((1, 0), (0, 1)))
    return np.asarray(cv2.magnitude(dx, dy))
