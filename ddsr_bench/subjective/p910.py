"""Maximum likelihood of ITU-T P.910 (2023), Annex E: scores, subject biases and inconsistencies together.

The vote of subject i on video j is ``u_ij = psi_j + b_i + e_ij``, ``e_ij ~ N(0, v_i**2)``; the likelihood is climbed
by alternating projection (Li et al., "A simple model for subject behavior in subjective experiments", HVEI 2020).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.subjective import moments
from ddsr_bench.subjective.panels import panels
from ddsr_bench.subjective.ratings import Ratings
from ddsr_bench.subjective.recovered import Estimate
from ddsr_bench.subjective.votes import shorten

Floats = NDArray[np.float64]
_TOLERANCE = 1e-9
_ROUNDS = 1000
# Keeps weights finite where somebody agrees with the scores exactly; as in the annex.
_LEAST_VARIANCE = 1e-8
# An inconsistency below this share of the panel's marks a subject whose own votes have become the scores.
_COLLAPSED = 0.05


@dataclass(frozen=True)
class _State:
    """One round's values: scores (J,), biases (I,), variances (I,), and residuals (n,) of the votes."""

    score: Floats
    bias: Floats
    variance: Floats
    residual: Floats


class _Problem:
    """The votes, and what stays the same over the rounds."""

    def __init__(self, ratings: Ratings, prior_votes: float) -> None:
        self.ratings, self.prior_votes = ratings, prior_votes
        self.votes = moments.count(ratings.subject, len(ratings.subjects))
        # One vote is explained by its bias alone: it then says nothing, and its inconsistency would be 0.
        self.known = self.votes > 1
        self.panel, _ = panels(ratings)

    def start(self) -> _State:
        """Plain means, and the biases against them."""
        ratings = self.ratings
        return self.settle(moments.mean(ratings.video, ratings.rating, len(ratings.videos)))

    def settle(self, score: Floats) -> _State:
        """Biases (zero mean within each panel), variances and residuals for given scores."""
        ratings, size = self.ratings, len(self.ratings.subjects)
        bias = moments.mean(ratings.subject, ratings.rating - score[ratings.video], size)
        bias = np.where(self.known, bias, 0.0)
        subject_panel, video_panel = self.panel[len(score) :], self.panel[: len(score)]
        shift = moments.mean(subject_panel[self.known], bias[self.known], int(self.panel.max()) + 1)
        shift = np.nan_to_num(shift)
        bias = np.where(self.known, bias - shift[subject_panel], 0.0)
        score = score + shift[video_panel]
        residual = ratings.rating - score[ratings.video] - bias[ratings.subject]
        return _State(score, bias, self._variance(residual, bias), residual)

    def project(self, state: _State) -> Floats:
        """Scores for given biases and variances: means weighted with 1 / variance."""
        ratings, size = self.ratings, len(self.ratings.videos)
        weight = (1 / (state.variance + _LEAST_VARIANCE))[ratings.subject]
        total = np.bincount(ratings.video, weight * (ratings.rating - state.bias[ratings.subject]), size)
        return np.asarray(total / np.bincount(ratings.video, weight, size))

    def _variance(self, residual: Floats, bias: Floats) -> Floats:
        subject = self.ratings.subject
        squares = np.bincount(subject, residual**2, len(bias))
        counted = self.known[subject]
        pooled = float((residual[counted] ** 2).mean()) if counted.any() else 1.0
        variance = (squares + self.prior_votes * pooled) / (self.votes + self.prior_votes)
        # A single vote spreads about the score by the panel's biases and inconsistencies together.
        spread = pooled + float((bias[subject][counted] ** 2).mean()) if counted.any() else 1.0
        return np.where(self.known, variance, spread)


def p910(ratings: Ratings, prior_votes: float = 0.0) -> Estimate:
    """Recover scores, biases (zero mean) and inconsistencies by maximum likelihood.

    The spread of a score is the population standard deviation of its votes' residuals ``e_ij``, so that the standard
    error is the annex' ``std_i(e_ij) / sqrt(n_j)``. A subject with one vote counts with bias 0 and the panel's spread.

    Args:
        ratings: the votes.
        prior_votes: 0 is the standard. The likelihood is unbounded: with few votes each, a subject's inconsistency
            may fall to 0, and its votes become the scores (a note says so). A positive number k adds, to each
            subject's variance, k votes of the panel's pooled variance; 4 prevents it.
    """
    problem = _Problem(ratings, prior_votes)
    state, settled = _climb(problem)
    video, size = ratings.video, len(ratings.videos)
    inconsistency = np.where(problem.known, np.sqrt(state.variance), np.nan)
    return Estimate(
        mos=state.score,
        mos_std=moments.std(video, state.residual, size, ddof=0),
        n_ratings=moments.count(video, size),
        bias=np.where(problem.known, state.bias, np.nan),
        inconsistency=inconsistency,
        rejected=np.zeros(len(ratings.subjects), bool),
        notes=(*_unsettled(settled), *_collapsed(problem, inconsistency)),
    )


def _climb(problem: _Problem) -> tuple[_State, bool]:
    state = problem.start()
    for _ in range(_ROUNDS):
        before, state = state, problem.settle(problem.project(state))
        if float(np.abs(state.score - before.score).max()) < _TOLERANCE:
            return state, True
    return state, False


def _unsettled(settled: bool) -> list[str]:
    return [] if settled else [f"P.910 had not settled after {_ROUNDS} rounds; read its scores with care"]


def _collapsed(problem: _Problem, inconsistency: Floats) -> list[str]:
    known = inconsistency[problem.known]
    if not len(known) or problem.prior_votes:
        return []
    low = np.flatnonzero(problem.known & (inconsistency < _COLLAPSED * float(np.sqrt((known**2).mean()))))
    if not len(low):
        return []
    who = shorten([problem.ratings.subjects[i] for i in low])
    videos = len(np.unique(problem.ratings.video[np.isin(problem.ratings.subject, low)]))
    return [
        f"P.910 took the votes of {len(low)} of {len(inconsistency)} subjects ({who}) for exact, and they alone set "
        f"the scores of {videos} videos: too few votes each; add --prior-votes 4, or use --model p913"
    ]
