"""Which videos two or more metrics can be compared on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.evaluate.records import Floats


def common_rows(predictions: Floats) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Choose the videos that all metrics scored, leaving out metrics that scored fewer than half of them.

    A trained metric predicts only videos that some split tested, so it can lack a few; comparing it with others on
    different videos would favour one of them.

    Args:
        predictions: float64 (M, n), NaN (or infinite) where a metric has no score.

    Returns:
        bool (M,), the metrics that take part, and int64 (k,), the videos, ascending.
    """
    scored = np.isfinite(predictions)
    usable = scored.mean(axis=1) >= 0.5 if predictions.shape[1] else np.zeros(len(predictions), bool)
    return usable, np.flatnonzero(scored[usable].all(axis=0))
