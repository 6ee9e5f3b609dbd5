"""Many small least-squares fits of a logistic curve at once.

The curve is linear but for its centre and width, so each fit is a search in two numbers (variable projection, Golub
and Pereyra 1973): the linear part is eliminated exactly at each step, and what is left is a damped Newton step for a
2 x 2 system.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ddsr_bench.evaluate.records import Floats
from ddsr_bench.evaluate.solver_rows import Rows, eliminate, with_scores

# In units of ``standardise``. The ends stand for a step and for a straight line.
MIN_WIDTH, MAX_WIDTH = 0.01, 30.0
# How far outside the data a centre may lie, in the same units: there the curve is an exponential.
_BEYOND = 8.0
_ITERATIONS = 150
_FIRST_ROUNDS = 6
_CHUNK = 20_000


@dataclass
class Fits:
    """B finished fits: ``theta`` float64 (B, 2) = (centre, log width), the residual and total sums of squares (B,)."""

    theta: Floats
    residual: Floats
    total: Floats
    converged: np.ndarray


def solve(rows: Rows, theta: Floats, *, slope: bool, tolerance: float = 1e-10, reach: float | None = None) -> Fits:
    """Fit ``y ~ a + c tanh((u - centre) / (2 width)) [+ d u]`` by weighted least squares, B times.

    Args:
        rows: the data of the B fits.
        theta: float64 (B, 2), where to start: centre and log width.
        slope: whether the term ``d u`` is there (the five-parameter form).
        tolerance: a fit ends when a step lowers the residual by less than this share of the total.
        reach: the largest absolute ``u`` of the whole table, when ``rows`` hold a part of it: it bounds the centre.
    """
    size = max(1, _CHUNK // rows.u.shape[1])
    furthest = float(np.abs(rows.u).max()) if reach is None else reach
    search = _Search(rows, theta, slope, tolerance, furthest + _BEYOND)
    # Most fits end in a few steps. The rest go on together, so that few chunks stay half empty.
    for rounds in (_FIRST_ROUNDS, _ITERATIONS):
        left = np.flatnonzero(~search.converged)
        for start in range(0, len(left), size):
            search.run(left[start : start + size], rounds)
    return Fits(_from_search(search.theta), search.residual, search.total, search.converged)


def _to_search(theta: Floats) -> Floats:
    """From (centre, log width) to the numbers that are searched: (centre / sqrt(1 + width^2), log width).

    A sharp curve is told by its centre, a wide one by where on the curve the data lie, centre / width. Held apart like
    this the nearly straight curves, all far away in centre and width, are close to each other.
    """
    return np.stack([theta[:, 0] / np.hypot(1, np.exp(theta[:, 1])), theta[:, 1]], 1)


def _from_search(theta: Floats) -> Floats:
    return np.stack([theta[:, 0] * np.hypot(1, np.exp(theta[:, 1])), theta[:, 1]], 1)


class _Search:
    """B searches and where they stand."""

    def __init__(self, rows: Rows, theta: Floats, slope: bool, tolerance: float, reach: float) -> None:
        self._rows, self._slope, self._tolerance = rows, slope, tolerance
        self._low, self._high = np.array([[-reach, np.log(MIN_WIDTH)], [reach, np.log(MAX_WIDTH)]])
        self.theta = np.clip(_to_search(theta), self._low, self._high)
        self.damping = np.full(len(theta), 1e-3)
        self.residual = np.full(len(theta), np.nan)
        self.total = np.full(len(theta), np.nan)
        self.converged = np.zeros(len(theta), bool)

    def run(self, index: np.ndarray, rounds: int) -> None:
        """Take up to ``rounds`` steps in the searches ``index``."""
        rows = self._rows.take(index)
        theta, damping = self.theta[index], self.damping[index]
        state, total = _evaluate(rows, theta, self._slope)
        active = np.arange(len(index))
        for _ in range(rounds):
            at = theta[active]
            right = _free(at, state[active, :2, 2], self._low, self._high)
            step, expected = _step(state[active], right, damping[active])
            trial = np.clip(at + step, self._low, self._high)
            found, _unused = _evaluate(rows.take(active), trial, self._slope)
            gain = state[active, -1, -1] - found[:, -1, -1]
            better = gain > 0
            moved = active[better]
            theta[moved], state[moved] = trial[better], found[better]
            # Nielsen's rule (1999): damp less the better the tangent told the gain, and leave what works.
            ratio = np.clip(gain / (expected + 1e-300), 0, 1)
            held = np.maximum(8 * damping[active], 0.1)
            damping[active] = np.where(better, damping[active] * np.maximum(0.1, 1 - (2 * ratio - 1) ** 3), held)
            small = self._tolerance * total[active]
            done = (better & (gain <= small)) | (expected <= 0.1 * small) | (damping[active] > 1e6)
            self.converged[index[active[done]]] = True
            active = active[~done]
            if not len(active):
                break
        self.theta[index], self.damping[index] = theta, damping
        self.residual[index], self.total[index] = state[:, -1, -1], total


def _evaluate(rows: Rows, theta: Floats, slope: bool) -> tuple[Floats, Floats]:
    """Return where each fit stands, float64 (B, 3, 3), and its total sum of squares about the mean (B,).

    With r the residual left by the best linear part, the 3 x 3 hold: the Hessian of r'r / 2 in the two numbers
    searched (top left), minus its gradient (last column and row), and r'r (the corner).
    """
    inverse = np.exp(-theta[:, 1:])
    fixed = 2 if slope else 1
    columns = np.empty((len(theta), fixed + 6, rows.u.shape[1]))
    columns[:, 0] = 1.0
    if slope:
        columns[:, 1] = rows.u
    curve, by_z, by_z_z, bend, bend_z, bend_z_z = columns.transpose(1, 0, 2)[fixed:]
    z = rows.u * inverse - theta[:, :1] * np.hypot(1, inverse)
    np.tanh(0.5 * z, out=curve)
    np.multiply(curve, curve, out=by_z)
    np.subtract(0.5, 0.5 * by_z, out=by_z)
    np.multiply(by_z, z, out=by_z_z)
    np.multiply(curve, by_z, out=bend)
    np.multiply(bend, z, out=bend_z)
    np.multiply(bend_z, z, out=bend_z_z)
    own = columns[:, : fixed + 3] * rows.weights[:, None, :]
    gram = with_scores(np.matmul(own, columns.transpose(0, 2, 1)), columns, rows)
    scores = fixed + 3
    total = gram[:, scores, scores] - gram[:, 0, scores] ** 2 / gram[:, 0, 0]
    height = _coefficient(gram[:, :, : scores + 1], fixed)
    return _hessian(eliminate(gram, fixed + 1), height, inverse[:, 0], theta[:, 0]), total


def _hessian(left: Floats, height: Floats, inverse: Floats, place: Floats) -> Floats:
    """Put together ``_evaluate``'s result from the products of [by_z, by_z z, y] with all columns, (B, 3, 6).

    With z = (u - centre) / width the derivatives of z are -g in ``place`` and -(z + h) in the log width.
    """
    g, square = np.hypot(1, inverse), inverse**2
    h = place / g
    turn = np.zeros((len(height), 3, 3))
    turn[:, 0, 0], turn[:, 1, 0], turn[:, 1, 1], turn[:, 2, 2] = -height * g, -height * h, -height, 1.0
    state: Floats = turn @ left[:, :, :3] @ turn.transpose(0, 2, 1)
    slope, slope_z, bend, bend_z, bend_z_z = left[:, 2, [0, 1, 3, 4, 5]].T
    # Second derivatives of the curve against the residual; bend is minus the curve's second derivative in z.
    by_both = slope * square / g - g * (bend_z + h * bend)
    by_width = slope_z + slope * (h - place * square / g**3) - (bend_z_z + 2 * h * bend_z + h * h * bend)
    a = state[:, 0, 0] + height * bend * g * g
    c, b = state[:, 0, 1] - height * by_both, state[:, 1, 1] - height * by_width
    # Away from the minimum the whole Hessian may point uphill; its first part never does.
    sound = (a > 0) & (b > 0) & (a * b - c * c > 1e-3 * a * b)
    state[sound, 0, 0], state[sound, 1, 1] = a[sound], b[sound]
    state[sound, 0, 1] = state[sound, 1, 0] = c[sound]
    return state


def _coefficient(gram: Floats, index: int) -> Floats:
    """The weight of column ``index`` when the last column is regressed on columns 0..index."""
    left = eliminate(gram, index)
    pivot = left[..., 0, 0]
    return np.where(pivot > 1e-12 * gram[..., index, index], left[..., 0, -1] / np.where(pivot > 0, pivot, 1), 0.0)


def _free(theta: Floats, right: Floats, low: Floats, high: Floats) -> Floats:
    """Drop the pull on a number that stands at its bound and is pushed outwards."""
    return np.where(((theta <= low) & (right < 0)) | ((theta >= high) & (right > 0)), 0.0, right)


def _step(state: Floats, right: Floats, damping: Floats) -> tuple[Floats, Floats]:
    """One damped step (B, 2), and the gain in the residual that the tangent promises (B,)."""
    a, b, c = state[:, 0, 0], state[:, 1, 1], np.where((right == 0).any(1), 0.0, state[:, 0, 1])
    wide, tall = a * (1 + damping) + 1e-100, b * (1 + damping) + 1e-100
    det = np.maximum(wide * tall - c * c, 1e-12 * wide * tall + 1e-300)
    step = np.stack([tall * right[:, 0] - c * right[:, 1], wide * right[:, 1] - c * right[:, 0]], 1) / det[:, None]
    # Longer steps leave the region in which the curve looks like its tangent.
    step = np.clip(step, -1.0, 1.0)
    bent = a * step[:, 0] ** 2 + b * step[:, 1] ** 2 + 2 * c * step[:, 0] * step[:, 1]
    return step, 2 * (step * right).sum(1) - bent
