"""Iterative back-projection."""

from __future__ import annotations

from ddsr_bench.vsr.classical.back_projection import back_projection
from ddsr_bench.vsr.classical.methods import frame_method

METHOD = frame_method("back-projection", back_projection, options={"steps": (1.0, 50.0, 5.0), "rate": (0.05, 2.0, 1.0)})
