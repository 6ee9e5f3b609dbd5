"""Seamless random fields with the spectra of natural surfaces."""

from __future__ import annotations

import cv2
import numpy as np

from ddsr_bench.data.scenes.scene import Array


def fractal(
    rng: np.random.Generator,
    height: int,
    width: int,
    *,
    slope: float = 1.0,
    stretch: tuple[float, float] = (1.0, 1.0),
    smallest: float = 2.0,
) -> Array:
    """Return a seamless ``float32 (height, width)`` field of zero mean and unit deviation, amplitude ~ f^-slope.

    Natural images have a slope near 1 (Field, "Relations between the statistics of natural images and the
    response properties of cortical cells", JOSA A 1987).

    Args:
        rng: source of the draw.
        height: rows.
        width: columns.
        slope: exponent of the amplitude spectrum.
        stretch: how many times longer features are along y and x.
        smallest: period in texels below which the field is smooth (Gaussian roll-off).
    """
    white = rng.standard_normal((height, width), dtype=np.float32)
    spectrum = np.fft.rfft2(white)
    fy = (np.fft.fftfreq(height) * stretch[0]).astype(np.float32)[:, None]
    fx = (np.fft.rfftfreq(width) * stretch[1]).astype(np.float32)
    radius2 = fy * fy + fx * fx
    radius2[0, 0] = 1.0
    gain = radius2 ** np.float32(-slope / 2) * np.exp(-radius2 * np.float32(smallest**2 / 4))
    gain[0, 0] = 0
    field = np.fft.irfft2(spectrum * gain, s=(height, width)).astype(np.float32)
    return np.asarray(field / field.std())


def dapple(rng: np.random.Generator, height: int, width: int, depth: float = 0.35) -> Array:
    """Return a seamless ``float32 (height, width, 1)`` factor: broad patches of light and shade around 1.

    ``depth`` is the deviation of its natural logarithm. Sides must be multiples of 16.
    """
    coarse = fractal(rng, height // 16, width // 16, slope=1.4, smallest=4.0)
    wide = cv2.copyMakeBorder(coarse, 1, 1, 1, 1, cv2.BORDER_WRAP)
    fine = cv2.resize(wide, (width + 32, height + 32), interpolation=cv2.INTER_LINEAR)[16:-16, 16:-16]
    return np.asarray(np.exp(np.float32(depth) * np.clip(fine, -2.5, 1.6))[..., None])
