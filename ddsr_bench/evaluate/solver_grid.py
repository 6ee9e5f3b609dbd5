"""Where the fits of a logistic curve start: a small grid of centres and widths."""

from __future__ import annotations

import numpy as np

from ddsr_bench.evaluate.records import Floats
from ddsr_bench.evaluate.solver_rows import eliminate

_CENTRES = (-2.4, -1.6, -0.8, 0.0, 0.8, 1.6, 2.4)
_WIDTHS = (0.05, 0.2, 0.6, 1.5, 5.0)
GRID = np.array([(centre, np.log(width)) for centre in _CENTRES for width in _WIDTHS])


def standardise(x: Floats) -> tuple[float, float]:
    """Return the median and a spread of ``x`` (n,): half the middle 68 %, which a few outliers do not stretch."""
    low, centre, high = np.quantile(x, (0.16, 0.5, 0.84))
    spread = 0.5 * (high - low)
    return float(centre), float(spread if spread > 1e-9 * np.ptp(x) else x.std())


def grid_residuals(u: Floats, y: Floats, codes: np.ndarray, counts: Floats, *, slope: bool) -> Floats:
    """Return the residual sums of squares (B, K) at the K nodes of ``GRID`` for one ``u`` and ``y`` (n,).

    ``codes`` (n,) are the rows' clusters, ascending, and ``counts`` (B, G) the clusters' weights.
    """
    curves = np.tanh((u - GRID[:, :1]) / (2 * np.exp(GRID[:, 1:]))).T
    columns = [np.ones_like(curves), np.broadcast_to(u[:, None], curves.shape), curves]
    columns = [*(columns if slope else columns[::2]), np.broadcast_to(y[:, None], curves.shape)]
    present, starts = np.unique(codes, return_index=True)
    grams = np.empty((len(counts), len(GRID), len(columns), len(columns)))
    for i, first in enumerate(columns):
        for j, second in enumerate(columns[: i + 1]):
            sums = np.add.reduceat(first * second, starts, axis=0)
            grams[:, :, i, j] = grams[:, :, j, i] = counts[:, present] @ sums
    residual: Floats = eliminate(grams, len(columns) - 1)[..., 0, 0]
    return residual
