"""The record of votes: matrices in, missing and repeated votes, scales."""

import numpy as np
import pytest

from ddsr_bench.errors import DdsrError
from ddsr_bench.subjective.ratings import Ratings
from ddsr_bench.subjective.scale import parse_scale

NAN = np.nan


def test_matrix_round_trip():
    matrix = np.array([[1, NAN, 3], [NAN, 5, 2]])
    table = Ratings.from_matrix(matrix, ["a", "b"], ["x", "y", "z"])
    np.testing.assert_array_equal(table.matrix(), matrix)
    assert (table.missing, table.scale, table.videos, table.subjects) == (2, (1, 5), ("a", "b"), ("x", "y", "z"))
    assert table.notes == ("scale 1:5 inferred from votes between 1 and 5",)


def test_repetitions_are_votes_and_their_mean_stands_in_the_matrix():
    table = Ratings.from_matrix([[[1, 2], [3, NAN]]])
    assert len(table.rating) == 3
    assert table.matrix().tolist() == [[1.5, 3]]
    assert "1 repeated votes (same subject, same video) kept as votes of their own" in table.notes


def test_empty_rows_and_columns_are_left_out():
    table = Ratings.from_matrix([[1, NAN, 3], [NAN, NAN, NAN], [2, NAN, 5]], ["a", "b", "c"], ["x", "y", "z"])
    assert (table.videos, table.subjects) == (("a", "c"), ("x", "z"))
    assert table.notes[1:] == ("1 videos without a vote left out: b", "1 subjects without a vote left out: y")


@pytest.mark.parametrize(
    ("votes", "scale"),
    [([1, 1], (1, 5)), ([0.2, 1], (0, 1)), ([0, 4], (0, 5)), ([2, 7], (1, 7)), ([0, 10], (0, 10)), ([1, 88], (1, 100))],
)
def test_inferred_scales(votes, scale):
    assert Ratings.from_matrix([votes]).scale == scale


def test_stated_scale():
    assert parse_scale("1:5") == (1, 5)
    assert parse_scale(" -3 : 3.5 ") == (-3, 3.5)


@pytest.mark.parametrize("text", ["5", "5:1", "1-5", "a:b", "1:1"])
def test_scales_that_are_none(text):
    with pytest.raises(DdsrError) as caught:
        parse_scale(text)
    assert str(caught.value) == f"scale {text!r}: write the lowest and the highest possible vote, such as 1:5"


@pytest.mark.parametrize(
    ("matrix", "scale", "text"),
    [
        (
            [[1, 2], [3, 7], [9, 1]],
            (1, 5),
            "ratings: row 2 (subject subject_02, video video_02): rating 7 lies outside the scale 1:5 (and 1 more); "
            "correct it or state another --scale",
        ),
        (
            [[4, 2], [-1, 5]],
            None,
            "ratings: row 2 (subject subject_01, video video_02): rating -1: votes between -1 and 5 fit no usual scale "
            "(1:5, 0:1, 0:5, 1:7, 1:9, 1:10, 0:10, 1:100, 0:100, -3:3); state it with --scale LO:HI",
        ),
        (
            [[3] * 100, [4] * 99 + [44]],
            None,
            "ratings: row 2 (subject subject_100, video video_02): rating 44, while 99.5 % of the votes lie in 1:5; "
            "correct it or state the scale with --scale LO:HI",
        ),
        (
            [[1, np.inf]],
            None,
            "ratings: row 1 (subject subject_02, video video_01): rating inf is not finite; correct it or leave the "
            "cell empty",
        ),
        ([[NAN, NAN]], None, "ratings: no rating; give a table with at least one vote"),
    ],
)
def test_errors(matrix, scale, text):
    with pytest.raises(DdsrError) as caught:
        Ratings.from_matrix(matrix, scale=scale)
    assert str(caught.value) == text


def test_shapes_are_checked():
    with pytest.raises(ValueError, match=r"shape \(2,\); give \(videos, subjects\)"):
        Ratings.from_matrix([1, 2])
    with pytest.raises(ValueError, match=r"shape \(1, 2\) does not fit 2 videos, 2 subjects"):
        Ratings.from_matrix([[1, 2]], videos=["a", "b"])
