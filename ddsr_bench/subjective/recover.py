"""From ratings to scores: the front door of the models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError
from ddsr_bench.registry import Registry
from ddsr_bench.subjective import moments
from ddsr_bench.subjective.panels import panels
from ddsr_bench.subjective.ratings import Ratings
from ddsr_bench.subjective.recovered import Estimate, Recovered
from ddsr_bench.subjective.votes import shorten

Floats = NDArray[np.float64]
MODELS: Registry[Callable[..., Estimate]] = Registry("recovery model")
for _name in ("mean", "bt500", "p913", "p910"):
    MODELS.register_lazy(_name, f"ddsr_bench.subjective.{_name}:{_name}")

INTERVALS = ("normal", "t")


def recover(ratings: Ratings, model: str = "p910", *, interval: str = "normal", prior_votes: float = 0.0) -> Recovered:
    """Recover a score for each video and the traits of each subject.

    Args:
        ratings: the votes.
        model: ``"mean"`` (plain MOS), ``"bt500"`` (ITU-R BT.500-14 screening), ``"p913"`` (ITU-T P.913 bias removal,
            then the screening) or ``"p910"`` (ITU-T P.910 Annex E maximum likelihood).
        interval: half width of a score's 95 % interval = standard error times 1.96 (``"normal"``, as in the
            standards), or times Student's quantile with n - 1 degrees of freedom (``"t"``, wider for few votes).
        prior_votes: for ``"p910"`` with few votes per subject, see there; 0 is the standard.

    Raises:
        DdsrError: unknown model or interval, ``prior_votes`` where it has no meaning, or nobody passes the screening.
    """
    solve = MODELS.get(model)
    if interval not in INTERVALS:
        raise DdsrError(f"interval {interval!r}: unknown; choose one of: {', '.join(INTERVALS)}")
    if prior_votes < 0 or not np.isfinite(prior_votes) or (prior_votes and model != "p910"):
        raise DdsrError(f"prior votes {prior_votes:g} for model {model!r}: a number from 0 on, and only with 'p910'")
    estimate = solve(ratings, prior_votes) if prior_votes else solve(ratings)
    estimate = _explain(ratings, estimate)
    standard_error = moments.ratio(estimate.mos_std, np.sqrt(estimate.n_ratings))
    votes = moments.count(ratings.subject, len(ratings.subjects))
    normal = _quantile("normal", votes)
    undefined = _undefined(estimate)
    return Recovered(
        **{item.name: getattr(estimate, item.name) for item in fields(Estimate) if item.name != "notes"},
        notes=(*estimate.notes, *_notes(ratings, estimate, undefined)),
        model=model,
        videos=ratings.videos,
        subjects=ratings.subjects,
        standard_error=standard_error,
        mos_ci95=standard_error * _quantile(interval, estimate.n_ratings),
        votes=votes,
        bias_ci95=normal * moments.ratio(estimate.inconsistency, np.sqrt(votes)),
        inconsistency_ci95=normal * moments.ratio(estimate.inconsistency, np.sqrt(2 * votes)),
        undefined=undefined,
        interval=interval,
    )


def _quantile(interval: str, number: NDArray[np.intp]) -> Floats:
    """Return by how many standard errors a 95 % interval reaches to each side, float64, shaped as ``number``."""
    from scipy.special import ndtri, stdtrit

    if interval == "normal":
        return np.full(len(number), float(ndtri(0.975)))
    return np.asarray(stdtrit(np.maximum(number - 1, 1), 0.975), np.float64)


def _explain(ratings: Ratings, estimate: Estimate) -> Estimate:
    """Blank the traits that one vote cannot show, and say so."""
    single = moments.count(ratings.subject, len(ratings.subjects)) < 2
    reasons = {int(i): "one vote: bias and inconsistency cannot be told" for i in np.flatnonzero(single)}
    return replace(
        estimate,
        bias=np.where(single, np.nan, estimate.bias),
        inconsistency=np.where(single, np.nan, estimate.inconsistency),
        reasons={**reasons, **estimate.reasons},
    )


def _undefined(estimate: Estimate) -> dict[int, str]:
    reasons = {0: "all votes rejected, so no score", 1: "one vote, so no interval"}
    few = np.flatnonzero(estimate.n_ratings < 2)
    return {int(j): reasons[int(estimate.n_ratings[j])] for j in few}


def _notes(ratings: Ratings, estimate: Estimate, undefined: dict[int, str]) -> list[str]:
    notes = []
    for reason in dict.fromkeys(undefined.values()):
        who = [ratings.videos[j] for j, text in undefined.items() if text == reason]
        notes.append(f"{len(who)} of {len(ratings.videos)} videos: {reason} ({shorten(who)})")
    single = np.flatnonzero(np.isnan(estimate.bias))
    if len(single):
        who = [ratings.subjects[i] for i in single]
        notes.append(f"{len(who)} subjects gave one vote, which shows no bias or inconsistency ({shorten(who)})")
    return notes + _constant(ratings) + _disjoint(ratings)


def _constant(ratings: Ratings) -> list[str]:
    """Note the subjects who gave one and the same vote, unless the whole table does."""
    size = len(ratings.subjects)
    spread = moments.std(ratings.subject, ratings.rating, size, ddof=0)
    same = np.flatnonzero(spread == 0)
    if not len(same) or np.ptp(ratings.rating) == 0:
        return []
    return [
        f"{len(same)} subjects gave the same vote to all their videos ({shorten([ratings.subjects[i] for i in same])})"
    ]


def _disjoint(ratings: Ratings) -> list[str]:
    _, number = panels(ratings)
    if number == 1:
        return []
    return [
        f"the votes fall into {number} panels without a common subject or video: biases are relative within a panel, "
        "and scores of different panels cannot be compared beyond their panels' own means"
    ]
