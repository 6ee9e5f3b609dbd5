"""PSNR on luma: Y of BT.601 in 16..235, unrounded, peak 255, as papers on video super-resolution report it.

This is MATLAB's ``rgb2ycbcr`` on pictures in [0, 1], times 255. Scores end at 100 dB as in
:mod:`ddsr_bench.quality.metrics.psnr`. No border is cropped here.
"""

from __future__ import annotations

from ddsr_bench.quality.checks import paired
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats, Metric, PerFrame
from ddsr_bench.quality.metrics.psnr import psnr


def _score(frames: Frames, reference: Frames | None) -> Floats:
    sharp = paired("psnr-y", frames, reference)
    return psnr(frames.plane("luma"), sharp.plane("luma"))


METRIC = Metric(name="psnr-y", version="1", reference="FR", higher_is_better=True, start=lambda: PerFrame(_score))
