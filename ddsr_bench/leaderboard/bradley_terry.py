"""Strengths from pairwise votes: who was preferred to whom how often (Bradley and Terry 1952, Biometrika 39:324)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.records import Floats

_STEPS = 200
_CLOSE = 1e-10


@dataclass(frozen=True)
class Strengths:
    """Fitted strengths.

    Attributes:
        strength: float64 (M,), natural logarithm, mean 0: a wins over b with probability 1 / (1 + exp(b - a)).
        error: float64 (M,), standard errors from the observed information.
        prior: virtual votes of each pair that were added, half for each side; 0 is plain maximum likelihood.
    """

    strength: Floats
    error: Floats
    prior: float


def bradley_terry(wins: Floats, *, prior: float | None = None) -> Strengths:
    """Fit strengths by Newton's method on the (penalised) likelihood, which is concave.

    Args:
        wins: float64 (M, M), how often row was preferred to column; a tie counts half for both; the diagonal is 0.
        prior: virtual votes of each pair. None adds 1 where maximum likelihood has no finite answer (a method that
            won or lost everything, or groups that nobody compared; Ford 1957), else none.

    Raises:
        DdsrError: no square matrix of counts, or not a single vote.
    """
    votes = np.asarray(wins, np.float64)
    if votes.ndim != 2 or votes.shape[0] != votes.shape[1] or (votes < 0).any() or not np.isfinite(votes).all():
        raise DdsrError(f"votes of shape {votes.shape}: give counts of row preferred to column, (M, M), from 0 on")
    if np.diag(votes).any() or not votes.any():
        raise DdsrError("votes: none between two different methods; give at least one, and nothing on the diagonal")
    if prior is None:
        prior = 0.0 if _connected(votes) else 1.0
    votes = votes + prior / 2 * (1 - np.eye(len(votes)))
    strength, information = _fit(votes)
    covariance = np.linalg.pinv(information)
    return Strengths(strength, np.sqrt(np.maximum(np.diag(covariance), 0.0)), prior)


def _fit(votes: Floats) -> tuple[Floats, Floats]:
    total = votes + votes.T
    strength = np.zeros(len(votes))
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(strength[None, :] - strength[:, None]))
        gradient = votes.sum(axis=1) - (total * chance).sum(axis=1)
        weight = total * chance * (1 - chance)
        information = np.diag(weight.sum(axis=1)) - weight
        # Strengths are known up to a constant: the null direction is filled so that the system can be solved.
        step = np.linalg.solve(information + 1 / len(votes), gradient)
        strength = strength + np.clip(step - step.mean(), -2, 2)
        if np.abs(step).max() < _CLOSE:
            break
    return strength, information


def _connected(votes: Floats) -> bool:
    """Whether each method can be reached from each by a chain of wins (Ford's condition)."""
    reach = (votes > 0) | np.eye(len(votes), dtype=bool)
    for _ in range(len(votes)):
        reach = reach @ reach
    return bool(reach.all())
