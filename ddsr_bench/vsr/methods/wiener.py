"""Bicubic, then Wiener deconvolution."""

from __future__ import annotations

from ddsr_bench.vsr.classical.methods import frame_method
from ddsr_bench.vsr.classical.wiener import wiener

METHOD = frame_method("wiener", wiener, options={"sigma": (0.1, 2.0, 0.45)})
