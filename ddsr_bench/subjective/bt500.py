"""Subject screening of ITU-R BT.500-14 (Annex 1, 2.3): leave out whose votes are often far off, on both sides."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.subjective import moments
from ddsr_bench.subjective.mean import average
from ddsr_bench.subjective.ratings import Ratings
from ddsr_bench.subjective.recovered import Estimate
from ddsr_bench.subjective.votes import shorten

Floats = NDArray[np.float64]
# Rounding must not decide on a vote that lies exactly on the bound, as one of five often does.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Screening:
    """The counts of the rule for I subjects.

    Attributes:
        above: intp (I,), P of the standard: votes far above the mean; ``below``: Q, far below.
        votes: intp (I,), all votes of the subject.
        unanimous: intp (I,), those of its votes that lie on videos on which all agree.
    """

    above: NDArray[np.intp]
    below: NDArray[np.intp]
    votes: NDArray[np.intp]
    unanimous: NDArray[np.intp]

    @property
    def rejected(self) -> NDArray[np.bool_]:
        """bool (I,): ``(P + Q) / votes > .05`` and ``|P - Q| / (P + Q) < .3``."""
        return _rejects(self.above, self.below, self.votes)

    @property
    def doubtful(self) -> NDArray[np.bool_]:
        """bool (I,): rejected for no other reason than videos on which all agree."""
        return self.rejected & ~_rejects(self.above - self.unanimous, self.below - self.unanimous, self.votes)


def _rejects(above: NDArray[np.intp], below: NDArray[np.intp], votes: NDArray[np.intp]) -> NDArray[np.bool_]:
    # In whole numbers, so that 1 of 20 is not more than 5 %.
    return np.asarray((20 * (above + below) > votes) & (10 * np.abs(above - below) < 3 * (above + below)))


def bt500(ratings: Ratings) -> Estimate:
    """Screen the subjects once, then average those who stay."""
    return screened(ratings, ratings.rating)


def screened(ratings: Ratings, values: Floats) -> Estimate:
    """Screen on ``values``, float64 (n,) in the order of the votes, then average them.

    Where the rule would reject everybody, nobody is rejected, and a note says so.
    """
    screening = screen(ratings, values)
    rejected = screening.rejected
    if rejected.all():
        note = f"BT.500 would reject all {len(rejected)} subjects, so nobody is rejected; use --model p910"
        return replace(average(ratings, values, np.zeros(len(rejected), bool)), notes=(note,))
    return replace(average(ratings, values, rejected), reasons=_reasons(screening), notes=_notes(ratings, screening))


def screen(ratings: Ratings, values: Floats) -> Screening:
    """Apply the rule: a vote is far off from 2 (or, where the kurtosis is not in 2..4, sqrt(20)) deviations on.

    Standard deviation and kurtosis ``m4 / m2**2`` are those of the population (n, not n - 1), over all votes of a
    video, repetitions included. Shares are of the votes that a subject gave. By the letter of the standard (a vote
    counts if ``u >= mean + 2 S``, here 0 >= 0), votes on a video on which all agree are far above and far below.
    """
    J, I = len(ratings.videos), len(ratings.subjects)  # noqa: E741
    deviation = values - moments.mean(ratings.video, values, J)[ratings.video]
    second, fourth = (moments.central(ratings.video, values, J, order) for order in (2, 4))
    kurtosis = moments.ratio(fourth, second**2)
    normal = (kurtosis >= 2 - _ROUNDING) & (kurtosis <= 4 + _ROUNDING)
    # NaN, and so nobody far off, where a vote stands alone.
    bound = np.where(normal, 2, np.sqrt(20)) * moments.std(ratings.video, values, J, ddof=0)
    rounding = _ROUNDING * (ratings.scale[1] - ratings.scale[0])
    far = bound[ratings.video] - rounding
    return Screening(
        above=moments.count(ratings.subject[deviation >= far], I),
        below=moments.count(ratings.subject[deviation <= -far], I),
        votes=moments.count(ratings.subject, I),
        unanimous=moments.count(ratings.subject[bound[ratings.video] <= rounding], I),
    )


def _reasons(screening: Screening) -> dict[int, str]:
    above, below, votes = screening.above, screening.below, screening.votes
    return {
        int(i): f"{above[i]} votes far above and {below[i]} far below the mean, of {votes[i]}"
        for i in np.flatnonzero(screening.rejected)
    }


def _notes(ratings: Ratings, screening: Screening) -> tuple[str, ...]:
    doubtful = [ratings.subjects[i] for i in np.flatnonzero(screening.doubtful)]
    if not doubtful:
        return ()
    return (
        f"{len(doubtful)} subjects ({shorten(doubtful)}) are rejected only because BT.500, to the letter, counts "
        "votes on videos on which all agree as far above and far below; --model p910 has no such trait",
    )
