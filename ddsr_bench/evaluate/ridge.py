"""Ridge regression in closed form, its penalty chosen by cross-validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ddsr_bench.evaluate.records import Floats

if TYPE_CHECKING:
    from ddsr_bench.evaluate.regress import Inner

ALPHAS = np.logspace(-16, 12, 29, base=2.0)
_FOLDS = 5


def ridge_predict(train: Floats, mos: Floats, test: Floats, inner: Inner) -> Floats:
    """Predict by ridge regression with an intercept; alpha = 2^-16..2^12 with the lowest squared error over 5 folds.

    Alpha is multiplied by the number of rows, so it means the same in folds and in the whole. One singular value
    decomposition serves all alphas. Ties go to the larger alpha.

    Args:
        train: float64 (n, d), features in [0, 1].
        mos: float64 (n,).
        test: float64 (m, d), scaled alike.
        inner: folds.

    Returns:
        float64 (m,), predicted MOS.
    """
    errors = np.zeros(len(ALPHAS))
    for fold in inner.folds(_FOLDS):
        predicted = ridge_path(train[fold.train], mos[fold.train], train[fold.test], ALPHAS)
        errors += ((predicted - mos[fold.test]) ** 2).sum(axis=1)
    best = ALPHAS[len(ALPHAS) - 1 - int(np.argmin(errors[::-1]))]
    return np.asarray(ridge_path(train, mos, test, np.array([best]))[0])


def ridge_path(train: Floats, mos: Floats, test: Floats, alphas: Floats) -> Floats:
    """Predictions of ``test`` for every alpha: float64 (len(alphas), m).

    They minimise ``|y - b - X w|^2 / n + alpha |w|^2``, the intercept b free (Hastie et al., "The Elements of
    Statistical Learning", eq. 3.47).
    """
    centre, level = train.mean(axis=0), mos.mean()
    u, s, v = np.linalg.svd(train - centre, full_matrices=False)
    shrunk = s / (s**2 + len(train) * alphas[:, None]) * (u.T @ (mos - level))
    return np.asarray(level + shrunk @ (v @ (test - centre).T))
