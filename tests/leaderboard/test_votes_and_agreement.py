"""Bradley-Terry against its closed form and simulated voters; Pareto fronts; agreement of metrics."""

import numpy as np
import pytest

from ddsr_bench.errors import DdsrError
from ddsr_bench.leaderboard.agreement import pareto_front, rank_agreement
from ddsr_bench.leaderboard.bradley_terry import bradley_terry
from ddsr_bench.leaderboard.votes import strengths


def test_two_methods_have_the_closed_form():
    """log(w / l), and the delta method's error of half of it: sqrt(1/w + 1/l) / 2."""
    fitted = bradley_terry(np.array([[0.0, 30], [10, 0]]))
    assert fitted.strength[0] - fitted.strength[1] == pytest.approx(np.log(3))
    assert fitted.error[0] == pytest.approx(np.sqrt(1 / 30 + 1 / 10) / 2)
    assert fitted.prior == 0


def test_simulated_voters_are_recovered():
    rng = np.random.default_rng(0)
    truth = np.array([1.0, 0.4, 0.0, -0.5, -0.9])
    chance = 1 / (1 + np.exp(truth[None] - truth[:, None]))
    won = np.triu(rng.binomial(2000, chance), 1)
    wins = won + np.triu(2000 - won, 1).T
    fitted = bradley_terry(wins.astype(float))
    assert np.abs(fitted.strength - truth).max() < 4 * fitted.error.max()
    assert fitted.error.max() < 0.05


def test_a_winner_of_everything_is_finite():
    fitted = bradley_terry(np.array([[0.0, 5], [0, 0]]))
    assert fitted.prior == 1
    assert 0 < fitted.strength[0] < 5


@pytest.mark.parametrize(("votes", "text"), [
    (np.zeros((2, 3)), r"votes of shape \(2, 3\): give counts of row preferred to column, \(M, M\), from 0 on"),
    (np.zeros((2, 2)), "votes: none between two different methods; give at least one, and nothing on the diagonal"),
])  # fmt: skip
def test_votes_that_are_none(votes, text):
    with pytest.raises(DdsrError, match=text):
        bradley_terry(votes)


def test_strengths_say_their_origin_and_resample_sources():
    wins = {f"g{i}": {("a", "b"): 6.0 + i % 2, ("b", "a"): 3.0, ("a", "gone"): 9.0} for i in range(5)}
    found = strengths(wins, ["b", "a"], "simulated")
    assert (found["method"], found["origin"], found["pairs"]) == ("Bradley-Terry", "simulated", 47.0)
    assert [row["method"] for row in found["strengths"]] == ["a", "b"]
    assert all(row["low"] < row["strength"] < row["high"] for row in found["strengths"])
    few = strengths({"g": wins["g0"]}, ["a", "b"], "subjective")
    assert "low" not in few["strengths"][0]


def test_strengths_of_methods_that_nobody_compared():
    assert strengths({"g": {("a", "b"): 1.0}}, ["c", "d"], "subjective") is None
    assert strengths({}, ["a", "b"], "none") is None


def test_pareto_front():
    """Worked by hand: b is dominated by a, e costs more and is worse than d."""
    cost, quality = [1, 2, 3, 4, 5, np.nan], [10, 9, 12, 15, 14, 99]
    assert pareto_front(cost, quality, higher_is_better=True) == [0, 2, 3]
    assert pareto_front(cost, [-q for q in quality], higher_is_better=False) == [0, 2, 3]
    assert pareto_front([1, 1, 2], [5, 5, 5], higher_is_better=True) == [0, 1]


def test_agreement_counts_the_direction():
    psnr, lpips = np.array([30.0, 28, 26]), np.array([0.1, 0.2, 0.3])
    rho = rank_agreement({"psnr": psnr, "lpips": lpips}, {"psnr": True, "lpips": False})
    assert rho == [[1, 1], [1, 1]]
    assert rank_agreement({"a": psnr, "b": lpips}, {"a": True, "b": True})[0][1] == -1
    few = rank_agreement({"a": np.array([1, 2, np.nan]), "b": psnr}, {"a": True, "b": True})
    assert few[0][1] is None
