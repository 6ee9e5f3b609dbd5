"""BRISQUE's 36 features as columns, for regressions that are trained inside each split."""

from __future__ import annotations

from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats, Metric, PerFrame
from ddsr_bench.quality.metrics.brisque import brisque_features


def _score(frames: Frames, reference: Frames | None) -> Floats:
    return brisque_features(frames.plane("gray"))


METRIC = Metric(
    name="brisque-features",
    version="1",
    reference="NR",
    higher_is_better=False,
    start=lambda: PerFrame(_score),
    columns=tuple(f"f{index:02d}" for index in range(36)),
)
