"""Kendall's tau-b under many sets of cluster weights at once.

Concordance is a sum over pairs, so under weights that are constant in each cluster it is a quadratic form in the G
cluster weights: the n x n signs are summed once to G x G, and each resample costs G^2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ddsr_bench.evaluate.records import Floats

_BLOCK = 2_000_000


@dataclass(frozen=True)
class PairSums:
    """Sums over ordered pairs of rows, by the clusters of the two, (G, G) each.

    Attributes:
        concordant: of the products of signs.
        ties_x, ties_y: of ones where the two are tied, a row being tied with itself; None where no two rows are.
        rows: float64 (G,), rows in each cluster.
    """

    concordant: np.ndarray
    ties_x: np.ndarray | None
    ties_y: np.ndarray | None
    rows: Floats

    def tau_b(self, counts: Floats) -> Floats:
        """Return tau-b under each of the cluster weights (B, G), float64 (B,); NaN where x or y is constant."""
        pairs = (counts @ self.rows) ** 2
        spread = (pairs - self._tied(counts, self.ties_x)) * (pairs - self._tied(counts, self.ties_y))
        with np.errstate(invalid="ignore", divide="ignore"):
            tau: Floats = np.where(spread > 0, _form(counts, self.concordant) / np.sqrt(spread), np.nan)
        return tau

    def _tied(self, counts: Floats, ties: np.ndarray | None) -> Floats:
        return counts**2 @ self.rows if ties is None else _form(counts, ties)


def pair_sums(x: Floats, y: Floats, codes: np.ndarray, clusters: int) -> PairSums:
    """Sum over all pairs of rows: n^2 work, in blocks.

    Args:
        x, y: float64 (n,).
        codes: whole numbers (n,), *ascending*: the cluster of each row, 0 <= code < ``clusters``.
    """
    (x, tied_x), (y, tied_y) = _dense(x), _dense(y)
    wanted = [True, tied_x, tied_y]
    tables = [np.zeros((clusters, clusters), np.float32) if want else None for want in wanted]
    present, starts = np.unique(codes, return_index=True)
    step = max(1, _BLOCK // max(1, len(x)))
    for first in range(0, len(x), step):
        rows = slice(first, min(first + step, len(x)))
        by_x, by_y = _signs(x, rows), _signs(y, rows)
        blocks = (by_x * by_y, by_x == 0, by_y == 0)
        for table, block in zip(tables, blocks, strict=True):
            if table is not None:
                _add(table, block.view(np.int8), codes[rows], present, starts)
    concordant, ties_x, ties_y = tables
    assert concordant is not None
    return PairSums(concordant, ties_x, ties_y, np.bincount(codes, minlength=clusters).astype(np.float64))


def _dense(values: Floats) -> tuple[np.ndarray, bool]:
    distinct, codes = np.unique(values, return_inverse=True)
    return codes.astype(np.int32), len(distinct) < len(values)


def _signs(values: np.ndarray, rows: slice) -> np.ndarray:
    mine = values[rows, None]
    return (mine > values).view(np.int8) - (mine < values).view(np.int8)


def _add(table: np.ndarray, block: np.ndarray, codes: np.ndarray, present: np.ndarray, starts: np.ndarray) -> None:
    if len(starts) == block.shape[1]:
        table[np.ix_(codes, present)] += block
        return
    mine, first = np.unique(codes, return_index=True)
    columns = np.add.reduceat(block, starts, axis=1, dtype=np.int32)
    table[np.ix_(mine, present)] += np.add.reduceat(columns, first, axis=0)


def _form(counts: Floats, table: np.ndarray) -> Floats:
    """The quadratic forms c' T c. Sums of whole numbers below 2^24 are exact in single precision, and these are."""
    left = counts.astype(np.float32) @ table
    form: Floats = np.einsum("bg,bg->b", left, counts, dtype=np.float64)
    return form
