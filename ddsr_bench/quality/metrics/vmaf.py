"""VMAF by libvmaf (https://github.com/Netflix/vmaf), model ``vmaf_v0.6.1``, for a screen at three heights' distance.

Computed by the ffmpeg of the optional package ``imageio-ffmpeg`` (extra ``vmaf``). Read on luma: Y of BT.601 in 16..235
made from the RGB frames and rounded, so a figure can differ by some hundredths from one on a file's own Y plane. Full
reference, 0..100, higher is better; the model was trained on ratings of compressed and rescaled video, and rewards
sharpening (``vmaf-neg`` does not).
"""

from __future__ import annotations

from ddsr_bench.quality.ffmpeg_vmaf import SMALLEST, VmafScorer
from ddsr_bench.quality.metric import Metric

METRIC = Metric(
    name="vmaf",
    version="1",
    reference="FR",
    higher_is_better=True,
    start=lambda: VmafScorer("vmaf", "vmaf_v0.6.1"),
    smallest=(SMALLEST, SMALLEST),
)
