"""A logistic mapping fitted anew under each of many sets of cluster weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ddsr_bench.evaluate.quadrature import Quadrature, quadrature
from ddsr_bench.evaluate.records import Floats
from ddsr_bench.evaluate.solver import Fits, solve
from ddsr_bench.evaluate.solver_grid import GRID, grid_residuals, standardise
from ddsr_bench.evaluate.solver_rows import Rows, residuals

_DENSE = 0.75
# Of the total: a draw of PLCC is then right to about 1e-7.
_TOLERANCE = 1e-7


@dataclass(frozen=True)
class Packed:
    """The rows that a block of resamples takes, and all of their data that the metric has no part in.

    ``index`` is (B, m), or (1, n) for all rows; ``weights`` and ``pulls`` are alike in shape, ``squares`` (B,).
    """

    index: np.ndarray
    weights: Floats
    pulls: Floats
    squares: Floats

    @classmethod
    def of(cls, y: Floats, weights: Floats) -> Packed:
        """Leave out rows of weight 0 (B, n) where that saves work."""
        taken = weights > 0
        most = int(taken.sum(1).max())
        index = np.arange(len(y))[None]
        if most <= _DENSE * len(y):
            index = np.argsort(~taken, axis=1, kind="stable")[:, :most]
            weights = np.take_along_axis(weights, index, axis=1)
        rows = Rows.of(y[index], y[index], weights)
        return cls(index, weights, rows.pulls, rows.squares)


class Weighted(Protocol):
    """The scores y (n,) less their mean, their clusters, the cluster weights (B, G), and blocks of the B."""

    y: Floats
    codes: np.ndarray
    counts: Floats
    blocks: list[slice]

    @property
    def packed(self) -> list[Packed]:
        """The rows of each block."""

    def by_cluster(self, columns: list[Floats]) -> Floats:
        """Sum columns (n,) by cluster, float64 (G, k)."""


@dataclass(frozen=True)
class MappedFits:
    """PLCC and RMSE (B,) after a mapping that is fitted under each set of weights, and its centre and width (B, 2)."""

    plcc: Floats
    rmse: Floats
    theta: Floats


def mapped_fits(scores: Weighted, x: Floats, start: Floats, *, slope: bool, nodes: int) -> MappedFits:
    """Fit predictions ``x`` (n,) to the scores; see ``Resampled.mapped``."""
    location, spread = standardise(x)
    u = (x - location) / spread
    reach = float(np.abs(u).max())
    first = grid_residuals(u, scores.y, scores.codes, scores.counts, slope=slope)
    sums = scores.counts @ scores.by_cluster([np.ones_like(u), scores.y, scores.y**2])
    total = sums[:, 2] - sums[:, 1] ** 2 / sums[:, 0]
    taken = float((scores.counts > 0).mean()) * len(u)
    shared = quadrature(u, scores.y, scores.codes, scores.counts.shape[1], float(np.exp(start[1])), int(0.7 * taken))
    found = [
        _Block(packed, scores.counts[block], u, slope, reach).fit(shared, start, first[block], sums[block, 2], nodes)
        for block, packed in zip(scores.blocks, scores.packed, strict=True)
    ]
    theta, residual = (np.concatenate([pair[i] for pair in found]) for i in (0, 1))
    flat = total <= 1e-12 * sums[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(flat, np.nan, 1 - residual / total)
        return MappedFits(np.sqrt(np.clip(share, 0, 1)), np.sqrt(residual / sums[:, 0]), theta)


class _Block:
    """The fits of one block of resamples."""

    def __init__(self, packed: Packed, counts: Floats, u: Floats, slope: bool, reach: float) -> None:
        self._counts, self._slope, self._reach = counts, slope, reach
        self._rows = Rows(u[packed.index], packed.weights, packed.pulls, packed.squares)

    def fit(
        self, shared: Quadrature | None, start: Floats, first: Floats, squares: Floats, nodes: int
    ) -> tuple[Floats, Floats]:
        """Return theta (B, 2) and the residual sums of squares on the rows (B,)."""
        begin = np.tile(start, (len(first), 1))
        if shared is None:
            fits = self._from_nodes(self._rows, self._solve(self._rows, begin), first, nodes)
            return fits.theta, fits.residual
        near = shared.rows(self._counts, squares)
        fits = self._from_nodes(near, self._solve(near, begin), first, nodes)
        theta, residual = fits.theta, residuals(self._rows, fits.theta, slope=self._slope)
        # What the nodes cannot tell is searched on the rows.
        narrow = (theta[:, 1] < np.log(shared.narrowest)) | (first.min(1) < residual * (1 - 1e-9))
        again = np.flatnonzero(narrow)
        if len(again):
            rows = self._rows.take(again)
            more = self._from_nodes(rows, self._solve(rows, begin[again]), first[again], nodes)
            theta[again], residual[again] = more.theta, more.residual
        return theta, residual

    def _solve(self, rows: Rows, theta: Floats) -> Fits:
        return solve(rows, theta, slope=self._slope, tolerance=_TOLERANCE, reach=self._reach)

    def _from_nodes(self, rows: Rows, fits: Fits, first: Floats, nodes: int) -> Fits:
        """Try the best nodes of the grid too; keep what is better."""
        order = np.argsort(first, axis=1)[:, : max(nodes, 1)]
        for rank, node in enumerate(order.T):
            ahead = first[np.arange(len(node)), node] < fits.residual * (1 - 1e-9)
            again = np.flatnonzero(ahead | (rank < nodes))
            if len(again):
                more = self._solve(rows.take(again), GRID[node[again]])
                better = more.residual < fits.residual[again]
                fits.theta[again[better]], fits.residual[again[better]] = more.theta[better], more.residual[better]
        return fits
