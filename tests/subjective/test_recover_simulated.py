"""Recovery of known truths: panels with biases and an erratic subject, drawn with a seed."""

import numpy as np
import pytest

from ddsr_bench.seeding import generator
from ddsr_bench.subjective.ratings import Ratings
from ddsr_bench.subjective.recover import recover


def panel(seed, videos=60, subjects=24, erratic=0, whole=False):
    """True scores, biases (zero mean), inconsistencies and a matrix of votes."""
    rng = generator(seed, "panel")
    score = rng.uniform(1.5, 4.5, videos)
    bias = rng.normal(0, 0.4, subjects)
    bias -= bias.mean()
    spread = rng.uniform(0.4, 0.8, subjects)
    spread[:erratic] = 2.5
    votes = score[:, None] + bias + spread * rng.normal(size=(videos, subjects))
    return score, bias, spread, np.clip(np.rint(votes), 1, 5) if whole else votes


def error(found, score):
    return float(np.sqrt(np.mean((found.mos - score) ** 2)))


def test_p910_beats_the_mean_when_one_subject_is_erratic():
    wins = 0
    for seed in range(20):
        score, _, _, votes = panel(seed, erratic=1, whole=True)
        ratings = Ratings.from_matrix(votes, scale=(1, 5))
        wins += error(recover(ratings, "p910"), score) < error(recover(ratings, "mean"), score)
    assert wins >= 18


def test_p910_finds_bias_and_inconsistency():
    _, bias, spread, votes = panel(0, videos=400, erratic=1)
    found = recover(Ratings.from_matrix(votes, scale=(-20, 20)), "p910")
    # Standard errors at 400 votes: about .03 for a bias and 3.5 % for an inconsistency, 5 of them allowed.
    assert np.abs(found.bias - bias)[1:].max() < 0.2
    assert np.abs(found.inconsistency / spread - 1).max() < 0.18
    assert abs(found.bias.mean()) < 1e-12
    assert found.inconsistency.argmax() == 0


@pytest.mark.parametrize("interval", ["normal", "t"])
def test_intervals_cover(interval):
    """6000 scores: the standard error of the share is about .004. The P.910 spread divides by n, not n - 1."""
    inside = []
    for seed in range(150):
        score, _, _, votes = panel(seed, videos=40)
        found = recover(Ratings.from_matrix(votes, scale=(-20, 20)), "p910", interval=interval)
        inside.append(np.abs(found.mos - score) <= found.mos_ci95)
    assert 0.92 < np.mean(inside) < 0.97


def test_prior_votes_help_a_crowd():
    """Ten votes per subject: by the standard the likelihood collapses, and the scores are worse than plain means."""
    rng = generator(1, "crowd")
    score, subjects = rng.uniform(1.5, 4.5, 200), 100
    bias, spread = rng.normal(0, 0.3, subjects), rng.uniform(0.4, 1, subjects)
    votes = np.full((200, subjects), np.nan)
    for i in range(subjects):
        seen = rng.choice(200, 10, replace=False)
        votes[seen, i] = np.clip(np.rint(score[seen] + bias[i] + spread[i] * rng.normal(size=10)), 1, 5)
    kept = ~np.isnan(votes).all(axis=1)
    ratings = Ratings.from_matrix(votes[kept], scale=(1, 5))
    standard, steadied = recover(ratings, "p910"), recover(ratings, "p910", prior_votes=4)
    assert "for exact" in " ".join(standard.notes)
    assert error(steadied, score[kept]) < 0.85 * error(standard, score[kept])


def test_the_vote_table_of_a_crowd_needs_no_matrix():
    """1e5 votes of 20 000 subjects on 20 000 videos: as a matrix 3.2 GB."""
    rng = generator(2, "crowd")
    votes, size = 100_000, 20_000
    ratings = Ratings(
        name="crowd",
        videos=tuple(map(str, range(size))),
        subjects=tuple(map(str, range(size))),
        video=np.r_[np.arange(size), rng.integers(0, size, votes - size)],
        subject=np.r_[np.arange(size), rng.integers(0, size, votes - size)],
        rating=rng.integers(1, 6, votes).astype(float),
        scale=(1, 5),
    )
    for model in ("mean", "bt500", "p913"):
        found = recover(ratings, model)
        assert found.n_ratings.sum() == found.votes[~found.rejected].sum()
    assert np.isfinite(recover(ratings, "p910", prior_votes=4).mos).all()
