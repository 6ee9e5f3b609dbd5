"""Denoise, then enlarge: non-local means as strong as the noise that is found, and Lanczos."""

from __future__ import annotations

import cv2
import numpy as np

from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.classical.pixels import join_luma, noise_level, split_luma, to_bytes
from ddsr_bench.vsr.classical.resize import blur, enlarge

_PATCH, _SEARCH = 5, 13
_LEAST = 0.6  # grey levels of noise below which nothing is done


def nlm_lanczos(frame: Frame, scale: int, strength: float = 1.0) -> Frame:
    """Non-local means on luma, a Gaussian on the colour differences, then Lanczos.

    Source: Buades, Coll, Morel, "A non-local algorithm for image denoising", CVPR 2005; the filtering parameter follows
    the noise level (:func:`~ddsr_bench.vsr.classical.pixels.noise_level`), as its authors advise.

    Args:
        frame: uint8 (H, W, 3).
        scale: enlargement.
        strength: filtering parameter / estimated noise; 0 leaves Lanczos alone.
    """
    luma, chroma = split_luma(frame)
    sigma = noise_level(luma)
    if strength > 0 and sigma > _LEAST:
        quiet = cv2.fastNlMeansDenoising(to_bytes(luma), None, strength * sigma * 1.2 + 1, _PATCH, _SEARCH)
        luma = quiet.astype(np.float32)
        chroma = blur(chroma, min(0.35 * sigma**0.5, 2.0))
    return join_luma(enlarge(luma, scale, "lanczos"), enlarge(chroma, scale, "lanczos"))
