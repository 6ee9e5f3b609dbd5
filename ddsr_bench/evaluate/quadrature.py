"""Rows of a table brought to a few evenly spaced nodes.

A logistic curve of width b is smooth on a scale of b, so a weighted sum of it (and of its derivatives and squares)
over all rows equals, to about (h / b)^4 / 40, a sum over nodes h apart when each row's weight is shared out to its
four neighbouring nodes by cubic interpolation. The shares depend on the predictions only: they are summed once per
cluster, and each resample's node weights are one matrix product.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ddsr_bench.evaluate.records import Floats
from ddsr_bench.evaluate.solver_rows import Rows

# Nodes per width of the curve, and the widest spacing in units of ``standardise``.
_PER_WIDTH = 8.0
_WIDEST = 0.12
# A fit whose width fell below this many spacings is made again on the rows themselves.
_SMOOTH = 4.0


@dataclass(frozen=True)
class Quadrature:
    """Node places (N,), and per cluster the shares of ones, float64 (G, N), and of scores (G, N)."""

    nodes: Floats
    ones: Floats
    scores: Floats
    narrowest: float

    def rows(self, counts: Floats, squares: Floats) -> Rows:
        """Return the data of the fits under cluster weights (B, G); ``squares`` (B,) are the sums of squared scores."""
        return Rows(self.nodes[None], counts @ self.ones, counts @ self.scores, squares)


def quadrature(u: Floats, y: Floats, codes: np.ndarray, clusters: int, width: float, most: int) -> Quadrature | None:
    """Share out rows to nodes fit for curves about as wide as ``width``; None where that takes over ``most`` nodes.

    Args:
        u: float64 (n,), standardised predictions.
        y: float64 (n,), scores.
        codes: the rows' clusters (n,), 0 <= code < ``clusters``.
        width: of the curve fitted to all rows.
        most: the most nodes worth having.
    """
    step = min(width / _PER_WIDTH, _WIDEST)
    first = u.min() - 1.5 * step
    count = int((u.max() - first) / step) + 4
    if count > most:
        return None
    place = (u - first) / step
    base = place.astype(np.intp)
    t = place - base
    shares = (
        -t * (t - 1) * (t - 2) / 6,
        (t + 1) * (t - 1) * (t - 2) / 2,
        -(t + 1) * t * (t - 2) / 2,
        (t + 1) * t * (t - 1) / 6,
    )
    ones, scores = np.zeros((2, clusters * count))
    for offset, share in zip((-1, 0, 1, 2), shares, strict=True):
        cell = codes * count + base + offset
        ones += np.bincount(cell, share, clusters * count)
        scores += np.bincount(cell, share * y, clusters * count)
    nodes = first + step * np.arange(count)
    return Quadrature(nodes, ones.reshape(clusters, count), scores.reshape(clusters, count), _SMOOTH * step)
