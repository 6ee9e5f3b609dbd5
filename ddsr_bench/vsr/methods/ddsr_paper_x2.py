"""DDSR as its authors' figure shows it (x2): blur level and deblurring, TecoGAN's generator, SCUNet.

The generator's weights are to be trained: ``ddsr-bench train ddsr --config ddsr-paper-x2``. SCUNet's are published.
"""

from __future__ import annotations

from ddsr_bench.vsr.ddsr_paper import NETWORK, paper_method

__all__ = ["METHOD", "NETWORK"]
METHOD = paper_method("ddsr-paper-x2", 2)
