"""Opinion-aware metrics: a regressor from features to MOS, trained and tuned inside every split.

Nothing of a test row is seen before it is predicted: features are scaled by the training rows' range, and C and gamma
(or the ridge's alpha) are chosen by cross-validation within the training rows, source-disjoint where sources are given.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.records import Floats
from ddsr_bench.evaluate.splits import Split, kfold
from ddsr_bench.seeding import generator

REGRESSORS = ("svr", "svr-benchmark", "ridge")
LEAST_TRAINING = 6


@dataclass(frozen=True)
class Inner:
    """What a learner may know of its training rows besides features and MOS.

    Attributes:
        n: number of training rows.
        groups: their sources, or None.
        address: opens the address of every draw.
    """

    n: int
    groups: tuple[str, ...] | None
    address: tuple[str | int, ...]

    def folds(self, k: int) -> tuple[Split, ...]:
        """``k`` folds of the training rows (positions), fewer where there are fewer sources.

        Rows of a single source are folded one by one, since there is no other source to hold out.
        """
        count = self.n if self.groups is None else len(set(self.groups))
        groups = None if count < 2 else self.groups
        most = self.n if groups is None else count
        return kfold(self.n, min(k, most), groups, int(self.generator("folds").integers(2**62)))

    def generator(self, *what: str) -> np.random.Generator:
        """Return the generator of one kind of draw."""
        return generator(*self.address, *what)


# (features and MOS of the training rows, features of the test rows, the rest) -> predictions of the test rows.
Learner = Callable[[Floats, Floats, Floats, Inner], Floats]


def train_predict(
    features: Floats,
    mos: Floats,
    splits: Sequence[Split],
    *,
    regressor: str = "svr",
    groups: Sequence[str] | None = None,
    seed: int = 0,
    workers: int = 1,
) -> Floats:
    """Predict the MOS of every split's test rows by a regressor trained on its training rows.

    Args:
        features: float64 (n, d), finite.
        mos: float64 (n,), finite.
        splits: rows to train on (6 or more) and to predict.
        regressor: ``"svr"`` (RBF, searched well), ``"svr-benchmark"`` (RBF, searched as the published benchmark did;
            both in :mod:`ddsr_bench.evaluate.svr`) or ``"ridge"`` (:mod:`ddsr_bench.evaluate.ridge`).
        groups: source of each row; the inner folds then keep a source on one side.
        seed: decides the inner folds, with the split's number as the rest of the address.
        workers: threads. The numerics are single-threaded and release the interpreter, so more threads are faster,
            and the result is the same for any number.

    Returns:
        float64 (len(splits), n), NaN outside the test rows.

    Raises:
        DdsrError: unknown regressor, a split with too few training rows, or features that are not finite.
    """
    learner = _learner(regressor)
    _check(features, mos, splits)
    work = functools.partial(_predict, learner, features, mos, groups, seed)
    out = np.full((len(splits), len(mos)), np.nan)
    for row, split, values in zip(out, splits, _map(work, splits, workers), strict=True):
        row[split.test] = values
    return out


def _learner(regressor: str) -> Learner:
    from ddsr_bench.evaluate.ridge import ridge_predict
    from ddsr_bench.evaluate.svr import svr_benchmark_predict, svr_predict

    learners = dict(zip(REGRESSORS, (svr_predict, svr_benchmark_predict, ridge_predict), strict=True))
    if regressor not in learners:
        raise DdsrError(f"regressor {regressor!r}: unknown; choose one of {', '.join(REGRESSORS)}")
    return learners[regressor]


def _check(features: Floats, mos: Floats, splits: Sequence[Split]) -> None:
    if features.ndim != 2 or len(features) != len(mos):
        raise ValueError(f"features {features.shape} for {len(mos)} videos; give an array (n, d)")
    if not np.isfinite(features).all():
        row, column = np.argwhere(~np.isfinite(features))[0]
        raise DdsrError(f"feature {column + 1} of video {row + 1} is missing or infinite; fill it in or leave it out")
    short = [split for split in splits if len(split.train) < LEAST_TRAINING]
    if short:
        raise DdsrError(
            f"{short[0].name or 'a split'}: {len(short[0].train)} videos to train on, a regressor needs "
            f"{LEAST_TRAINING}; use another protocol or more videos"
        )


def _map(work: Callable[[tuple[int, Split]], Floats], splits: Sequence[Split], workers: int) -> list[Floats]:
    from threadpoolctl import threadpool_limits

    # One BLAS thread whatever the number of workers: sums in another order would be other bits.
    with threadpool_limits(1), ThreadPoolExecutor(max(1, workers)) as pool:
        return list(pool.map(work, enumerate(splits)))


def _predict(
    learner: Learner,
    features: Floats,
    mos: Floats,
    groups: Sequence[str] | None,
    seed: int,
    item: tuple[int, Split],
) -> Floats:
    index, split = item
    y = mos[split.train]
    if np.ptp(y) == 0:
        return np.full(len(split.test), y[0])
    x = scaled(features, split.train)
    inner = None if groups is None else tuple(groups[row] for row in split.train)
    return learner(x[split.train], y, x[split.test], Inner(len(y), inner, (seed, "inner", index)))


def scaled(features: Floats, rows: NDArray[np.int64]) -> Floats:
    """Take each feature to [0, 1] over ``rows``; one that is constant there becomes 0 everywhere."""
    low, high = features[rows].min(axis=0), features[rows].max(axis=0)
    span = np.where(high > low, high - low, np.inf)
    return np.asarray((features - low) / span)
