"""DDSR-lite (x2), ours, guided by RW-VSR-QA and the denoising loss (stage 2); weights come with the package."""

from __future__ import annotations

from ddsr_bench.vsr.ddsr_lite import NETWORK, lite_method

__all__ = ["METHOD", "NETWORK"]
METHOD = lite_method("ddsr-lite-x2-perceptual", 2)
