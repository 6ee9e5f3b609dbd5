"""Deconvolution: bicubic, then Wiener's filter against the blur that the small picture was made with."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.classical.pixels import Array, join_luma, noise_level, split_luma
from ddsr_bench.vsr.classical.resize import enlarge

_PAD = 16  # output pixels of mirrored border, so that opposite edges do not meet in the spectrum
_BASE = 4e-3  # noise-to-signal ratio at 1 cycle per 2 LR pixels of a picture without noise
_SIGNAL = 60.0  # grey levels, standard deviation of a common picture


def wiener(frame: Frame, scale: int, sigma: float = 0.45) -> Frame:
    """Sharpen the enlarged luma in the frequency domain; colour differences are enlarged by bicubic.

    The blur is taken for a Gaussian, the picture's spectrum for a power law 1/f^2, the noise for white and of the level
    that is measured. Source: Wiener, "Extrapolation, Interpolation, and Smoothing of Stationary Time Series", 1949;
    as in Gonzalez and Woods, "Digital Image Processing", section 5.8.

    Args:
        frame: uint8 (H, W, 3).
        scale: enlargement.
        sigma: of the blur in LR pixels.
    """
    luma, chroma = split_luma(frame)
    large = enlarge(luma, scale, "bicubic")
    padded = cv2.copyMakeBorder(large, _PAD, _PAD, _PAD, _PAD, cv2.BORDER_REFLECT)
    ratio = _BASE + (noise_level(luma) / _SIGNAL) ** 2
    sharp = _filtered(padded, _gain(padded.shape[0], padded.shape[1], sigma * scale, scale, round(ratio, 6)))
    height, width = large.shape
    return join_luma(sharp[_PAD : _PAD + height, _PAD : _PAD + width], enlarge(chroma, scale, "bicubic"))


def _filtered(picture: Array, gain: Array) -> Array:
    """``picture`` with its spectrum multiplied by a real, even ``gain`` (rfft layout)."""
    mean = np.float32(picture.mean(dtype=np.float64))
    spectrum = np.fft.rfft2(picture - mean) * gain
    return np.asarray(np.fft.irfft2(spectrum, picture.shape) + mean, np.float32)


@lru_cache(maxsize=8)
def _gain(height: int, width: int, sigma: float, scale: int, ratio: float) -> Array:
    """Wiener's gain H / (H^2 + ratio f^2) for a Gaussian of ``sigma`` output pixels, float32 (height, width // 2 + 1).

    ``f`` counts from 0 to 1 at the LR picture's own Nyquist frequency. The gain at f = 0 is 1; beyond f = 1, where
    enlarging has put nothing but its own images, it falls back to 1 and below.
    """
    fy = np.fft.fftfreq(height)[:, None]
    fx = np.fft.rfftfreq(width)[None, :]
    squared = fy**2 + fx**2
    response = np.exp(-2 * np.pi**2 * sigma**2 * squared)
    relative = squared * (2 * scale) ** 2
    gain = response / (response**2 + ratio * relative)
    beyond = np.clip((np.sqrt(relative) - 1) / 0.5, 0, 1)
    result = np.asarray(gain * (1 - beyond) + np.minimum(gain, 1) * beyond, np.float32)
    result.flags.writeable = False
    return result
