"""Every coefficient under many sets of cluster weights at once: the engine behind intervals and splits.

A bootstrap resample, a jackknife copy and a test fold are all weights on the same rows. Written that way nothing is
drawn, copied or sorted again: ranks are running sums in an order sorted once, moments and concordances are matrix
products with per-cluster sums, and the logistic fits run as one batch.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ddsr_bench.evaluate.kendall import PairSums, pair_sums
from ddsr_bench.evaluate.mapped_fits import MappedFits, Packed, mapped_fits
from ddsr_bench.evaluate.ranks import RankPlan
from ddsr_bench.evaluate.records import Floats

_BLOCK = 600_000


class Resampled:
    """The scores ``y`` of n rows under B sets of cluster weights.

    Args:
        y: float64 (n,).
        codes: the cluster of each row, whole numbers (n,), *ascending*.
        counts: float64 (B, G), how often each cluster is taken; whole numbers.
    """

    def __init__(self, y: Floats, codes: np.ndarray, counts: Floats) -> None:
        self.mean = float(y.mean())
        self.y = y - self.mean
        self.codes = codes
        self.counts = counts
        rows = max(1, _BLOCK // len(y))
        self.blocks = [slice(first, first + rows) for first in range(0, len(counts), rows)]

    def prepare(self, *, mapping: bool = True) -> None:
        """Compute what all metrics share now, so that threads need not; ``mapping``: also what the fits need."""
        _ = self._ranked, self.sizes
        if mapping:
            _ = self.packed

    @cached_property
    def sizes(self) -> Floats:
        """Rows in each resample, float64 (B,)."""
        return self.counts @ np.bincount(self.codes, minlength=self.counts.shape[1]).astype(np.float64)

    @cached_property
    def packed(self) -> list[Packed]:
        """The rows of each block, for the logistic fits."""
        return [Packed.of(self.y, self.counts[block][:, self.codes]) for block in self.blocks]

    @cached_property
    def _ranked(self) -> tuple[Floats, Floats]:
        """Weighted, centred midranks of y times the weights, in row order (B, n), and their sum of squares (B,)."""
        plan = RankPlan.of(self.y)
        products = np.empty((len(self.counts), len(self.y)))
        squares = np.empty(len(self.counts))
        for block in self.blocks:
            weights = self.counts[block][:, self.codes[plan.order]]
            ranks, cubes = plan.ranks(weights)
            products[block, plan.order] = ranks * weights
            squares[block] = _rank_squares(weights, cubes)
        return products, squares

    def srocc(self, x: Floats) -> Floats:
        """Spearman's coefficient of ``x`` (n,) with y, float64 (B,)."""
        plan = RankPlan.of(x)
        products, squares = self._ranked
        found = np.empty(len(self.counts))
        for block in self.blocks:
            weights = self.counts[block][:, self.codes[plan.order]]
            ranks, cubes = plan.ranks(weights)
            both = np.einsum("bi,bi->b", ranks, products[block][:, plan.order])
            found[block] = _ratio(both, _rank_squares(weights, cubes) * squares[block])
        return found

    def plcc(self, x: Floats) -> Floats:
        """Pearson's coefficient of ``x`` (n,) with y, float64 (B,)."""
        spread = x.std()
        u, v = (x - x.mean()) / (spread if spread > 0 else 1.0), self.y
        n, su, sv, suu, svv, suv = (self.counts @ self.by_cluster([np.ones_like(u), u, v, u * u, v * v, u * v])).T
        with np.errstate(divide="ignore", invalid="ignore"):
            uu, vv = suu - su * su / n, svv - sv * sv / n
            # What rounding leaves of a constant is not a spread.
            flat = (uu <= 1e-12 * suu) | (vv <= 1e-12 * svv)
            return np.where(flat, np.nan, _ratio(suv - su * sv / n, uu * vv))

    def krocc(self, x: Floats) -> Floats:
        """Kendall's tau-b of ``x`` (n,) with y, float64 (B,)."""
        return self.pairs(x).tau_b(self.counts)

    def pairs(self, x: Floats) -> PairSums:
        """The pair sums behind ``krocc``."""
        return pair_sums(x, self.y, self.codes, self.counts.shape[1])

    def rmse(self, mapped: Floats) -> Floats:
        """Root mean square difference of fixed predictions ``mapped`` (n,) on y's scale, less y's mean, (B,)."""
        error = (mapped - self.y) ** 2
        total = self.counts @ self.by_cluster([np.ones_like(error), error])
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.sqrt(total[:, 1] / total[:, 0])

    def linear_rmse(self, x: Floats) -> Floats:
        """Root mean square residual of the straight line fitted under each set of weights, float64 (B,)."""
        total = self.counts @ self.by_cluster([np.ones_like(self.y), self.y, self.y**2])
        variance = total[:, 2] / self.sizes - (total[:, 1] / self.sizes) ** 2
        return np.sqrt(np.maximum(variance * (1 - self.plcc(x) ** 2), 0))

    def mapped(self, x: Floats, start: Floats, *, slope: bool, nodes: int = 0) -> MappedFits:
        """Fit a logistic mapping under each set of weights.

        Each fit starts from ``start`` (2,) (centre and log width of the whole, in units of ``standardise``), from the
        best ``nodes`` nodes of the grid, and, where a node is already better than what came out, from that one. Fits
        are searched on few nodes (``quadrature``) where the curve is wide enough, and evaluated on the rows.
        """
        return mapped_fits(self, x, start, slope=slope, nodes=nodes)

    def by_cluster(self, columns: list[Floats]) -> Floats:
        """Sum columns (n,) by cluster, float64 (G, k)."""
        return cluster_sums(np.stack(columns, 1), self.codes, self.counts.shape[1])


def cluster_sums(values: Floats, codes: np.ndarray, clusters: int) -> Floats:
    """Sum the rows of ``values`` (n, k) by ascending cluster ``codes`` (n,): float64 (clusters, k)."""
    sums = np.zeros((clusters, values.shape[1]))
    present, starts = np.unique(codes, return_index=True)
    sums[present] = np.add.reduceat(values, starts, axis=0)
    return sums


def _rank_squares(weights: Floats, cubes: Floats) -> Floats:
    squares: Floats = (weights.sum(1) ** 3 - cubes) / 12
    return squares


def _ratio(both: Floats, squares: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(squares > 0, both / np.sqrt(squares), np.nan)
