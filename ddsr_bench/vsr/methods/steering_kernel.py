"""Steering kernel regression."""

from __future__ import annotations

from ddsr_bench.vsr.classical.methods import frame_method
from ddsr_bench.vsr.classical.steering_kernel import steering_kernel

METHOD = frame_method("steering-kernel", steering_kernel)
