"""Rating a built dataset by a simulated panel: latent quality, votes, recovered scores, and what they hang on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ddsr_bench.data.rate_measure import penalty
from ddsr_bench.quality.srq_fr import FEATURES, MOTION, score
from ddsr_bench.subjective.panel import PanelSpec, simulate_votes

# Where the first and last hundredth of a set's videos come to lie, in points: people spread what they are shown over
# the scale (Parducci, "Category judgment: a range-frequency model", Psychological Review 72, 1965). Our choice.
_LOW, _HIGH = 1.3, 4.7
_FEWEST = 30


@dataclass(frozen=True)
class Rated:
    """A set's simulated scores.

    Attributes:
        latent: the quality that the panel voted on, by video.
        ratings: a row a vote.
        scores: by video ``mos, mos_ci95, n_ratings, score_origin``.
        stretched: the two qualities that were spread to 1.3 and 4.7 points, or None for small sets, left as they are.
    """

    latent: Mapping[str, float]
    ratings: list[dict[str, Any]]
    scores: Mapping[str, dict[str, Any]]
    stretched: tuple[float, float] | None


def rate(measures: Sequence[Mapping[str, Any]], *, spec: PanelSpec | None = None, seed: int = 0) -> Rated:
    """Let a simulated panel rate videos.

    Args:
        measures: rows of :func:`~ddsr_bench.data.rate_measure.measure`.
        spec: the panel.
        seed: decides every draw.
    """
    from ddsr_bench.subjective.recover import recover

    features = np.array([[row[name] for name in FEATURES] for row in measures])
    quality = score(features, np.array([row[MOTION] for row in measures]))
    raw = {
        row["video_id"]: value - penalty(row["flicker"]) for row, value in zip(measures, quality.tolist(), strict=True)
    }
    latent, stretched = _spread(raw)
    votes = simulate_votes(latent, spec, seed)
    found = recover(_ratings(votes), "p910")
    scores = {
        name: {
            "mos": float(found.mos[place]),
            "mos_ci95": float(found.mos_ci95[place]),
            "n_ratings": int(found.n_ratings[place]),
            "score_origin": "simulated",
        }
        for place, name in enumerate(found.videos)
    }
    return Rated(latent, votes, scores, stretched)


def _spread(raw: Mapping[str, float]) -> tuple[dict[str, float], tuple[float, float] | None]:
    """Spread a set's qualities over the scale; sets of fewer than 30 videos stay as they are."""
    values = np.array(list(raw.values()))
    if len(values) < _FEWEST:
        return dict(raw), None
    low, high = (float(one) for one in np.quantile(values, (0.01, 0.99)))
    factor = (_HIGH - _LOW) / max(high - low, 1e-6)
    return {name: _LOW + (value - low) * factor for name, value in raw.items()}, (low, high)


def _ratings(votes: Sequence[Mapping[str, Any]]) -> Any:
    """The votes as the recovery's record."""
    from ddsr_bench.subjective.ratings import Ratings

    videos = tuple(dict.fromkeys(vote["video_id"] for vote in votes))
    subjects = tuple(dict.fromkeys(vote["subject"] for vote in votes))
    video_of, subject_of = ({name: place for place, name in enumerate(one)} for one in (videos, subjects))
    return Ratings(
        name="simulated panel",
        videos=videos,
        subjects=subjects,
        video=np.array([video_of[vote["video_id"]] for vote in votes], np.intp),
        subject=np.array([subject_of[vote["subject"]] for vote in votes], np.intp),
        rating=np.array([vote["rating"] for vote in votes], np.float64),
        scale=(1.0, 5.0),
        score_origin="simulated",
    )


def variance_split(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """What scores hang on: shares of the variance of ``mos`` over the rows of a complete set.

    Args:
        rows: with ``mos, lr_id, source_set, scale, method``; every LR clip by every method.

    Returns:
        ``lr_clip`` (content and recipe together, since each source has one recipe), ``condition`` (the method), and
        ``interaction`` (the rest, the panel's noise in it), which sum to 1; of ``lr_clip`` the parts that go with
        ``scale`` and ``source_set``, each alone. All are 0 where scores are equal, or there is one.
    """
    mos = np.array([row["mos"] for row in rows], np.float64)
    total = float(((mos - mos.mean()) ** 2).sum())
    if not np.ptp(mos):
        return dict.fromkeys(("lr_clip", "condition", "interaction", "scale", "source_set"), 0.0)
    share = {key: _between(mos, [row[key] for row in rows]) / total for key in ("lr_id", "method")}
    return {
        "lr_clip": share["lr_id"],
        "condition": share["method"],
        "interaction": 1 - share["lr_id"] - share["method"],
        "scale": _between(mos, [row["scale"] for row in rows]) / total,
        "source_set": _between(mos, [row["source_set"] for row in rows]) / total,
    }


def _between(values: np.ndarray[Any, np.dtype[Any]], labels: Sequence[Any]) -> float:
    """Sum of squares between groups."""
    _, codes = np.unique(np.array([str(one) for one in labels]), return_inverse=True)
    count = np.bincount(codes)
    means = np.bincount(codes, values) / count
    return float((count * (means - values.mean()) ** 2).sum())
