"""DDSR (x2) at full size, ours; its weights are to be trained: ``ddsr-bench train ddsr --config ddsr-x2``."""

from __future__ import annotations

from ddsr_bench.vsr.ddsr_full import NETWORK, full_method

__all__ = ["METHOD", "NETWORK"]
METHOD = full_method("ddsr-x2", 2)
