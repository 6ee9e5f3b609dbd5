"""Mappings from a metric's values to MOS: linear and logistic, fitted by least squares.

Forms (VQEG FR-TV Phase I/II; Sheikh et al. 2006 for the five parameters)::

    linear      b1 + b2 x
    logistic4   b2 + (b1 - b2) / (1 + exp(-(x - b3) / |b4|))
    logistic5   b1 (1/2 - 1 / (1 + exp(b2 (x - b3)))) + b4 x + b5
"""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.records import Floats
from ddsr_bench.evaluate.solver import MAX_WIDTH, MIN_WIDTH, solve
from ddsr_bench.evaluate.solver_grid import GRID, grid_residuals, standardise
from ddsr_bench.evaluate.solver_rows import Rows

KINDS = ("logistic4", "logistic5", "linear", "none")
_PARAMETERS = {"logistic4": 4, "logistic5": 5, "linear": 2, "none": 0}
_STARTS = 10
_GRID_ROWS = 2000


@dataclass(frozen=True)
class Mapping:
    """A fitted mapping; call it on float64 values of any shape.

    Attributes:
        requested: the form that was asked for.
        used: the form that was fitted: ``requested``, ``"linear"`` as the fallback, or ``"none"`` (identity).
        parameters: by the names of the module's formulas.
        converged: whether the search ended at a minimum.
        reason: why the fallback was taken, or None.
    """

    requested: str
    used: str
    parameters: Dictionary[str, float]
    converged: bool
    reason: str | None = None

    @property
    def failed(self) -> bool:
        """Whether nothing could be fitted: values are then not on the scale of MOS."""
        return self.used == "none" and self.requested != "none"

    def __call__(self, x: Floats) -> Floats:
        """Map values of any shape."""
        b = list(self.parameters.values())
        x = np.asarray(x, np.float64)
        if self.used == "none":
            return x
        if self.used == "linear":
            return b[0] + b[1] * x
        if self.used == "logistic4":
            return b[1] + (b[0] - b[1]) * (0.5 + 0.5 * np.tanh(0.5 * (x - b[2]) / abs(b[3])))
        return b[0] * 0.5 * np.tanh(0.5 * b[1] * (x - b[2])) + b[3] * x + b[4]


def fit_mapping(x: Floats, y: Floats, kind: str = "logistic4") -> Mapping:
    """Fit the mapping of ``x`` (metric values) to ``y`` (MOS) by least squares.

    The logistic forms start from the best of a grid of centres and widths; all starts that end are compared, and the
    lowest residual wins. Where too few distinct values are given, or nothing converges, a straight line is fitted and
    ``reason`` says so.

    Args:
        x, y: finite float64 (n,).
        kind: ``"logistic4"``, ``"logistic5"``, ``"linear"`` or ``"none"``.

    Raises:
        DdsrError: an unknown kind.

    >>> fitted = fit_mapping(np.arange(5.0), 2 + 3 * np.arange(5.0), "linear")
    >>> round(float(fitted(np.array(10.0))), 6)
    32.0
    """
    check_kind(kind)
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if kind == "none":
        return Mapping(kind, "none", {}, True)
    distinct = len(np.unique(x))
    if distinct < 2:
        return Mapping(kind, "none", {}, False, "constant metric" if len(x) else "no values")
    if kind == "linear":
        return _linear(x, y, kind, None)
    if distinct <= _PARAMETERS[kind]:
        return _linear(x, y, kind, f"{distinct} distinct values are too few for {_PARAMETERS[kind]} parameters")
    return _logistic(x, y, kind)


def check_kind(kind: str) -> None:
    """Raise DdsrError when ``kind`` is none of ``KINDS``."""
    if kind not in KINDS:
        raise DdsrError(f"mapping {kind!r}: unknown; choose one of: {', '.join(KINDS)}")


def _linear(x: Floats, y: Floats, kind: str, reason: str | None) -> Mapping:
    centre = x.mean()
    slope = float((x - centre) @ (y - y.mean()) / ((x - centre) @ (x - centre)))
    return Mapping(kind, "linear", {"b1": float(y.mean() - slope * centre), "b2": slope}, True, reason)


def _logistic(x: Floats, y: Floats, kind: str) -> Mapping:
    slope = kind == "logistic5"
    location, spread = standardise(x)
    u, v = (x - location) / spread, y - y.mean()
    theta = best_starts(u, v, slope=slope, count=_STARTS)
    fits = solve(Rows.of(u[None], v[None], np.ones((len(theta), len(u)))), theta, slope=slope)
    residual = np.where(fits.converged, fits.residual, np.inf)
    best = int(np.argmin(residual))
    if not np.isfinite(residual[best]):
        return _linear(x, y, kind, f"{kind} did not converge from any of {len(theta)} starts")
    centre, width = location + spread * fits.theta[best, 0], spread * float(np.exp(fits.theta[best, 1]))
    parameters = linear_part(x, y, float(centre), width, kind)
    return Mapping(kind, kind, parameters, True)


def best_starts(u: Floats, v: Floats, *, slope: bool, count: int) -> Floats:
    """Return the ``count`` nodes of the grid with the lowest residual, float64 (count, 2)."""
    step = max(1, len(u) // _GRID_ROWS)
    order = np.argsort(u, kind="stable")[::step]
    residuals = grid_residuals(u[order], v[order], np.zeros(len(order), int), np.ones((1, 1)), slope=slope)[0]
    return GRID[np.argsort(residuals, kind="stable")[:count]].copy()


def linear_part(x: Floats, y: Floats, centre: float, width: float, kind: str) -> dict[str, float]:
    """Return all parameters of a logistic form by the module's names, given its centre and width in units of x."""
    curve = np.tanh(0.5 * (x - centre) / width)
    columns = [np.ones_like(x), curve] if kind == "logistic4" else [np.ones_like(x), curve, x]
    solution = np.linalg.lstsq(np.stack(columns, 1), y, rcond=None)[0]
    offset, height = float(solution[0]), float(solution[1])
    if kind == "logistic4":
        return {"b1": offset + height, "b2": offset - height, "b3": centre, "b4": width}
    return {"b1": 2 * height, "b2": 1 / width, "b3": centre, "b4": float(solution[2]), "b5": offset}


def at_bound(mapping: Mapping, x: Floats) -> str | None:
    """Say in words when a fitted logistic has degenerated to a step or to a straight line; None otherwise."""
    if mapping.used not in ("logistic4", "logistic5"):
        return None
    spread = standardise(x)[1]
    width = abs(mapping.parameters["b4"]) if mapping.used == "logistic4" else 1 / mapping.parameters["b2"]
    if width <= 1.01 * MIN_WIDTH * spread:
        return "the best curve is a step"
    return "the best curve is a straight line" if width >= 0.99 * MAX_WIDTH * spread else None
