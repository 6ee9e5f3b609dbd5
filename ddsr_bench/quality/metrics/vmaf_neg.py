"""VMAF without enhancement gain: libvmaf's model ``vmaf_v0.6.1neg``, which sharpening and contrast do not raise.

Everything else as in :mod:`ddsr_bench.quality.metrics.vmaf`.
"""

from __future__ import annotations

from ddsr_bench.quality.ffmpeg_vmaf import SMALLEST, VmafScorer
from ddsr_bench.quality.metric import Metric

METRIC = Metric(
    name="vmaf-neg",
    version="1",
    reference="FR",
    higher_is_better=True,
    start=lambda: VmafScorer("vmaf-neg", "vmaf_v0.6.1neg"),
    smallest=(SMALLEST, SMALLEST),
)
