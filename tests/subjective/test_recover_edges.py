"""What recovery does where it cannot know: single votes, constants, ties, panels that never meet."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ddsr_bench.errors import DdsrError
from ddsr_bench.subjective.bt500 import screen
from ddsr_bench.subjective.ratings import Ratings
from ddsr_bench.subjective.recover import MODELS, recover
from ddsr_bench.subjective.sos import sos_alpha

ALL = ("mean", "bt500", "p913", "p910")
NAN = np.nan


def ratings(matrix, **options):
    return Ratings.from_matrix(matrix, **{"scale": (1, 5), **options})


def test_the_mean_by_hand():
    found = recover(ratings([[1, 2, 3], [5, 5, 4]]), "mean")
    assert found.mos == pytest.approx([2, 14 / 3])
    assert found.mos_std == pytest.approx([1, np.sqrt(1 / 3)])
    assert found.standard_error == pytest.approx([1 / np.sqrt(3), 1 / 3])
    assert found.mos_ci95 == pytest.approx([1.1315858, 0.6533213])
    assert found.bias == pytest.approx([(-1 + 1 / 3) / 2, 1 / 6, (1 - 2 / 3) / 2])


def test_students_interval_by_hand():
    """Student's quantile for 2 degrees of freedom is 4.302653 in any table."""
    found = recover(ratings([[1, 2, 3]]), "mean", interval="t")
    assert found.mos_ci95 == pytest.approx([4.302653 / np.sqrt(3)], rel=1e-6)


def test_screening_by_hand():
    """Five votes of which one differs: kurtosis 3.25, and the odd vote lies on the bound of two deviations exactly."""
    votes = np.full((20, 5), 3.0)
    votes[0, 0], votes[1, 0] = 5, 1
    votes[2:, 1:] += np.arange(18)[:, None] % 2  # all but subject 1 agree on 3 or on 4
    counts = screen(table := ratings(votes), table.rating)
    low = 9  # videos on which subject 1 votes 3 and the others 4
    unanimous = 9
    assert counts.above.tolist() == [unanimous + 1, *[unanimous] * 4]
    assert counts.below.tolist() == [unanimous + 1 + low, *[unanimous] * 4]
    assert counts.votes.tolist() == [20] * 5


def by_the_letter(votes):
    """The rule of BT.500-14 read line by line: loops, population moments; returns P, Q and who is rejected."""
    P, Q = np.zeros(votes.shape[1], int), np.zeros(votes.shape[1], int)
    for row in votes:
        given = row[~np.isnan(row)]
        mean, spread = given.mean(), given.std()
        kurtosis = ((given - mean) ** 4).mean() / ((given - mean) ** 2).mean() ** 2
        bound = (2 if 2 <= kurtosis <= 4 else np.sqrt(20)) * spread
        for i, vote in enumerate(row):
            P[i] += vote >= mean + bound
            Q[i] += vote <= mean - bound
    share = (P + Q) / (~np.isnan(votes)).sum(axis=0)
    return P, Q, [i for i in range(len(P)) if share[i] > 0.05 and abs(P[i] - Q[i]) / (P[i] + Q[i]) < 0.3]


def erratic_panel():
    """30 subjects, 60 videos; subject 4 errs on both sides, subject 7 votes above all others."""
    rng = np.random.default_rng(3)
    votes = 3 + rng.uniform(-0.8, 0.8, (60, 30))
    votes[:, 4] += np.where(np.arange(60) % 2, 1.2, -1.2)
    votes[:, 7] += 1.0
    return votes


def test_screening_against_the_rule_in_loops():
    votes = erratic_panel()
    votes[np.random.default_rng(4).random(votes.shape) < 0.1] = NAN
    table = ratings(votes, scale=(-5, 10))
    above, below, rejected = by_the_letter(votes)
    counts = screen(table, table.rating)
    assert counts.above.tolist() == above.tolist()
    assert counts.below.tolist() == below.tolist()
    found = recover(table, "bt500")
    assert np.flatnonzero(found.rejected).tolist() == rejected == [4]
    assert found.reasons == {4: f"{above[4]} votes far above and {below[4]} far below the mean, of {found.votes[4]}"}
    np.testing.assert_allclose(found.mos, np.nanmean(np.delete(votes, 4, axis=1), axis=1))
    np.testing.assert_array_equal(found.n_ratings, (~np.isnan(np.delete(votes, 4, axis=1))).sum(axis=1))


@pytest.mark.parametrize("model", ["bt500", "p913"])
def test_nobody_is_rejected_where_all_would_be(model):
    found = recover(ratings(np.full((6, 5), 3)), model)
    assert not found.rejected.any()
    assert found.mos.tolist() == [3] * 6
    assert found.notes == ("BT.500 would reject all 5 subjects, so nobody is rejected; use --model p910",)


def test_rejections_that_rest_on_unanimous_videos_are_told():
    """Three unanimous videos give all P = Q = 3; three lone votes above spare the first four subjects."""
    votes = np.tile([2.0, 3, 3, 4, 4], (40, 1))
    votes[:15] = 3
    for i in range(4):
        votes[3 * i : 3 * i + 3, i] = 4
    found = recover(ratings(votes), "bt500")
    assert np.flatnonzero(found.rejected).tolist() == [4]
    assert found.notes == (
        "1 subjects (subject_05) are rejected only because BT.500, to the letter, counts votes on videos on which all "
        "agree as far above and far below; --model p910 has no such trait",
    )


@pytest.mark.parametrize("model", ALL)
def test_all_tied(model):
    found = recover(ratings(np.full((4, 6), 2)), model)
    assert found.mos.tolist() == [2] * 4
    assert found.mos_ci95.tolist() == [0] * 4
    assert found.inconsistency.tolist() == [0] * 6


@pytest.mark.parametrize("model", ALL)
def test_a_video_with_one_vote_has_a_score_and_no_interval(model):
    votes = np.array([[1, 2, 2, 1], [4, 5, 4, 5], [3, 3, 4, 2], [NAN, NAN, 5, NAN]])
    found = recover(ratings(votes, videos=["a", "b", "c", "d"]), model)
    assert found.n_ratings.tolist() == [4, 4, 4, 1]
    assert np.isfinite(found.mos).all()
    assert np.isnan(found.mos_ci95).tolist() == [False, False, False, True]
    assert found.undefined == {3: "one vote, so no interval"}
    assert "1 of 4 videos: one vote, so no interval (d)" in found.notes


def test_a_video_whose_raters_are_all_rejected_has_no_score():
    votes = erratic_panel()
    votes = np.vstack([votes, np.full(30, NAN)])
    votes[60, 4] = 2
    found = recover(ratings(votes, scale=(-5, 10)), "bt500")
    assert np.isnan(found.mos[60])
    assert found.n_ratings[60] == 0
    assert found.undefined == {60: "all votes rejected, so no score"}


@pytest.mark.parametrize("model", ALL)
def test_a_subject_with_one_vote(model):
    votes = np.array([[1, 2, 2, 1, NAN], [4, 5, 4, 5, 1], [3, 3, 4, 2, NAN], [2, 3, 2, 2, NAN]])
    found = recover(ratings(votes), model)
    assert np.isnan([found.bias[4], found.inconsistency[4], found.bias_ci95[4]]).all()
    assert found.reasons[4] == "one vote: bias and inconsistency cannot be told"
    assert "1 subjects gave one vote, which shows no bias or inconsistency (subject_05)" in found.notes
    assert np.isfinite(found.mos).all()
    # P.913 takes the vote for bias; the others count it, and it pulls its video down.
    if model != "p913":
        assert found.mos[1] < 4.5
    assert abs(np.nanmean(found.bias)) < 1e-9 or model != "p910"


@pytest.mark.parametrize("model", ALL)
def test_one_video_and_one_subject(model):
    one_video = recover(ratings([[1, 2, 3]]), model)
    assert one_video.mos == pytest.approx([2])
    one_subject = recover(ratings([[1], [2], [4]]), model)
    assert one_subject.mos == pytest.approx([1, 2, 4])
    assert np.isnan(one_subject.mos_ci95).all()


def test_a_subject_who_never_changes_its_vote_is_named_and_trusted_little():
    rng = np.random.default_rng(0)
    score = np.linspace(1.5, 4.5, 30)
    votes = np.clip(np.rint(score[:, None] + 0.4 * rng.normal(size=(30, 10))), 1, 5)
    votes[:, 2] = 3
    found = recover(ratings(votes))
    assert found.inconsistency.argmax() == 2
    assert found.notes == ("1 subjects gave the same vote to all their videos (subject_03)",)


@pytest.mark.parametrize("model", ["p913", "p910"])
def test_panels_that_share_nothing_are_told(model):
    rng = np.random.default_rng(0)
    votes = np.full((20, 12), NAN)
    votes[:10, :6] = rng.integers(1, 4, (10, 6))
    votes[10:, 6:] = rng.integers(3, 6, (10, 6))
    found = recover(ratings(votes), model)
    assert found.notes[-1] == (
        "the votes fall into 2 panels without a common subject or video: biases are relative within a panel, and "
        "scores of different panels cannot be compared beyond their panels' own means"
    )
    alone = [recover(ratings(part), model) for part in (votes[:10, :6], votes[10:, 6:])]
    np.testing.assert_allclose(found.bias, np.r_[alone[0].bias, alone[1].bias], atol=1e-7)
    if model == "p910":
        np.testing.assert_allclose(found.mos, np.r_[alone[0].mos, alone[1].mos], atol=1e-7)


@settings(max_examples=40, deadline=None)
@given(arrays(np.float64, (6, 8), elements=st.integers(1, 5).map(float)), st.floats(0.5, 3), st.floats(-4, 4))
def test_models_follow_a_change_of_scale(votes, factor, offset):
    """Rating in other units changes scores and traits by the same units. With prior votes P.910 has no flat maxima."""
    low, high = sorted((factor * 1 + offset, factor * 5 + offset))
    for model, prior in (("mean", 0), ("bt500", 0), ("p913", 0), ("p910", 4)):
        first = recover(ratings(votes), model, prior_votes=prior)
        second = recover(ratings(factor * votes + offset, scale=(low, high)), model, prior_votes=prior)
        np.testing.assert_allclose(second.mos, factor * first.mos + offset, atol=1e-4)
        np.testing.assert_allclose(second.mos_ci95, factor * first.mos_ci95, atol=1e-4)
        assert second.rejected.tolist() == first.rejected.tolist()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(ALL))
def test_the_order_of_votes_does_not_matter(seed, model):
    rng = np.random.default_rng(seed)
    first = ratings(np.where(rng.random((9, 8)) < 0.1, NAN, rng.integers(1, 6, (9, 8))))
    order = rng.permutation(len(first.rating))
    parts = (first.name, first.videos, first.subjects, first.video[order], first.subject[order], first.rating[order])
    second = Ratings(*parts, first.scale)
    prior = 4 if model == "p910" else 0
    one, two = (recover(table, model, prior_votes=prior) for table in (first, second))
    np.testing.assert_allclose(one.mos, two.mos, atol=1e-6)
    np.testing.assert_allclose(one.bias, two.bias, atol=1e-6)


def test_sos_parameter_by_hand():
    """Means 3 and 2 with sample variances 2 and 2; (MOS - 1)(5 - MOS) = 4 and 3, so a = (8 + 6) / 25."""
    assert sos_alpha(ratings([[2, 4], [1, 3]])) == pytest.approx(14 / 25)
    assert np.isnan(sos_alpha(ratings([[2], [3]])))
    assert np.isnan(sos_alpha(ratings([[1, 1], [5, 5]])))


def test_models_are_frozen():
    assert MODELS.names() == ["bt500", "mean", "p910", "p913"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"model": "p911"},
            "recovery model 'p911': unknown; did you mean 'p913' or 'p910'? choose one of: bt500, mean, p910, p913",
        ),
        ({"interval": "z"}, "interval 'z': unknown; choose one of: normal, t"),
        (
            {"model": "mean", "prior_votes": 4},
            "prior votes 4 for model 'mean': a number from 0 on, and only with 'p910'",
        ),
        ({"prior_votes": -1}, "prior votes -1 for model 'p910': a number from 0 on, and only with 'p910'"),
    ],
)
def test_errors(options, text):
    with pytest.raises(DdsrError) as caught:
        recover(ratings([[1, 2], [3, 4]]), **options)
    assert str(caught.value) == text
