"""The votes of a rating experiment: who gave which video how many points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ddsr_bench.subjective.moments import ratio
from ddsr_bench.subjective.scale import check_scale, infer_scale
from ddsr_bench.subjective.votes import Votes, drop_missing, merge_repetitions

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Ratings:
    """n votes of I subjects on J videos, one entry per vote: a crowd's table is mostly empty as a matrix.

    Attributes:
        name: the file's name, for messages.
        videos: J distinct names, each with at least one vote; ``subjects`` I alike.
        video: intp (n,), the index into ``videos`` of each vote; ``subject`` alike.
        rating: float64 (n,), finite, within ``scale``. A subject may have rated a video more than once.
        scale: the lowest and the highest vote that could be given.
        score_origin: ``"subjective"``, or ``"simulated"`` where a model of a panel voted.
        video_columns: further columns of the table that are constant per video, J values each.
        notes: what was inferred, merged or left out, a sentence each.
    """

    name: str
    videos: tuple[str, ...]
    subjects: tuple[str, ...]
    video: Indices
    subject: Indices
    rating: Floats
    scale: tuple[float, float]
    score_origin: str = "subjective"
    video_columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def missing(self) -> int:
        """The number of (video, subject) pairs without a vote."""
        pairs = np.unique(self.video * len(self.subjects) + self.subject)
        return len(self.videos) * len(self.subjects) - len(pairs)

    def matrix(self) -> Floats:
        """Return the votes as float64 (J, I), NaN where there is none, the mean where there are several."""
        shape = (len(self.videos), len(self.subjects))
        cell = self.video * shape[1] + self.subject
        count = np.bincount(cell, minlength=shape[0] * shape[1])
        total = np.bincount(cell, self.rating, minlength=shape[0] * shape[1])
        return ratio(total, count).reshape(shape)

    @classmethod
    def from_matrix(
        cls,
        matrix: ArrayLike,
        videos: Sequence[str] | None = None,
        subjects: Sequence[str] | None = None,
        *,
        scale: tuple[float, float] | None = None,
        name: str = "ratings",
    ) -> Ratings:
        """Make ratings of a matrix (videos, subjects), or (videos, subjects, repetitions), NaN where no vote is.

        Args:
            matrix: numbers; converted to float64.
            videos: names; ``video_01``, ... when left out. ``subjects`` alike.
            scale: lowest and highest possible vote; inferred when left out.
            name: stands before the text of errors.

        Raises:
            DdsrError: no vote at all, an infinite vote, or one outside the scale.
            ValueError: the shape is not of two or three axes, or does not fit the names.
        """
        values = np.asarray(matrix, dtype=np.float64)
        if values.ndim not in (2, 3):
            raise ValueError(
                f"matrix: shape {values.shape}; give (videos, subjects) or (videos, subjects, repetitions)"
            )
        names = [
            tuple(given) if given is not None else numbered(kind, count)
            for kind, given, count in (("video", videos, values.shape[0]), ("subject", subjects, values.shape[1]))
        ]
        if (len(names[0]), len(names[1])) != values.shape[:2]:
            raise ValueError(
                f"matrix: shape {values.shape} does not fit {len(names[0])} videos, {len(names[1])} subjects"
            )
        where = np.indices(values.shape).reshape(values.ndim, -1)
        votes = Votes(name, names[0], names[1], where[0], where[1], values.ravel(), where[0] + 1)
        return ratings_of(votes, scale=scale, repetitions="keep")


def ratings_of(
    votes: Votes,
    *,
    scale: tuple[float, float] | None = None,
    repetitions: str | None = None,
    score_origin: str = "subjective",
    video_columns: Mapping[str, Sequence[Any]] | None = None,
    notes: Sequence[str] = (),
) -> Ratings:
    """Check raw votes and make ratings of them; see :func:`merge_repetitions` for ``repetitions``.

    Raises:
        DdsrError: no vote, an infinite vote, one outside the scale, or an unexplained second vote.
    """
    votes, kept, dropped = drop_missing(votes)
    scale, scale_notes = (scale, ()) if scale is not None else infer_scale(votes)
    check_scale(votes, scale)
    votes, merged = merge_repetitions(votes, repetitions)
    columns = {name: [values[i] for i in kept] for name, values in (video_columns or {}).items()}
    return Ratings(
        name=votes.name,
        videos=votes.videos,
        subjects=votes.subjects,
        video=votes.video,
        subject=votes.subject,
        rating=votes.rating,
        scale=scale,
        score_origin=score_origin,
        video_columns=columns,
        notes=(*notes, *scale_notes, *dropped, *merged),
    )


def numbered(kind: str, count: int) -> tuple[str, ...]:
    """Return ``video_01``, ``video_02``, ... for what has no names of its own."""
    width = max(2, len(str(count)))
    return tuple(f"{kind}_{number:0{width}d}" for number in range(1, count + 1))
