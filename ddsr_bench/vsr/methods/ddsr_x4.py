"""DDSR (x4) at full size, ours; its weights are to be trained: ``ddsr-bench train ddsr --config ddsr-x4``."""

from __future__ import annotations

from ddsr_bench.vsr.ddsr_full import NETWORK, full_method

__all__ = ["METHOD", "NETWORK"]
METHOD = full_method("ddsr-x4", 4)
