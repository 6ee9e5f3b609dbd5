"""A simulated panel: votes drawn from the very model by which ITU-T P.910 (2023), Annex E, recovers scores.

Subject i gives video j the vote ``clip(round(psi_j + b_i + v_i e_ij), 1, 5)``: the video's latent quality, the
subject's bias, and an error as large as the subject is inconsistent. Nobody has looked at anything: what comes out is
*simulated*, and the tables say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.seeding import generator

LOWEST, HIGHEST = 1, 5  # absolute category rating


@dataclass(frozen=True)
class PanelSpec:
    """Who votes.

    Attributes:
        subjects: how many.
        bias: standard deviation of the subjects' biases, in points; .3 is common in laboratory studies.
        inconsistency: median of the subjects' errors' deviations, in points.
        spread: deviation of the logarithm of that.
        careless: how many of them vote nearly at random (an error of 1.5 to 2.5 points).
        missing: share of votes that are not given.
        sessions: sittings that the videos are shown in.
    """

    subjects: int = 24
    bias: float = 0.3
    inconsistency: float = 0.55
    spread: float = 0.25
    careless: int = 2
    missing: float = 0.03
    sessions: int = 3

    def __post_init__(self) -> None:
        if self.subjects < 2 or not 0 <= self.careless < self.subjects or self.sessions < 1:
            raise DdsrError(
                f"panel of {self.subjects} subjects, {self.careless} careless, {self.sessions} sessions: "
                "use two subjects or more, fewer careless ones, one session or more"
            )
        if min(self.bias, self.inconsistency, self.spread) < 0 or not 0 <= self.missing < 1:
            raise DdsrError("panel: deviations must be 0 or more, and the share of missing votes below 1")


@dataclass(frozen=True)
class Subject:
    """One simulated subject: its name, bias and inconsistency in points."""

    name: str
    bias: float
    inconsistency: float


def draw_subjects(spec: PanelSpec, seed: int) -> list[Subject]:
    """Draw the panel; the careless ones are among it at random places."""
    rng = generator("panel", seed, "careless")
    careless = set(rng.choice(spec.subjects, spec.careless, replace=False).tolist())
    subjects = []
    for number in range(spec.subjects):
        own = generator("panel", seed, "subject", number)
        bias = own.normal(0, spec.bias)
        error = spec.inconsistency * np.exp(own.normal(0, spec.spread))
        error = own.uniform(1.5, 2.5) if number in careless else error
        subjects.append(Subject(f"simulated-{number + 1:02d}", float(bias), float(error)))
    return subjects


def simulate_votes(latent: Mapping[str, float], spec: PanelSpec | None = None, seed: int = 0) -> list[dict[str, Any]]:
    """Let the panel vote.

    Args:
        latent: quality of each video by its id, in points from 1 to 5.
        spec: who votes.
        seed: decides every draw; a vote depends on (seed, subject, video) alone, so it is the same whichever other
            videos there are; places in the order of showing do depend on them.

    Returns:
        A row a vote: ``video_id, subject, rating, session, shown_at``, by subject and place. Each subject sees each
        video once, in an order of its own, in ``spec.sessions`` sittings.

    Raises:
        DdsrError: no video, or a quality that is not finite.
    """
    if not latent:
        raise DdsrError("panel: no videos to vote on; give at least one")
    bad = [name for name, value in latent.items() if not np.isfinite(value)]
    if bad:
        raise DdsrError(f"panel: the quality of {bad[0]!r} is {latent[bad[0]]}; leave the video out")
    spec = spec or PanelSpec()
    rows = []
    for number, subject in enumerate(draw_subjects(spec, seed)):
        names = sorted(latent)
        order = generator("panel", seed, "order", number).permutation(len(names))
        for place, index in enumerate(order):
            rating = _vote(latent[names[index]], subject, names[index], spec, seed, number)
            if rating is not None:
                session = 1 + place * spec.sessions // len(names)
                rows.append(
                    {
                        "video_id": names[index],
                        "subject": subject.name,
                        "rating": float(rating),
                        "session": session,
                        "shown_at": place + 1,
                    }
                )
    return rows


def _vote(latent: float, subject: Subject, video: str, spec: PanelSpec, seed: int, number: int) -> int | None:
    """One vote, or None where it is missing."""
    rng = generator("panel", seed, "vote", number, video)
    if rng.uniform() < spec.missing:
        return None
    value = latent + subject.bias + subject.inconsistency * rng.standard_normal()
    return int(np.clip(np.rint(value), LOWEST, HIGHEST))
