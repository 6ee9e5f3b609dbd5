"""The data of many small weighted least-squares fits, and the elimination of what is linear in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ddsr_bench.evaluate.records import Floats


@dataclass(frozen=True)
class Rows:
    """The rows of B fits of scores y on predictions u.

    Attributes:
        u: float64 (B, n) or (1, n), standardised predictions.
        weights: float64 (B, n), weight of each row; 0 for none.
        pulls: float64 (B, n), weight times score.
        squares: float64 (B,), the sums of weight times squared score.
    """

    u: Floats
    weights: Floats
    pulls: Floats
    squares: Floats

    @classmethod
    def of(cls, u: Floats, y: Floats, weights: Floats) -> Rows:
        """Take rows as they are: ``u`` and ``y`` float64 (B, n) or (1, n), ``weights`` (B, n)."""
        pulls = weights * y
        return cls(u, weights, pulls, np.einsum("bi,bi->b", pulls, np.broadcast_to(y, pulls.shape)))

    def take(self, index: np.ndarray) -> Rows:
        """Return the fits ``index``."""
        u = self.u if len(self.u) == 1 else self.u[index]
        return Rows(u, self.weights[index], self.pulls[index], self.squares[index])


def residuals(rows: Rows, theta: Floats, *, slope: bool) -> Floats:
    """Return the residual sums of squares (B,) at given centres and log widths (B, 2)."""
    fixed = 2 if slope else 1
    columns = np.empty((len(theta), fixed + 1, rows.u.shape[1]))
    columns[:, 0] = 1.0
    if slope:
        columns[:, 1] = rows.u
    np.tanh((rows.u - theta[:, :1]) * (0.5 * np.exp(-theta[:, 1:])), out=columns[:, fixed])
    gram = with_scores(np.matmul(columns * rows.weights[:, None, :], columns.transpose(0, 2, 1)), columns, rows)
    left: Floats = eliminate(gram, fixed + 1)[:, 0, 0]
    return left


def with_scores(gram: Floats, columns: Floats, rows: Rows) -> Floats:
    """Put the scores into the products (B, k, m) of the first k of m ``columns`` (B, m, n), as row and column k."""
    k, m = gram.shape[1:]
    pulled = np.matmul(columns, rows.pulls[:, :, None])[:, :, 0]
    full = np.empty((len(gram), k + 1, m + 1))
    full[:, :k, :k], full[:, :k, k + 1 :] = gram[:, :, :k], gram[:, :, k:]
    full[:, :k, k] = full[:, k, :k] = pulled[:, :k]
    full[:, k, k], full[:, k, k + 1 :] = rows.squares, pulled[:, k:]
    return full


def eliminate(gram: Floats, count: int) -> Floats:
    """Schur complement: what is left of the products after regressing on the first ``count`` columns."""
    left = gram
    for index in range(count):
        pivot = left[..., :1, :1]
        floor = 1e-12 * gram[..., index : index + 1, index : index + 1]
        # A column that the earlier ones explain (a flat or straight curve) adds nothing.
        ratio = np.where(pivot > floor, left[..., :1, 1:] / np.where(pivot > floor, pivot, 1), 0.0)
        left = left[..., 1:, 1:] - left[..., 1:, :1] * ratio
    return left
