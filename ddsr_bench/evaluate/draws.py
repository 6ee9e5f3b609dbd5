"""Bootstrap draws of every coefficient of a metric, pooled and inside groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ddsr_bench.evaluate.bootstrap import Clusters
from ddsr_bench.evaluate.groups import FEWEST, MOST_CROSSED, Groups, to_scale
from ddsr_bench.evaluate.mapping import Mapping
from ddsr_bench.evaluate.records import Floats
from ddsr_bench.evaluate.resampled import Resampled
from ddsr_bench.evaluate.solver_grid import standardise


@dataclass(frozen=True)
class PooledDraws:
    """By coefficient float64 (B,); ``theta`` (B, 2) are centre and log width of each logistic fit, else None."""

    values: dict[str, Floats]
    theta: Floats | None


class Sampler:
    """Everything about the scores ``y`` that the draws of all metrics share.

    Args:
        y: MOS (n,).
        clusters: what is resampled.
        counts: cluster weights (B, G).
        nodes: further starts of each logistic fit, for draws that stand by themselves (test folds).
    """

    def __init__(self, y: Floats, clusters: Clusters, counts: Floats, *, nodes: int = 0) -> None:
        self._nodes = nodes
        self.clusters = clusters
        self.counts = counts
        self.mean = float(y.mean())
        self._y = y
        self._whole = Resampled(y[clusters.order], clusters.codes, counts)
        self._parts: dict[int, list[Resampled | None]] = {}

    def share(self) -> None:
        """Do once, before threads, what every metric needs of the scores."""
        self._whole.prepare()

    def pooled(self, x: Floats, mapping: Mapping, sign: float) -> PooledDraws:
        """Return the draws on all rows; ``sign`` turns a lower-better metric's correlations."""
        x = x[self.clusters.order]
        values = {
            "srocc": sign * self._whole.srocc(x),
            "plcc_raw": sign * self._whole.plcc(x),
            "krocc": sign * self._whole.krocc(x),
        }
        if mapping.used in ("logistic4", "logistic5"):
            fits = self._whole.mapped(x, _start(x, mapping), slope=mapping.used == "logistic5", nodes=self._nodes)
            return PooledDraws({**values, "plcc": fits.plcc, "rmse": fits.rmse}, fits.theta)
        if mapping.used == "linear":
            values |= {"plcc": np.abs(values["plcc_raw"]), "rmse": self._whole.linear_rmse(x)}
        else:
            error = np.full(len(self.counts), np.nan) if mapping.failed else self._whole.rmse(x - self.mean)
            values |= {"plcc": values["plcc_raw"], "rmse": error}
        return PooledDraws(values, None)

    def within(self, x: Floats, mapped: Floats, groups: Groups, per_group: dict[str, Floats]) -> dict[str, Floats]:
        """Return the draws of the weighted mean over groups, by coefficient float64 (B,).

        Groups that lie inside one cluster keep their coefficients and are weighted with their cluster; groups that
        cross clusters (methods) are computed anew under each resample. The mapping stays that of all rows.

        Args:
            x: predictions (n,), higher is better.
            mapped: the same on the scale of MOS.
            per_group: what ``groups.within`` returned.
        """
        home = home_of(groups, self.clusters)
        if home is not None:
            return {name: self._nested(values, groups, home, name) for name, values in per_group.items()}
        if len(groups.names) > MOST_CROSSED:
            return {name: np.full(len(self.counts), np.nan) for name in per_group}
        return self._crossed(x, mapped, groups, tuple(per_group))

    def _nested(self, values: Floats, groups: Groups, home: np.ndarray, name: str) -> Floats:
        usable = np.isfinite(values) & (groups.sizes >= FEWEST)
        weights = self.counts[:, home[usable]] * (groups.sizes[usable] - 3.0)
        scaled = to_scale(values[usable], groups.sizes[usable], name)
        return _mean(weights @ scaled, weights.sum(1), name)

    def _crossed(self, x: Floats, mapped: Floats, groups: Groups, names: tuple[str, ...]) -> dict[str, Floats]:
        order = self.clusters.order
        sums = {name: np.zeros((2, len(self.counts))) for name in names}
        for rows, part in zip(self._rows(groups), self._parts_of(groups), strict=True):
            if part is None:
                continue
            a, b = x[order][rows], mapped[order][rows]
            drawn = {"srocc": part.srocc(a), "krocc": part.krocc(a), "plcc_raw": part.plcc(a), "plcc": part.plcc(b)}
            drawn["rmse"] = part.rmse(b - part.mean)
            for name in names:
                _accumulate(sums[name], drawn[name], part.sizes, name)
        return {name: _mean(sums[name][0], sums[name][1], name) for name in names}

    def _rows(self, groups: Groups) -> list[np.ndarray]:
        codes = groups.codes[self.clusters.order]
        return [np.flatnonzero(codes == index) for index in range(len(groups.names))]

    def _parts_of(self, groups: Groups) -> list[Resampled | None]:
        """The scores of each group under the resamples; made once for all metrics."""
        key = id(groups)
        if key not in self._parts:
            y = self._y[self.clusters.order]
            self._parts[key] = [
                Resampled(y[rows], self.clusters.codes[rows], self.counts) if len(rows) >= FEWEST else None
                for rows in self._rows(groups)
            ]
        return self._parts[key]

    def prepare_groups(self, groups: Groups) -> None:
        """Do once, before threads, what every metric needs of the scores inside ``groups``."""
        if home_of(groups, self.clusters) is None and len(groups.names) <= MOST_CROSSED:
            for part in self._parts_of(groups):
                if part is not None:
                    part.prepare(mapping=False)


def _start(x: Floats, mapping: Mapping) -> Floats:
    location, spread = standardise(x)
    b = mapping.parameters
    width = abs(b["b4"]) if mapping.used == "logistic4" else 1 / b["b2"]
    return np.array([(b["b3"] - location) / spread, np.log(width / spread)])


def home_of(groups: Groups, clusters: Clusters) -> np.ndarray | None:
    """Return the one cluster of each group, whole numbers (K,), or None when some group has rows of several."""
    codes = groups.codes[clusters.order]
    first = np.full(len(groups.names), -1)
    first[codes[::-1]] = clusters.codes[::-1]
    return first if bool((first[codes] == clusters.codes).all()) else None


def _accumulate(sums: Floats, values: Floats, sizes: Floats, name: str) -> None:
    usable = np.isfinite(values) & (sizes >= FEWEST)
    weights = np.where(usable, sizes - 3.0, 0.0)
    sums[0] += weights * to_scale(np.where(usable, values, 0.0), np.maximum(sizes, FEWEST), name)
    sums[1] += weights


def _mean(total: Floats, weights: Floats, name: str) -> Floats:
    mean = np.divide(total, weights, out=np.full(len(total), np.nan), where=weights > 0)
    back: Floats = mean if name == "rmse" else np.tanh(mean)
    return back
