"""Many small least-squares fits of a logistic curve at once.

The curve is linear but for its centre and width, so each fit is a search in two numbers (variable projection, Golub
and Pereyra 1973, with Kaufman's Jacobian): the linear part is eliminated exactly at each step, and what is left is a
damped Newton step for a 2 x 2 system.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ddsr_bench.evaluate.records import Floats

# In units of ``standardise``. The ends stand for a step and for a straight line.
MIN_WIDTH, MAX_WIDTH = 0.01, 30.0
# How far outside the data a centre may lie, in the same units: there the curve is an exponential.
_BEYOND = 8.0
_CENTRES = (-2.4, -1.6, -0.8, 0.0, 0.8, 1.6, 2.4)
_WIDTHS = (0.05, 0.2, 0.6, 1.5, 5.0)
GRID = np.array([(centre, np.log(width)) for centre in _CENTRES for width in _WIDTHS])
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


def solve(
    u: Floats,
    y: Floats,
    weights: Floats,
    theta: Floats,
    *,
    slope: bool,
    tolerance: float = 1e-10,
    reach: float | None = None,
) -> Fits:
    """Fit ``y ~ a + c tanh((u - centre) / (2 width)) [+ d u]`` by weighted least squares, B times.

    Args:
        u: float64 (B, n) or (1, n), standardised predictions.
        y: float64 (B, n) or (1, n), centred scores.
        weights: float64 (B, n), not negative; rows of weight 0 take no part.
        theta: float64 (B, 2), where to start: centre and log width.
        slope: whether the term ``d u`` is there (the five-parameter form).
        tolerance: a fit ends when a step lowers the residual by less than this share of the total.
        reach: the largest absolute ``u`` of the whole table, when ``u`` is a part of it: it bounds the centre.
    """
    rows = max(1, _CHUNK // u.shape[1])
    furthest = float(np.abs(u).max()) if reach is None else reach
    search = _Search(u, y, weights, theta, slope, tolerance, furthest + _BEYOND)
    # Most fits end in a few steps. The rest go on together, so that few chunks stay half empty.
    for rounds in (_FIRST_ROUNDS, _ITERATIONS):
        left = np.flatnonzero(~search.converged)
        for start in range(0, len(left), rows):
            search.run(left[start : start + rows], rounds)
    return Fits(_from_search(search.theta), search.residual, search.total, search.converged)


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
    residual: Floats = _eliminate(grams, len(columns) - 1)[..., 0, 0]
    return residual


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

    def __init__(
        self, u: Floats, y: Floats, weights: Floats, theta: Floats, slope: bool, tolerance: float, reach: float
    ) -> None:
        self._u, self._y, self._weights, self._slope, self._tolerance = u, y, weights, slope, tolerance
        self._low, self._high = np.array([[-reach, np.log(MIN_WIDTH)], [reach, np.log(MAX_WIDTH)]])
        self.theta = np.clip(_to_search(theta), self._low, self._high)
        self.damping = np.full(len(theta), 1e-3)
        self.residual = np.full(len(theta), np.nan)
        self.total = np.full(len(theta), np.nan)
        self.converged = np.zeros(len(theta), bool)

    def run(self, index: np.ndarray, rounds: int) -> None:
        """Take up to ``rounds`` steps in the searches ``index``."""
        u, y, weights = _pick(self._u, index), _pick(self._y, index), self._weights[index]
        theta, damping = self.theta[index], self.damping[index]
        state, total = _evaluate(u, y, weights, theta, self._slope)
        active = np.arange(len(index))
        for _ in range(rounds):
            at = theta[active]
            right = _free(at, state[active, :2, 2], self._low, self._high)
            step, expected = _step(state[active], right, damping[active])
            trial = np.clip(at + step, self._low, self._high)
            found, _unused = _evaluate(_pick(u, active), _pick(y, active), weights[active], trial, self._slope)
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


def _pick(values: Floats, index: np.ndarray) -> Floats:
    return values if len(values) == 1 else values[index]


def standardise(x: Floats) -> tuple[float, float]:
    """Return the median and a spread of ``x`` (n,): half the middle 68 %, which a few outliers do not stretch."""
    low, centre, high = np.quantile(x, (0.16, 0.5, 0.84))
    spread = 0.5 * (high - low)
    return float(centre), float(spread if spread > 1e-9 * np.ptp(x) else x.std())


def _evaluate(u: Floats, y: Floats, weights: Floats, theta: Floats, slope: bool) -> tuple[Floats, Floats]:
    """Return where each fit stands, float64 (B, 3, 3), and its total sum of squares about the mean (B,).

    With r the residual left by the best linear part, the 3 x 3 hold: the Hessian of r'r / 2 in the two numbers
    searched (top left), minus its gradient (last column and row), and r'r (the corner).
    """
    inverse = np.exp(-theta[:, 1:])
    fixed = 2 if slope else 1
    columns = np.empty((len(theta), fixed + 7, u.shape[1]))
    columns[:, 0] = 1.0
    if slope:
        columns[:, 1] = u
    curve, by_z, by_z_z, scores, bend, bend_z, bend_z_z = columns.transpose(1, 0, 2)[fixed:]
    scores[:] = y
    z = u * inverse - theta[:, :1] * np.hypot(1, inverse)
    np.tanh(0.5 * z, out=curve)
    np.multiply(curve, curve, out=by_z)
    np.subtract(0.5, 0.5 * by_z, out=by_z)
    np.multiply(by_z, z, out=by_z_z)
    np.multiply(curve, by_z, out=bend)
    np.multiply(bend, z, out=bend_z)
    np.multiply(bend_z, z, out=bend_z_z)
    gram = np.matmul(columns[:, : fixed + 4] * weights[:, None, :], columns.transpose(0, 2, 1))
    total = gram[:, -1, fixed + 3] - gram[:, 0, fixed + 3] ** 2 / gram[:, 0, 0]
    height = _coefficient(gram[:, :, : fixed + 4], fixed)
    return _hessian(_eliminate(gram, fixed + 1), height, inverse[:, 0], theta[:, 0]), total


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
    left = _eliminate(gram, index)
    pivot = left[..., 0, 0]
    return np.where(pivot > 1e-12 * gram[..., index, index], left[..., 0, -1] / np.where(pivot > 0, pivot, 1), 0.0)


def _eliminate(gram: Floats, count: int) -> Floats:
    """Schur complement: what is left of the products after regressing on the first ``count`` columns."""
    left = gram
    for index in range(count):
        pivot = left[..., :1, :1]
        floor = 1e-12 * gram[..., index : index + 1, index : index + 1]
        # A column that the earlier ones explain (a flat or straight curve) adds nothing.
        ratio = np.where(pivot > floor, left[..., :1, 1:] / np.where(pivot > floor, pivot, 1), 0.0)
        left = left[..., 1:, 1:] - left[..., 1:, :1] * ratio
    return left


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
