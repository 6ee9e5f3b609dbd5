"""What recovery yields: scores of videos and traits of subjects, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """What a model computes for J videos and I subjects.

    Attributes:
        mos: float64 (J,), NaN where all votes of a video were rejected.
        mos_std: float64 (J,), the spread of the votes behind each score, such that the standard error is
            ``mos_std / sqrt(n_ratings)``; NaN below two votes.
        n_ratings: intp (J,), the votes behind each score.
        bias: float64 (I,), how far a subject votes above the others; NaN where that cannot be told.
        inconsistency: float64 (I,), the standard deviation of a subject's votes about score plus bias.
        rejected: bool (I,), whose votes were left out.
        reasons: by subject index why it was rejected, or why a trait is NaN.
        notes: what a reader should know, a sentence each.
    """

    mos: Floats
    mos_std: Floats
    n_ratings: NDArray[np.intp]
    bias: Floats
    inconsistency: Floats
    rejected: NDArray[np.bool_]
    reasons: dict[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recovered(Estimate):
    """An estimate with names and intervals; all half widths are of 95 % intervals.

    Attributes:
        model: the model's name.
        videos: J names; ``subjects`` I names.
        standard_error: float64 (J,), of ``mos``.
        mos_ci95: float64 (J,), its half width; NaN below two votes, for which ``undefined`` has a reason.
        votes: intp (I,), how many votes a subject gave, rejected or not.
        bias_ci95: float64 (I,), half width about ``bias``; ``inconsistency_ci95`` alike.
        undefined: by video index why its score or interval is NaN.
        interval: ``"normal"`` or ``"t"``.
    """

    model: str = ""
    videos: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    standard_error: Floats = field(default_factory=lambda: np.empty(0))
    mos_ci95: Floats = field(default_factory=lambda: np.empty(0))
    votes: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))
    bias_ci95: Floats = field(default_factory=lambda: np.empty(0))
    inconsistency_ci95: Floats = field(default_factory=lambda: np.empty(0))
    undefined: dict[int, str] = field(default_factory=dict)
    interval: str = "normal"
