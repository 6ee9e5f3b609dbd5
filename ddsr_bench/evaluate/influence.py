"""What each row adds to a coefficient, to first order: the bootstrap of tables too large to resample.

With influence values l_i (Hampel 1974) a resample in which row i appears c_i times has the coefficient
T + sum (c_i - 1) l_i, up to terms of order 1/n. For a least-squares mapping the fitted curve may be held: at the
optimum the coefficient does not change with it to first order.
"""

from __future__ import annotations

import numpy as np

from ddsr_bench.evaluate.bootstrap import Clusters
from ddsr_bench.evaluate.coefficients import COEFFICIENTS, why_undefined
from ddsr_bench.evaluate.draws import PooledDraws, home_of
from ddsr_bench.evaluate.groups import FEWEST, MOST_CROSSED, Groups, mean_of_groups, to_scale
from ddsr_bench.evaluate.mapping import Mapping
from ddsr_bench.evaluate.ranks import midranks
from ddsr_bench.evaluate.records import Floats
from ddsr_bench.evaluate.resampled import cluster_sums

_BINS = 512


def influences(x: Floats, mapped: Floats, y: Floats) -> tuple[dict[str, float], dict[str, Floats]]:
    """Return each coefficient and its influence values (n,), already divided by n.

    Args:
        x: predictions (n,), higher is better.
        mapped: the same on the scale of MOS.
        y: MOS (n,), neither constant.
    """
    n = len(y)
    error = (mapped - y) ** 2
    root = float(np.sqrt(error.mean()))
    found = {
        "srocc": _spearman(x, y),
        "plcc_raw": _pearson(x, y),
        "plcc": _pearson(mapped, y),
        "krocc": _kendall(x, y),
        "rmse": (root, (error - error.mean()) / max(2 * root, 1e-12)),
    }
    return {k: v[0] for k, v in found.items()}, {k: v[1] / n for k, v in found.items()}


def _pearson(x: Floats, y: Floats) -> tuple[float, Floats]:
    u, v = _standard(x), _standard(y)
    r = float(np.mean(u * v))
    return r, u * v - 0.5 * r * (u * u + v * v)


def _spearman(x: Floats, y: Floats) -> tuple[float, Floats]:
    """The product of the ranks, and what a row does to the ranks of those above it (ties taken as fixed)."""
    ranks = [midranks(values) / len(x) for values in (x, y)]
    u, v = (_standard(rank) for rank in ranks)
    r = float(np.mean(u * v))
    scale = [float(rank.std()) for rank in ranks]
    pushed = _sum_above(x, v) / scale[0] + _sum_above(y, u) / scale[1]
    direct = u * v - r
    return r, direct + pushed - pushed.mean()


def _sum_above(x: Floats, v: Floats) -> Floats:
    """For each row the mean over all rows of [x_j > x_i] v_j, half for ties."""
    order = np.argsort(x, kind="stable")
    ordered = x[order]
    total = np.r_[0.0, np.cumsum(v[order])]
    left, right = np.searchsorted(ordered, x, "left"), np.searchsorted(ordered, x, "right")
    above: Floats = (total[-1] - 0.5 * (total[left] + total[right])) / len(x)
    return above


def _kendall(x: Floats, y: Floats) -> tuple[float, Floats]:
    """Tau-b; each row's concordance comes from a table of 512 x 512 rank bins, which is exact to about 1/512."""
    from scipy.stats import kendalltau

    tau = float(kendalltau(x, y).statistic)
    cells = [np.minimum((midranks(v) - 0.5) * _BINS / len(v), _BINS - 1).astype(int) for v in (x, y)]
    table = np.zeros((_BINS, _BINS))
    np.add.at(table, tuple(cells), 1.0 / len(x))
    below = np.pad(table.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    a, b = cells
    # Half of a cell's own row and column counts on either side.
    corner = 0.25 * (below[a, b] + below[a + 1, b] + below[a, b + 1] + below[a + 1, b + 1])
    by_x, by_y = 0.5 * (below[a, -1] + below[a + 1, -1]), 0.5 * (below[-1, b] + below[-1, b + 1])
    agreement = 4 * corner - 2 * by_x - 2 * by_y + 1
    mean = float(agreement.mean())
    factor = tau / mean if abs(mean) > 0.02 else 1.0
    return tau, 2 * factor * (agreement - mean)


def _standard(values: Floats) -> Floats:
    centred = values - values.mean()
    spread = float(np.sqrt(np.mean(centred**2)))
    standard: Floats = centred / (spread if spread > 0 else 1.0)
    return standard


class LinearSampler:
    """Draws for tables of any length, with the interface of ``draws.Sampler``.

    Args:
        y: MOS (n,).
        clusters: what is resampled.
        counts: cluster weights (B, G).
    """

    def __init__(self, y: Floats, clusters: Clusters, counts: Floats) -> None:
        self._y = y
        self.clusters = clusters
        self.counts = counts

    def share(self) -> None:
        """Nothing is shared."""

    def prepare_groups(self, groups: Groups) -> None:
        """Nothing is shared."""

    def pooled(self, x: Floats, mapping: Mapping, sign: float) -> PooledDraws:
        """Return the draws on all rows; ``sign`` turns a lower-better metric's correlations."""
        if why_undefined(x, self._y):
            return PooledDraws({name: np.full(len(self.counts), np.nan) for name in COEFFICIENTS}, None)
        estimates, rows = influences(sign * x, mapping(x), self._y)
        return PooledDraws({name: self._draw(estimates[name], rows[name]) for name in estimates}, None)

    def within(self, x: Floats, mapped: Floats, groups: Groups, per_group: dict[str, Floats]) -> dict[str, Floats]:
        """Return the draws of the weighted mean over groups, by coefficient (B,)."""
        if home_of(groups, self.clusters) is not None:
            return {name: self._nested(values, groups, name) for name, values in per_group.items()}
        if len(groups.names) > MOST_CROSSED:
            return {name: np.full(len(self.counts), np.nan) for name in per_group}
        return self._crossed(x, mapped, groups, per_group)

    def _draw(self, estimate: float, rows: Floats) -> Floats:
        sums = cluster_sums(rows[self.clusters.order][:, None], self.clusters.codes, self.clusters.count)[:, 0]
        return estimate + (self.counts - 1.0) @ sums

    def _nested(self, values: Floats, groups: Groups, name: str) -> Floats:
        """Each group moves the mean by its distance from it, shared out over its rows."""
        usable = np.isfinite(values) & (groups.sizes >= FEWEST)
        weights = np.where(usable, groups.sizes - 3.0, 0.0)
        mean = mean_of_groups(values, groups.sizes, name)[0]
        slope = 1.0 if name == "rmse" else 1 - mean**2
        scaled = to_scale(np.where(usable, values, 0.0), np.maximum(groups.sizes, FEWEST), name)
        centre = mean if name == "rmse" else float(np.arctanh(mean))
        moved = slope * weights * (scaled - centre) / max(weights.sum(), 1.0)
        return self._draw(mean, (moved / groups.sizes)[groups.codes])

    def _crossed(self, x: Floats, mapped: Floats, groups: Groups, per_group: dict[str, Floats]) -> dict[str, Floats]:
        total = {name: np.zeros(len(x)) for name in per_group}
        weight = {
            name: float((groups.sizes[np.isfinite(values)] - 3.0).clip(0).sum()) for name, values in per_group.items()
        }
        for size, rows in zip(groups.sizes, groups.rows(), strict=True):
            if size < FEWEST or why_undefined(x[rows], self._y[rows]) or why_undefined(mapped[rows], self._y[rows]):
                continue
            estimates, moved = influences(x[rows], mapped[rows], self._y[rows])
            for name in per_group:
                slope = 1.0 if name == "rmse" else 1 / max(1 - estimates[name] ** 2, 1e-6)
                total[name][rows] = slope * moved[name] * (size - 3.0) / max(weight[name], 1.0)
        return {name: self._from_scale(per_group[name], groups, total[name], name) for name in per_group}

    def _from_scale(self, values: Floats, groups: Groups, moved: Floats, name: str) -> Floats:
        mean = mean_of_groups(values, groups.sizes, name)[0]
        return self._draw(mean, moved if name == "rmse" else moved * (1 - mean**2))
