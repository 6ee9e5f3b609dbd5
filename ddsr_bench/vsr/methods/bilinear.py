"""Bilinear interpolation."""

from __future__ import annotations

from ddsr_bench.vsr.classical.methods import frame_method
from ddsr_bench.vsr.classical.simple import bilinear

METHOD = frame_method("bilinear", bilinear)
