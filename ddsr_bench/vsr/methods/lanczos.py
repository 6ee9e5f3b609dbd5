"""Lanczos interpolation, three lobes."""

from __future__ import annotations

from ddsr_bench.vsr.classical.methods import frame_method
from ddsr_bench.vsr.classical.simple import lanczos

METHOD = frame_method("lanczos", lanczos)
