"""The fitted mapping as a line, with the band of its resampled fits."""

from __future__ import annotations

import numpy as np

from ddsr_bench.evaluate.mapping import Mapping
from ddsr_bench.evaluate.records import Curve, Floats
from ddsr_bench.evaluate.solver_grid import standardise

_POINTS = 120
DRAWN = 200


def curve_of(x: Floats, y: Floats, mapping: Mapping, weights: Floats | None, theta: Floats | None) -> Curve:
    """Draw ``mapping`` over the range of ``x``; the band holds 95 % of the resampled fits at each point.

    Args:
        x, y: predictions in the metric's own direction and MOS, float64 (n,).
        mapping: fitted to them.
        weights: how often each row is in each resample, float64 (B, n), or None for no band.
        theta: the centre and log width of each resample's logistic fit, float64 (B, 2), or None for other forms.
    """
    grid = np.linspace(x.min(), x.max(), _POINTS)
    line = mapping(grid)
    logistic = mapping.used in ("logistic4", "logistic5")
    if weights is None or mapping.used == "none" or (logistic and theta is None):
        empty = np.full(len(grid), np.nan)
        return Curve(grid, line, empty, empty)
    location, spread = standardise(x)
    shapes: list[tuple[float, float] | None] = [None] * len(weights)
    if theta is not None:
        shapes = [(location + spread * centre, spread * np.exp(width)) for centre, width in theta]
    drawn = [_refit(x, y, w, grid, shape, mapping.used) for w, shape in zip(weights, shapes, strict=True)]
    low, high = np.quantile(np.stack(drawn), (0.025, 0.975), axis=0)
    return Curve(grid, line, low, high)


def _refit(x: Floats, y: Floats, weights: Floats, grid: Floats, shape: tuple[float, float] | None, form: str) -> Floats:
    root = np.sqrt(weights)
    solution = np.linalg.lstsq(_columns(x, shape, form) * root[:, None], y * root, rcond=None)[0]
    line: Floats = _columns(grid, shape, form) @ solution
    return line


def _columns(x: Floats, shape: tuple[float, float] | None, form: str) -> Floats:
    parts = [np.ones_like(x)]
    if shape is not None:
        parts.append(np.tanh(0.5 * (x - shape[0]) / shape[1]))
    return np.stack(parts if form == "logistic4" else [*parts, x], 1)
