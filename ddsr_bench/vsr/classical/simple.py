"""Interpolation and sharpening: nearest, bilinear, bicubic, Lanczos, and bicubic with an unsharp mask."""

from __future__ import annotations

import numpy as np

from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.classical.pixels import to_bytes, to_float
from ddsr_bench.vsr.classical.resize import blur, enlarge


def nearest(frame: Frame, scale: int) -> Frame:
    """Repeat each pixel ``scale`` times along both axes."""
    return np.ascontiguousarray(frame.repeat(scale, axis=0).repeat(scale, axis=1))


def bilinear(frame: Frame, scale: int) -> Frame:
    """Weigh the four pixels around by their distance."""
    return to_bytes(enlarge(to_float(frame), scale, "bilinear"))


def bicubic(frame: Frame, scale: int) -> Frame:
    """Cubic convolution, a = -.5 (Keys, IEEE Trans. ASSP 29(6), 1981): MATLAB's ``imresize``, the field's baseline."""
    return to_bytes(enlarge(to_float(frame), scale, "bicubic"))


def lanczos(frame: Frame, scale: int) -> Frame:
    """A sinc windowed by a wider sinc, three lobes (Duchon, J. Applied Meteorology 18, 1979)."""
    return to_bytes(enlarge(to_float(frame), scale, "lanczos"))


def bicubic_unsharp(frame: Frame, scale: int, amount: float = 1.0, radius: float = 0.6) -> Frame:
    """Bicubic, then the difference from its own blur added on top (unsharp masking).

    Source: Schreiber, "Wirephoto quality improvement by unsharp masking", Pattern Recognition 2, 1970. No threshold is
    used, so noise is sharpened with the rest, as players and editors do.

    Args:
        frame: uint8 (H, W, 3).
        scale: enlargement.
        amount: how much of the difference is added.
        radius: sigma of the blur in LR pixels.
    """
    large = enlarge(to_float(frame), scale, "bicubic")
    return to_bytes(large + np.float32(amount) * (large - blur(large, radius * scale)))
