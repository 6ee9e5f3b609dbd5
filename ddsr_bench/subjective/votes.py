"""Raw votes as they stand in a table, before they are trusted: missing, repeated, in any order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
REPETITIONS = ("keep", "mean")


@dataclass(frozen=True)
class Votes:
    """n cells of a table, NaN where the vote is missing.

    Attributes:
        name: the file's name.
        videos, subjects: the distinct names; ``video``, ``subject``: intp (n,), indices into them.
        rating: float64 (n,).
        row: intp (n,), the row of the table (from 1, the header not counted) that each vote comes from.
        session: intp (n,), which of several sittings a vote belongs to; None where the table does not say.
    """

    name: str
    videos: tuple[str, ...]
    subjects: tuple[str, ...]
    video: Indices
    subject: Indices
    rating: Floats
    row: Indices
    session: Indices | None = None

    def at(self, index: int) -> str:
        """Return where a vote stands, to begin a message with."""
        names = f"subject {self.subjects[self.subject[index]]}, video {self.videos[self.video[index]]}"
        return f"{self.name}: row {self.row[index]} ({names})"

    def pick(self, keep: NDArray[np.bool_]) -> Votes:
        """Return the votes where ``keep``, bool (n,), holds; names stay."""
        session = None if self.session is None else self.session[keep]
        cut = (self.video[keep], self.subject[keep], self.rating[keep], self.row[keep])
        return Votes(self.name, self.videos, self.subjects, *cut, session)


def drop_missing(votes: Votes) -> tuple[Votes, Indices, tuple[str, ...]]:
    """Leave out missing votes, then videos and subjects that have none left.

    Returns:
        The votes, the indices of the videos that stay, and notes.

    Raises:
        DdsrError: an infinite vote, or no vote at all.
    """
    endless = np.isinf(votes.rating)
    if endless.any():
        at = int(endless.argmax())
        raise DdsrError(f"{votes.at(at)}: rating {votes.rating[at]} is not finite; correct it or leave the cell empty")
    votes = votes.pick(~np.isnan(votes.rating))
    if not len(votes.rating):
        raise DdsrError(f"{votes.name}: no rating; give a table with at least one vote")
    videos, video = np.unique(votes.video, return_inverse=True)
    subjects, subject = np.unique(votes.subject, return_inverse=True)
    notes = [
        f"{len(names) - len(kept)} {kind} without a vote left out: {shorten(np.delete(names, kept).tolist())}"
        for kind, names, kept in (("videos", votes.videos, videos), ("subjects", votes.subjects, subjects))
        if len(kept) < len(names)
    ]
    left = replace(
        votes,
        videos=tuple(votes.videos[i] for i in videos),
        subjects=tuple(votes.subjects[i] for i in subjects),
        video=video,
        subject=subject,
    )
    return left, videos, tuple(notes)


def merge_repetitions(votes: Votes, repetitions: str | None) -> tuple[Votes, tuple[str, ...]]:
    """Decide what second votes of one subject on one video mean.

    Args:
        votes: none missing.
        repetitions: ``"keep"`` counts each as a vote, ``"mean"`` averages them to one; None keeps those of
            different sessions and takes all others for mistakes.

    Raises:
        DdsrError: None, and a pair occurs twice in the same session.
        ValueError: another word.
    """
    if repetitions not in (None, *REPETITIONS):
        raise ValueError(f"repetitions {repetitions!r}; choose 'keep' or 'mean'")
    pair = votes.video * len(votes.subjects) + votes.subject
    if repetitions is None:
        _refuse_second_votes(votes, pair)
    _, first, inverse = np.unique(pair, return_index=True, return_inverse=True)
    extra = len(pair) - len(first)
    if not extra:
        return votes, ()
    if repetitions != "mean":
        return votes, (f"{extra} repeated votes (same subject, same video) kept as votes of their own",)
    averaged = np.bincount(inverse, votes.rating) / np.bincount(inverse)
    keep = np.zeros(len(pair), bool)
    keep[first] = True
    picked = votes.pick(keep)
    # first is in the order of pairs, pick in the order of rows.
    return replace(picked, rating=averaged[inverse[keep]]), (f"{extra} repeated votes averaged with the first",)


def _refuse_second_votes(votes: Votes, pair: Indices) -> None:
    key = pair if votes.session is None else pair * (int(votes.session.max()) + 1) + votes.session
    order = np.argsort(key, kind="stable")
    second = np.flatnonzero(key[order][1:] == key[order][:-1])
    if not len(second):
        return
    at = int(second[np.argmin(order[second + 1])])
    within = "" if votes.session is None else " in the same session"
    raise DdsrError(
        f"{votes.at(int(order[at + 1]))}: rated before in row {votes.row[order[at]]}{within}; remove one, "
        "name the sitting with --session-column, or say --repetitions keep or mean"
    )


def shorten(names: list[str], limit: int = 5) -> str:
    """Return names with commas between, the first few where there are many."""
    rest = len(names) - limit
    return ", ".join(names) if rest <= 0 else f"{', '.join(names[:limit])} and {rest} more"
