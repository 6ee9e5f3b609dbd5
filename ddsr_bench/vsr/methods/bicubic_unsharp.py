"""Bicubic with an unsharp mask."""

from __future__ import annotations

from ddsr_bench.vsr.classical.methods import frame_method
from ddsr_bench.vsr.classical.simple import bicubic_unsharp

METHOD = frame_method(
    "bicubic-unsharp", bicubic_unsharp, options={"amount": (0.0, 5.0, 1.0), "radius": (0.2, 4.0, 0.6)}
)
