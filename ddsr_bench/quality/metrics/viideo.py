"""VIIDEO: a video integrity oracle that needs neither a reference nor training (Mittal, Saad and Bovik, 2016).

In an undistorted video, how the statistics of frame differences change from one pair of frames to the next at a fine
scale goes along with how they change at a coarse scale. The score is the correlation of the two, over windows of the
clip, plus how much that correlation varies from window to window. Higher is worse.

Constants and order of operations are those of the authors' release: pairs (1, 2), (3, 4), ...; blocks of 18 x 18 that
reach 8 samples into their neighbours; windows of a tenth of the pairs, half a window apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats, Metric
from ddsr_bench.quality.viideo_features import pair_features

# Below this share of the second moment the variance of a feature is rounding.
_NO_SPREAD = 1e-12


@dataclass(frozen=True)
class Sums:
    """What the correlation needs of a set of samples (x, y) of 12 features: their number, and sums, each (12,)."""

    n: float
    x: Floats
    y: Floats
    xx: Floats
    yy: Floats
    xy: Floats


def change_sums(before: Floats, after: Floats) -> Sums:
    """Sums of the absolute changes between the features of two successive pairs of frames.

    Args:
        before: float64 (2, blocks, 12), see :func:`~ddsr_bench.quality.viideo_features.pair_features`.
        after: those of the next pair; blocks with NaN in either are left out.
    """
    change = np.abs(after - before)
    x, y = change[:, np.isfinite(change).all(axis=(0, 2))]
    return Sums(len(x), x.sum(0), y.sum(0), (x * x).sum(0), (y * y).sum(0), (x * y).sum(0))


def correlations(steps: list[Sums]) -> Floats:
    """Correlation of fine and coarse changes in each window, averaged over the features; windows without one left out.

    A window takes ``gap + 1`` steps, ``gap`` a tenth of them all, rounded down; the next begins half a gap further
    (at least one step; where the authors' code would divide a short clip into none).
    """
    gap = len(steps) // 10
    hop = max(1, (gap + 1) // 2)
    means = np.array([_correlation(steps[start : start + gap + 1]) for start in range(0, len(steps), hop)])
    return np.asarray(means[np.isfinite(means)])


def viideo_score(windows: Floats) -> float:
    """Mean of the windows' correlations plus their mean absolute change, the first window following the last.

    Raises:
        DdsrError: no window has a correlation.
    """
    if not len(windows):
        raise DdsrError(
            "viideo: too few blocks change from frame to frame to be correlated (a still, or tiny frames); "
            "leave this clip or this metric out"
        )
    return float(windows.mean() + np.abs(np.roll(windows, 1) - windows).mean())


def _correlation(steps: list[Sums]) -> float:
    n = sum(step.n for step in steps)
    x, y, xx, yy, xy = (np.sum([getattr(s, f) for s in steps], axis=0) for f in ("x", "y", "xx", "yy", "xy"))
    spread_x, spread_y = n * xx - x * x, n * yy - y * y
    if np.any(spread_x <= _NO_SPREAD * n * xx) or np.any(spread_y <= _NO_SPREAD * n * yy):
        return float("nan")
    return float(np.mean((n * xy - x * y) / np.sqrt(spread_x * spread_y)))


class _Viideo:
    """Keeps the last odd frame, the last pair's features, and 61 numbers for each pair."""

    def __init__(self) -> None:
        self._frame: NDArray[np.float32] | None = None
        self._features: Floats | None = None
        self._steps: list[Sums] = []

    def add(self, frames: Frames, reference: Frames | None) -> Floats:
        """Take frames; the one value comes at the end."""
        # Whole grey levels: decoded video had them before it was made RGB.
        for luma in np.rint(frames.plane("luma")):
            if self._frame is None:
                self._frame = luma
            else:
                self._pair(pair_features(self._frame, luma))
                self._frame = None
        return np.zeros(0)

    def finish(self) -> Floats:
        """The clip's score, (1,).

        Raises:
            DdsrError: fewer than four frames, or nothing that changes.
        """
        if not self._steps:
            raise DdsrError("viideo: needs at least 4 frames; leave this clip or this metric out")
        return np.array([viideo_score(correlations(self._steps))])

    def _pair(self, features: Floats) -> None:
        if self._features is not None:
            self._steps.append(change_sums(self._features, features))
        self._features = features


METRIC = Metric("viideo", "1", "NR", False, _Viideo, pooling="last")
