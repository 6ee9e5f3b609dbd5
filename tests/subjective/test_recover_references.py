"""Recovered scores against a second implementation: sureal 0.9.0 (P.910's own authors), as files and as figures.

What its numbers are, found by recomputing them: ``quality_scores_std`` is the standard error (sample spread over
n - 1 for MOS, BT500 and P913; population spread of the residuals for P910), ``quality_scores_ci95`` the half width,
with 1.95996 for the normal quantile, ``observer_bias_std`` = inconsistency / sqrt(n), ``observer_inconsistency_std`` =
inconsistency / sqrt(2 n). Its two demo files are one and the same P.910 recovery: ``sos_j`` is the standard error.
"""

import json

import numpy as np
import pytest

from ddsr_bench.subjective.columns import Wanted
from ddsr_bench.subjective.ratings import Ratings
from ddsr_bench.subjective.read import read_ratings
from ddsr_bench.subjective.recover import recover

NAMES = {"mean": "MOS", "bt500": "BT500_SR_MOS", "p913": "P913", "p910": "P910"}
# P.910 is iterated until it moves less than 1e-8 there and 1e-9 here.
TOLERANCE = {"mean": 1e-12, "bt500": 1e-12, "p913": 1e-12, "p910": 1e-8}
QUANTILE = 1.959963984540054


def numbers(rows):
    return np.array([[np.nan if vote == "." else float(vote) for vote in row] for row in rows.split()])


@pytest.mark.parametrize("model", NAMES)
@pytest.mark.parametrize("dataset", ["NFLX_public", "VQEGHD3"])
def test_reference_outputs(shared, dataset, model):
    folder = shared / "data" / "subjective"
    expected = json.loads((folder / "sureal_reference_outputs.json").read_text())[dataset][NAMES[model]]
    found = recover(read_ratings(folder / f"{dataset}_raw_scores.csv"), model)
    close = {"rtol": 0, "atol": TOLERANCE[model]}
    np.testing.assert_allclose(found.mos, expected["quality_scores"], **close)
    np.testing.assert_allclose(found.standard_error, expected["quality_scores_std"], **close)
    np.testing.assert_allclose(found.mos_ci95, expected["quality_scores_ci95"][0], rtol=0, atol=1e-5)
    if "observer_rejected" in expected:
        assert found.rejected.tolist() == expected["observer_rejected"]
        assert sorted(found.reasons) == np.flatnonzero(expected["observer_rejected"]).tolist()
    if model in ("p913", "p910"):
        np.testing.assert_allclose(found.bias, expected["observer_bias"], **close)
    if model == "p910":
        np.testing.assert_allclose(found.inconsistency, expected["observer_inconsistency"], **close)
        np.testing.assert_allclose(found.bias_ci95 / QUANTILE, expected["observer_bias_std"], **close)
        np.testing.assert_allclose(found.inconsistency_ci95 / QUANTILE, expected["observer_inconsistency_std"], **close)


@pytest.mark.parametrize("demo", ["p910", "bt500"])
def test_demo_with_a_missing_vote(shared, demo):
    folder = shared / "data" / "subjective"
    expected = json.loads((folder / f"sureal_{demo}_demo_expected.json").read_text())
    ratings = read_ratings(folder / f"sureal_{demo}_demo_sample_data.csv")
    assert (len(ratings.videos), len(ratings.subjects), ratings.missing) == (79, 26, 1)
    found = recover(ratings, "p910")
    np.testing.assert_allclose(found.mos, expected["mos_j"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(found.standard_error, expected["sos_j"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.bias, expected["bias_i"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.inconsistency, expected["inconsistency_i"], rtol=0, atol=1e-8)


def test_a_long_table_of_the_demo_gives_the_same(shared, tmp_path):
    source = shared / "data" / "subjective" / "sureal_p910_demo_sample_data.csv"
    matrix = read_ratings(source).matrix()
    lines = ["subject,video_id,rating"]
    lines += [f"s{i:02d},v{j:02d},{matrix[j, i]:g}" for j, i in np.argwhere(~np.isnan(matrix))]
    (tmp_path / "long.csv").write_text("\n".join(lines))
    long = recover(read_ratings(tmp_path / "long.csv", wanted=Wanted(layout="long")))
    np.testing.assert_allclose(long.mos, recover(read_ratings(source)).mos, rtol=0, atol=1e-12)


# Drawn once: 14 videos, 9 subjects (the last one erratic), four missing votes; five videos shown a second time.
FIRST = (
    "434343342 543434434 332.23344 323222223 111111121 213222221 312222331 .1111.112 113112113 544455455 333333334 "
    "22322322. 323343245 455444544"
)
SECOND = "433454444 433443451 323333352 232222231 213111211" + " ........." * 9
# What sureal 0.9.0 gives for FIRST with SECOND as the second repetition.
SUREAL_P913 = {
    "mos": [
        3.678358222,
        3.740858222,
        2.980563291,
        2.240858222,
        1.303358222,
        1.990858222,
        2.240858222,
        1.016103144,
        1.365858222,
        4.490858222,
        2.990858222,
        2.240858222,
        2.990858222,
        4.365858222,
    ],
    "standard_error": [
        0.136694833,
        0.168899753,
        0.170032455,
        0.113236694,
        0.139202671,
        0.156077276,
        0.196052602,
        0.095139935,
        0.260211664,
        0.160234831,
        0.07458635,
        0.17162703,
        0.229250092,
        0.221658145,
    ],
    "bias": [
        0.195987654,
        -0.348162072,
        0.125522139,
        -0.145282187,
        -0.032372598,
        -0.026234568,
        -0.032372598,
        0.336048454,
        -0.075837743,
    ],
}
SUREAL_P910 = {
    "mos": [
        3.664406911,
        3.947367892,
        3.013278266,
        2.182351484,
        1.21396136,
        2.011300264,
        2.234211269,
        1.11504072,
        1.248322725,
        4.398358451,
        3.0712354,
        2.194821146,
        3.0332625,
        4.249061701,
    ],
    "standard_error": [
        0.148282339,
        0.205997442,
        0.167282491,
        0.125752451,
        0.120943403,
        0.161140084,
        0.203501557,
        0.159058186,
        0.281088907,
        0.146899421,
        0.129696659,
        0.160600671,
        0.290098151,
        0.186667455,
    ],
    "bias": [
        0.195371929,
        -0.347281368,
        0.126402842,
        -0.143614874,
        -0.031491895,
        -0.026850293,
        -0.031491895,
        0.336929158,
        -0.077973603,
    ],
    "inconsistency": [
        0.417075878,
        0.550889182,
        0.811139561,
        0.202939952,
        0.537750355,
        0.428062404,
        0.445206458,
        0.665822653,
        1.228680293,
    ],
}


@pytest.mark.parametrize(("model", "expected"), [("p913", SUREAL_P913), ("p910", SUREAL_P910)])
def test_repeated_and_missing_votes(model, expected):
    ratings = Ratings.from_matrix(np.stack([numbers(FIRST), numbers(SECOND)], axis=2))
    found = recover(ratings, model)
    for name, values in expected.items():
        np.testing.assert_allclose(getattr(found, name), values, rtol=0, atol=1e-8, err_msg=name)
    assert np.flatnonzero(found.rejected).tolist() == ([8] if model == "p913" else [])
    assert found.n_ratings[0] == (16 if model == "p913" else 18)


def test_a_collapse_of_the_likelihood_is_told_and_prevented():
    """Without the repetitions the maximum is at subject_04's own votes: sureal's MOS are whole numbers + .2156 too."""
    ratings = Ratings.from_matrix(numbers(FIRST))
    plain = recover(ratings, "p910")
    assert plain.mos[:5] == pytest.approx([3.2156, 4.2156, 2.9613, 2.2156, 1.2156], abs=1e-4)
    assert plain.inconsistency[3] < 1e-5
    assert plain.notes == (
        "P.910 took the votes of 1 of 9 subjects (subject_04) for exact, and they alone set the scores of 13 videos: "
        "too few votes each; add --prior-votes 4, or use --model p913",
    )
    steadied = recover(ratings, "p910", prior_votes=4)
    assert steadied.notes == ()
    assert steadied.inconsistency[3] > 0.1
    means = recover(ratings, "mean").mos
    assert np.abs(steadied.mos - means).max() < np.abs(plain.mos - means).max()
