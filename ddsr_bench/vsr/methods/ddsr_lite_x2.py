"""DDSR-lite (x2), ours; its weights are to be trained: ``ddsr-bench train ddsr --config ddsr-lite-x2``."""

from __future__ import annotations

from ddsr_bench.vsr.ddsr_lite import NETWORK, lite_method

__all__ = ["METHOD", "NETWORK"]
METHOD = lite_method("ddsr-lite-x2", 2)
