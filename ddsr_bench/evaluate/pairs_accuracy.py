"""Pairwise accuracy, and its interval when whole clusters of videos are resampled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from ddsr_bench.evaluate.records import Floats

# Up to here the resampled sums are two matrix products a metric; beyond, the linear approximation is as good.
MOST_CLUSTERS = 500

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class ClusterPairs:
    """How pairs of videos weigh when clusters are resampled.

    A resample that holds cluster g ``c_g`` times holds a pair of videos from two clusters ``c_g c_h`` times. A pair
    from one cluster it holds ``c_g`` times where only pairs within a copy are looked at (``within``), and ``c_g^2``
    times where pairs across its copies count too.

    Attributes:
        first, second: int64 (P,), the clusters of each pair's two videos, in [0, clusters).
        clusters: their number.
        counts: int (B, clusters), how often each resample holds each cluster; None for the linear approximation.
        within: see above.
    """

    first: Codes
    second: Codes
    clusters: int
    counts: NDArray[np.integer] | None
    within: bool

    @property
    def method(self) -> str:
        """How the interval is found, for the report."""
        if self._resamples() is None:
            return "linear approximation of the resampling of clusters"
        return "percentiles over resampled clusters"

    def interval(self, credit: Floats, confidence: float = 0.95) -> tuple[float, float] | None:
        """Return the interval of the mean of ``credit`` (P,), or None with fewer than two clusters or pairs."""
        if self.clusters < 2 or len(credit) < 2:
            return None
        tail, counts = (1 - confidence) / 2, self._resamples()
        if counts is None:
            reach = -ndtri(tail) * self._error(credit)
            low, high = np.clip(credit.mean() + np.array([-reach, reach]), 0.0, 1.0)
            return float(low), float(high)
        with np.errstate(invalid="ignore"):
            draws = self._sums(counts, credit) / self._numbers
        draws = draws[np.isfinite(draws)]
        if len(draws) < len(counts) // 2:
            return None
        low, high = np.quantile(draws, [tail, 1 - tail])
        return float(low), float(high)

    def _resamples(self) -> NDArray[np.integer] | None:
        return self.counts if self.clusters <= MOST_CLUSTERS else None

    @cached_property
    def _numbers(self) -> Floats:
        """The number of pairs in each resample, the same for all metrics; float64 (B,)."""
        counts = self._resamples()
        return np.zeros(0) if counts is None else self._sums(counts, np.ones(len(self.first)))

    def _sums(self, counts: NDArray[np.integer], values: Floats) -> Floats:
        """The resampled sums of the pairs' values, float64 (B,)."""
        table = np.bincount(self.first * self.clusters + self.second, weights=values, minlength=self.clusters**2)
        table = table.reshape(self.clusters, self.clusters).astype(np.float32)
        drawn = counts.astype(np.float32)
        alone = np.diag(table).copy()
        if self.within:
            np.fill_diagonal(table, 0.0)
            if not table.any():
                return np.asarray(drawn @ alone, np.float64)
        sums = np.einsum("bg,bg->b", drawn @ table, drawn).astype(np.float64)
        return np.asarray(sums + drawn @ alone if self.within else sums)

    def _error(self, credit: Floats) -> float:
        """Standard error of the mean from each cluster's first-order influence on it (infinitesimal jackknife)."""
        excess = credit - credit.mean()
        influence = np.bincount(self.first, weights=excess, minlength=self.clusters)
        other = np.where(self.first == self.second, 0.0, excess) if self.within else excess
        influence += np.bincount(self.second, weights=other, minlength=self.clusters)
        scale = self.clusters / (self.clusters - 1)
        return float(np.sqrt(scale * (influence**2).sum()) / len(credit))


def pair_credit(difference: Floats) -> Floats:
    """1 where the better video is predicted to be better (``difference`` > 0), 1/2 at a tie, else 0."""
    return np.asarray(0.5 * (1.0 + np.sign(difference)))
