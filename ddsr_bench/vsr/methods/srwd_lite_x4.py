"""SRWD-lite (x4), ours: DDSR-lite's twin without motion blur in training; weights come with the package."""

from __future__ import annotations

from ddsr_bench.vsr.ddsr_lite import NETWORK, lite_method

__all__ = ["METHOD", "NETWORK"]
METHOD = lite_method("srwd-lite-x4", 4)
