"""Nearest neighbour."""

from __future__ import annotations

from ddsr_bench.vsr.classical.methods import frame_method
from ddsr_bench.vsr.classical.simple import nearest

METHOD = frame_method("nearest", nearest)
