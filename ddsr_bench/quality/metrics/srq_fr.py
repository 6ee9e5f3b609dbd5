"""``srq-fr``: quality of super-resolved video with the sharp clip at hand, fitted to people's opinions.

Needs the extra ``vmaf`` (an ffmpeg with libvmaf). One value a clip, 1 to 5; a perfect copy has 4.23, the mean opinion
of untouched sources in the study that it was fitted to.
"""

from __future__ import annotations

from ddsr_bench.quality.metric import Metric
from ddsr_bench.quality.srq_fr import SMALLEST, SrqScorer

METRIC = Metric(
    name="srq-fr",
    version="1",
    reference="FR",
    higher_is_better=True,
    start=SrqScorer,
    smallest=(SMALLEST, SMALLEST),
    pooling="last",
)
