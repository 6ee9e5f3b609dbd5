"""The plain mean opinion score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.subjective import moments
from ddsr_bench.subjective.ratings import Ratings
from ddsr_bench.subjective.recovered import Estimate

Floats = NDArray[np.float64]


def mean(ratings: Ratings) -> Estimate:
    """Average the votes of each video; spread over n - 1. Bias and inconsistency only describe the subjects.

    ``mos_j = mean_i u_ij``, ``mos_std_j`` = sample standard deviation (ITU-R BT.500-14, Annex 1, 2.2).
    """
    return average(ratings, ratings.rating, np.zeros(len(ratings.subjects), bool))


def average(ratings: Ratings, values: Floats, rejected: NDArray[np.bool_]) -> Estimate:
    """Average ``values``, float64 (n,) in the order of the votes, over the subjects that are not rejected.

    Bias (mean deviation of a subject's raw votes) and inconsistency (its population standard deviation) are taken
    against the mean of all subjects, so that they say the same in every model that averages.
    """
    J, I = len(ratings.videos), len(ratings.subjects)  # noqa: E741
    keep = ~rejected[ratings.subject]
    video, kept = ratings.video[keep], values[keep]
    deviation = ratings.rating - moments.mean(ratings.video, ratings.rating, J)[ratings.video]
    inconsistency = moments.std(ratings.subject, deviation, I, ddof=0)
    return Estimate(
        mos=moments.mean(video, kept, J),
        mos_std=moments.std(video, kept, J, ddof=1),
        n_ratings=moments.count(video, J),
        bias=moments.mean(ratings.subject, deviation, I),
        inconsistency=inconsistency,
        rejected=rejected,
    )
