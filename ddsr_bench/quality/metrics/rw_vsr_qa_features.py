"""rw-vsr-qa-features: what RW-VSR-QA measures of a video, for a regressor to be trained on opinions inside each split.

48 numbers of each key frame: 45 levels (contrast, noise in flat and busy places, sharpness, brightness; see
:mod:`ddsr_bench.quality.rw_vsr_qa.network_statistics`), the logarithm of how far pixels move, and what the network's
learnt member and its regressions say, before calibration. ``eval-qa --manifest`` trains on it, as it does on BRISQUE's
features.
"""

from __future__ import annotations

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.metric import Floats, Metric, Scorer
from ddsr_bench.quality.metrics.rw_vsr_qa import ShippedHash, key_frames
from ddsr_bench.quality.rw_vsr_qa.scorer import KeyScores, RwVsrQaScorer

NAME = "rw-vsr-qa-features"
COLUMNS = (*(f"f{index:02d}" for index in range(45)), "motion", "learnt", "measured")


def features_of(key: KeyScores) -> Floats:
    """The features of a key frame, (48,).

    Raises:
        DdsrError: the weights are without a regression.
    """
    if key.features is None:
        raise DdsrError(f"{NAME}: the weights have no regression; train with a share of kernels or perceptrons above 0")
    return key.features


def scorer() -> Scorer:
    """A scorer for one clip."""
    return RwVsrQaScorer(key_frames(), features_of)


METRIC = Metric(NAME, "4", "NR", True, scorer, columns=COLUMNS, parameters=ShippedHash())
