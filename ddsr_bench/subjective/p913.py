"""Bias removal of ITU-T P.913 (12.4), then the screening of BT.500."""

from __future__ import annotations

from dataclasses import replace

from ddsr_bench.subjective import moments
from ddsr_bench.subjective.bt500 import screened
from ddsr_bench.subjective.ratings import Ratings
from ddsr_bench.subjective.recovered import Estimate


def p913(ratings: Ratings) -> Estimate:
    """Subtract each subject's bias from its votes, screen the subjects on what is left, average those who stay.

    ``b_i = mean_j (u_ij - mean_i u_ij)``, ``r_ij = u_ij - b_i`` (ITU-T P.913, equations of clause 12.4).
    By the letter, a single vote becomes the mean of its video: it moves no score.

    Raises:
        DdsrError: nobody stays.
    """
    size = len(ratings.subjects)
    plain = moments.mean(ratings.video, ratings.rating, len(ratings.videos))
    bias = moments.mean(ratings.subject, ratings.rating - plain[ratings.video], size)
    estimate = screened(ratings, ratings.rating - bias[ratings.subject])
    return replace(estimate, bias=bias)
