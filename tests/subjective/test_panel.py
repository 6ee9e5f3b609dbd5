"""The simulated panel: its votes follow P.910's model, and P.910 finds the truth behind them again."""

import numpy as np
import pytest

from ddsr_bench.errors import DdsrError
from ddsr_bench.subjective.panel import PanelSpec, draw_subjects, simulate_votes
from ddsr_bench.subjective.ratings import Ratings
from ddsr_bench.subjective.recover import recover

LATENT = {f"v{k:03d}": 1.8 + 2.4 * k / 149 for k in range(150)}


def matrix(votes, spec):
    videos, subjects = sorted(LATENT), [one.name for one in draw_subjects(spec, 0)]
    table = np.full((len(videos), len(subjects)), np.nan)
    for vote in votes:
        table[videos.index(vote["video_id"]), subjects.index(vote["subject"])] = vote["rating"]
    return table, videos, subjects


def test_votes_are_acr_and_some_are_missing():
    votes = simulate_votes(LATENT, PanelSpec(missing=0.1))
    assert {vote["rating"] for vote in votes} == {1.0, 2.0, 3.0, 4.0, 5.0}
    assert len(votes) == pytest.approx(0.9 * 24 * 150, rel=0.05)
    assert len({(vote["video_id"], vote["subject"]) for vote in votes}) == len(votes)


def test_each_subject_sees_the_videos_in_an_order_of_its_own_in_three_sittings():
    votes = simulate_votes(LATENT, PanelSpec(missing=0.0))
    for subject in ("simulated-01", "simulated-24"):
        own = [vote for vote in votes if vote["subject"] == subject]
        assert [vote["shown_at"] for vote in own] == list(range(1, 151))
        assert [vote["session"] for vote in own] == [1] * 50 + [2] * 50 + [3] * 50
    first, last = ([v["video_id"] for v in votes if v["subject"] == f"simulated-{n:02d}"] for n in (1, 24))
    assert first != last
    assert first != sorted(first)


def test_a_vote_hangs_on_seed_subject_and_video_alone():
    whole = {(v["video_id"], v["subject"]): v["rating"] for v in simulate_votes(LATENT, seed=5)}
    part = {name: LATENT[name] for name in list(LATENT)[::-7]}
    for vote in simulate_votes(part, seed=5):
        assert whole[vote["video_id"], vote["subject"]] == vote["rating"]
    other = {(v["video_id"], v["subject"]): v["rating"] for v in simulate_votes(LATENT, seed=6)}
    assert whole != other


def test_p910_recovers_quality_bias_and_inconsistency():
    spec = PanelSpec(careless=3)
    table, videos, subjects = matrix(simulate_votes(LATENT, spec), spec)
    found = recover(Ratings.from_matrix(table, videos, subjects, scale=(1, 5)), "p910")
    truth = np.array([LATENT[name] for name in videos])
    panel = draw_subjects(spec, 0)
    # The recovery fixes the mean bias at nought.
    shift = np.mean([one.bias for one in panel])
    within = np.abs(found.mos - truth - shift) <= found.mos_ci95
    assert 0.88 <= within.mean() <= 1.0
    bias = np.array([one.bias for one in panel]) - shift
    error = np.array([one.inconsistency for one in panel])
    careful = error < 1.4
    np.testing.assert_allclose(found.bias[careful], bias[careful], atol=0.2)
    assert careful.sum() == 21
    # Rounding to whole points adds a twelfth to the variance; the ends of the scale take some away.
    np.testing.assert_allclose(found.inconsistency[careful], np.sqrt(error[careful] ** 2 + 1 / 12), rtol=0.25)
    assert found.inconsistency[~careful].min() > found.inconsistency[careful].max()


def test_votes_outside_the_scale_are_cut_off():
    votes = simulate_votes({"a": -3.0, "b": 9.0}, PanelSpec(careless=0, missing=0.0))
    assert {vote["rating"] for vote in votes if vote["video_id"] == "a"} == {1.0}
    assert {vote["rating"] for vote in votes if vote["video_id"] == "b"} == {5.0}


def test_bad_panels_and_qualities_are_one_line():
    with pytest.raises(DdsrError, match="panel of 2 subjects, 2 careless, 3 sessions: use two subjects or more"):
        PanelSpec(subjects=2)
    with pytest.raises(DdsrError, match="deviations must be 0 or more"):
        PanelSpec(bias=-0.1)
    with pytest.raises(DdsrError, match="no videos to vote on"):
        simulate_votes({})
    with pytest.raises(DdsrError, match="the quality of 'a' is nan; leave the video out"):
        simulate_votes({"a": float("nan")})
