"""The coefficients of each metric on the test part of each split, and what is reported of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ddsr_bench.evaluate import coefficients
from ddsr_bench.evaluate.bootstrap import clusters_of
from ddsr_bench.evaluate.coefficients import COEFFICIENTS
from ddsr_bench.evaluate.context import Context
from ddsr_bench.evaluate.draws import Sampler
from ddsr_bench.evaluate.mapping import fit_mapping
from ddsr_bench.evaluate.records import Floats
from ddsr_bench.evaluate.splits import test_weights


class SplitScores:
    """Scores metrics on the test rows of all splits; the mapping is fitted on each test part, as the field does."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._tests = test_weights(context.splits, len(context.table.mos))
        self._sampler = self._batched() if context.exact and context.splits else None

    def _batched(self) -> Sampler:
        table = self._context.table
        # Where a row may be on neither side, a test side need not hold whole sources.
        whole = all(len(split.train) + len(split.test) == len(table.mos) for split in self._context.splits)
        by_source = whole and self._context.disjoint and self._context.clusters.label == "source"
        clusters = self._context.clusters if by_source else clusters_of(None, len(table.mos), "video")
        firsts = np.unique(clusters.codes, return_index=True)[1]
        counts = self._tests[:, clusters.order[firsts]].astype(np.float64)
        return Sampler(table.mos, clusters, counts, nodes=2)

    def share(self) -> None:
        """Do once, before threads, what every metric needs of the scores."""
        if self._sampler is not None:
            self._sampler.share()

    def fixed(self, x: Floats, sign: float) -> dict[str, Floats]:
        """Return by coefficient float64 (S,) for predictions ``x`` (n,) that do not depend on the split."""
        if self._sampler is not None:
            mapping = fit_mapping(x, self._context.table.mos, self._context.settings.mapping)
            return self._sampler.pooled(x, mapping, sign).values
        return self.trained(np.broadcast_to(x, self._tests.shape), sign)

    def trained(self, predictions: Floats, sign: float = 1.0) -> dict[str, Floats]:
        """Return by coefficient float64 (S,) for predictions (S, n) made anew in each split."""
        found = {name: np.full(len(predictions), np.nan) for name in COEFFICIENTS}
        for index, (row, test) in enumerate(zip(predictions, self._tests, strict=True)):
            taken = test > 0
            for name, value in self._one(row[taken], self._context.table.mos[taken], sign).items():
                found[name][index] = value
        return found

    def _one(self, x: Floats, y: Floats, sign: float) -> dict[str, float]:
        if coefficients.why_undefined(x, y):
            return {}
        mapping = fit_mapping(x, y, self._context.settings.mapping)
        mapped = mapping(x)
        return {
            "srocc": coefficients.srocc(sign * x, y),
            "plcc_raw": coefficients.plcc(sign * x, y),
            "plcc": coefficients.plcc(mapped if mapping.used != "none" else sign * x, y),
            "krocc": coefficients.krocc(sign * x, y),
            "rmse": coefficients.rmse(mapped, y),
        }


def summary(values: dict[str, Floats]) -> dict[str, dict[str, Any]]:
    """Return median, mean, sample standard deviation and quartiles over the splits where a value is defined."""
    return {name: _summary(values[name]) for name in COEFFICIENTS}


def _summary(values: Floats) -> dict[str, Any]:
    known = values[np.isfinite(values)]
    if not len(known):
        return {"median": None, "mean": None, "std": None, "q25": None, "q75": None, "n_splits": 0}
    low, middle, high = (float(v) for v in np.quantile(known, (0.25, 0.5, 0.75)))
    spread = float(known.std(ddof=1)) if len(known) > 1 else None
    return {
        "median": middle,
        "mean": float(known.mean()),
        "std": spread,
        "q25": low,
        "q75": high,
        "n_splits": len(known),
    }
