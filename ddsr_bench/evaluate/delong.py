"""Areas under ROC curves with their covariances, for many scores of the same items at once.

DeLong, DeLong and Clarke-Pearson, "Comparing the areas under two or more correlated receiver operating characteristic
curves: a nonparametric approach", Biometrics 44 (1988): the area is the share of (positive, negative) couples in which
the positive scores higher, ties counting half; each item's *placement* is its own share; the covariances of the areas
are those of the placements. The placements come from one sort per score, as in Sun and Xu, "Fast implementation of
DeLong's algorithm ...", IEEE Signal Processing Letters 21 (2014).

Placements are kept as whole numbers (twice the count of items outscored, so that a tie is 1) in int32, which is exact
and small: 20 scores of 700 000 items take 56 MB.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from threadpoolctl import threadpool_limits

from ddsr_bench.evaluate.multiplicity import Significance, normal_test
from ddsr_bench.evaluate.records import Floats

_CHUNK = 1 << 14

Counts = NDArray[np.int32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Areas:
    """M areas under the curve, float64 (M,) in [0, 1], and their estimated covariances, float64 (M, M)."""

    auc: Floats
    covariance: Floats

    @property
    def errors(self) -> Floats:
        """Standard errors, float64 (M,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    def intervals(self, confidence: float = 0.95) -> Floats:
        """Normal intervals cut to [0, 1], float64 (M, 2); NaN where the error is nil (an area of 0 or 1) or NaN."""
        reach = ndtri(0.5 + confidence / 2) * np.where(self.errors > 0, self.errors, np.nan)
        return np.asarray(np.clip(np.stack([self.auc - reach, self.auc + reach], axis=1), 0.0, 1.0))

    def differences(self) -> Significance:
        """Test every two areas, DeLong's z: float64 (M, M), positive where the row's area is the larger."""
        variance = np.diag(self.covariance)
        squared = variance[:, None] + variance - 2 * self.covariance
        # Two scores of the same order have a nil variance but for rounding; a negative one is rounding as well.
        floor = 1e-12 * (variance[:, None] + variance)
        error = np.sqrt(np.where(squared > floor, squared, 0.0))
        return normal_test(self.auc[:, None] - self.auc, np.where(np.isnan(squared), np.nan, error))


def delong(scores: Iterable[Floats], positive: Mask) -> Areas:
    """Return the areas of M scores that should be higher for the positive items.

    Args:
        scores: float64 (M, n), or an iterable of M rows (n,): rows are taken one at a time, so that they need not lie
            in memory together.
        positive: bool (n,), True for positive items.

    Returns:
        NaN throughout where there are no positive or no negative items; covariances NaN with fewer than two of
        either.
    """
    up, down = np.flatnonzero(positive), np.flatnonzero(~positive)
    m, n = len(up), len(down)
    rows = [_placements(np.asarray(row, np.float64), positive) for row in scores]
    if not m or not n:
        return _undefined(len(rows))
    auc = np.array([row[up].sum(dtype=np.int64) for row in rows]) / (2.0 * m * n)
    covariance = _covariance(rows, up) / (4.0 * n * n * m) + _covariance(rows, down) / (4.0 * m * m * n)
    return Areas(auc, covariance)


def delong_mirrored(scores: Iterable[Floats]) -> Areas:
    """Return the areas of signed scores against their own mirror images: positives s, negatives -s.

    This is what "both orders of each pair" means for pairs of videos: s is the predicted difference better minus
    worse, -s the same pair the other way round. An area is the share of couples with s_p + s_q > 0. The two samples are
    one, so an item's two placements are equal and not independent: DeLong's variance for independent samples,
    2 S / P (S: variance of the P placements), would count every pair twice. The area is a U-statistic of one sample
    with a kernel of degree two, whose variance is 4 S / P (Hoeffding 1948): each pair counts once.

    Args:
        scores: float64 (M, P), or an iterable of M rows (P,).

    Returns:
        NaN throughout without items; covariances NaN with fewer than two.
    """
    rows = [_mirrored_placements(np.asarray(row, np.float64)) for row in scores]
    count = len(rows[0]) if rows else 0
    if not count:
        return _undefined(len(rows))
    auc = np.array([row.sum(dtype=np.int64) for row in rows]) / (2.0 * count * count)
    return Areas(auc, _covariance(rows, np.arange(count)) / float(count) ** 3)


def _undefined(count: int) -> Areas:
    return Areas(np.full(count, np.nan), np.full((count, count), np.nan))


def _placements(score: Floats, positive: Mask) -> Counts:
    """Twice the number of negatives below each positive, of positives above each negative; ties count once."""
    order, lengths, below = _runs(score, ~positive)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    above = positive.sum() - (starts - below)
    outscored = np.repeat((below[:-1] + below[1:]).astype(np.int32), lengths)
    outscoring = np.repeat((above[:-1] + above[1:]).astype(np.int32), lengths)
    return _unsort(order, np.where(positive[order], outscored, outscoring))


def _mirrored_placements(score: Floats) -> Counts:
    """Twice the number of items q with s_q > -s_p for each p, ties counting once.

    By size: a positive p outscores all mirrored items but those of the negative q with |q| > |p|, a negative p only
    those of the positive q with |q| > |p|. So one sort of the sizes serves.
    """
    size = np.abs(score)
    order, lengths, negative = _runs(size, score < 0)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    nil = int((score == 0).sum())
    positive = starts - negative - np.where(starts > 0, nil, 0)
    total, most = len(score), positive[-1]
    larger_negative = 2 * negative[-1] - negative[:-1] - negative[1:]
    larger_positive = 2 * most - positive[:-1] - positive[1:]
    for_positive = np.repeat((2 * total - larger_negative).astype(np.int32), lengths)
    for_negative = np.repeat(larger_positive.astype(np.int32), lengths)
    ordered = score[order]
    counts = np.where(ordered > 0, for_positive, for_negative)
    counts[ordered == 0] = 2 * most + nil
    return _unsort(order, counts)


def _runs(values: Floats, marked: Mask) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int64]]:
    """Sort; return the order, the lengths of the runs of equal values, and the marked items before each run's start.

    The last of these has one entry more than there are runs: all marked items.
    """
    order = np.argsort(values)
    ordered = values[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(order) else order
    edges = np.append(starts, len(order))
    before = np.concatenate([[0], np.cumsum(marked[order])])[edges]
    return order, np.diff(edges), before


def _unsort(order: NDArray[np.intp], values: Counts) -> Counts:
    result = np.empty_like(values)
    result[order] = values
    return result


def _covariance(rows: list[Counts], columns: NDArray[np.intp]) -> Floats:
    """Sample covariances of the rows over some columns, float64 (M, M), summed in slices to bound the memory."""
    count = len(columns)
    if count < 2:
        return np.full((len(rows), len(rows)), np.nan)
    means = np.array([row[columns].mean(dtype=np.float64) for row in rows])
    total = np.zeros((len(rows), len(rows)))
    # Products this small wait for other threads longer than they take.
    with threadpool_limits(1) if count > _CHUNK else nullcontext():
        for start in range(0, count, _CHUNK):
            part = columns[start : start + _CHUNK]
            centred = np.stack([row[part] for row in rows]) - means[:, None]
            total += centred @ centred.T
    return total / (count - 1)
