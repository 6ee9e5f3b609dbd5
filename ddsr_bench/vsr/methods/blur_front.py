"""Blur-level identification and Wiener deblurring; the output has the size of the input."""

from __future__ import annotations

from ddsr_bench.vsr.classical.blur_front import blur_front
from ddsr_bench.vsr.classical.methods import frame_method

METHOD = frame_method("blur-front", blur_front, options={"least": (0.0, 4.0, 1.0)}, scales=(1,))
