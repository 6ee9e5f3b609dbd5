"""The SOS parameter: how widely people disagree, whatever the scores."""

from __future__ import annotations

import numpy as np

from ddsr_bench.subjective import moments
from ddsr_bench.subjective.ratings import Ratings


def sos_alpha(ratings: Ratings) -> float:
    """Return ``a`` of ``SOS**2 = a (MOS - L) (H - MOS)``, fitted by least squares; usually .1 to .4 for video.

    Raw votes: MOS is a video's plain mean, SOS**2 its sample variance, ``L:H`` the scale. NaN where no video has two
    votes, or all means lie at the ends of the scale.

    Source: Hossfeld, Schatz, Egger, "SOS: The MOS is not enough!", QoMEX 2011, eq. 4.
    """
    size = len(ratings.videos)
    mean = moments.mean(ratings.video, ratings.rating, size)
    variance = moments.std(ratings.video, ratings.rating, size, ddof=1) ** 2
    room = (mean - ratings.scale[0]) * (ratings.scale[1] - mean)
    known = ~np.isnan(variance)
    total = float((room[known] ** 2).sum())
    return float((room[known] * variance[known]).sum()) / total if total > 0 else float("nan")
