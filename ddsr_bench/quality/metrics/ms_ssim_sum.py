"""MS-SSIM with its five scales added by weight instead of multiplied: ``"wtd_sum"`` of the authors' ``msssim.m``.

Everything else as in :mod:`ddsr_bench.quality.metrics.ms_ssim`. It differs from the product only for bad pictures
(.6733 against .6700 at 21 dB), and is here because figures that are called official were made with it.
"""

from __future__ import annotations

from ddsr_bench.quality.metric import Metric
from ddsr_bench.quality.metrics.ms_ssim import SMALLEST, scorer

METRIC = Metric(
    name="ms-ssim-sum",
    version="1",
    reference="FR",
    higher_is_better=True,
    start=lambda: scorer("ms-ssim-sum", "sum"),
    smallest=(SMALLEST, SMALLEST),
)
