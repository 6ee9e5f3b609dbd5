"""Where in a frame quality is lost: sums that must come out, and maps whose values are known."""

import numpy as np
import pytest

from ddsr_bench.quality.rw_vsr_qa.fragments import Box
from ddsr_bench.quality.rw_vsr_qa.places import Places, PlacesSum, places_of, quality_map
from ddsr_bench.quality.rw_vsr_qa.scorer import KeyScores

BOXES = (Box(0, 0, 64), Box(192, 0, 64), Box(0, 0, 128))


def key(score=3.0, patches=(1.0, 2.0, 3.0), weights=(0.5, 0.25, 0.25)):
    return KeyScores(7, score, np.array(patches), np.array(weights), BOXES)


def test_the_weighed_mean_of_places_is_the_score_and_their_pulls_cancel():
    places = places_of(key())
    assert places.weights @ places.qualities == pytest.approx(3.0)
    # Of the two native ones (1 and 2, weights 2 to 1) the mean is 4/3; the third is alone at its resolution.
    np.testing.assert_allclose(places.qualities, [3 - 1 / 3, 3 + 2 / 3, 3])
    np.testing.assert_allclose(places.pulls, [-0.5 / 3, 0.5 / 3, 0], atol=1e-12)


def test_one_resolution_judged_more_severely_is_no_matter_of_place():
    mild, severe = places_of(key()), places_of(key(patches=(1.0, 2.0, -9.0)))
    np.testing.assert_allclose(mild.qualities, severe.qualities)


def test_over_a_clip_scores_are_averaged_and_heavy_moments_count_more():
    total = PlacesSum()
    assert total.mean() is None
    total.add(places_of(key()))
    total.add(places_of(key(2.0, (2.0, 2.0, 2.0), (0.1, 0.45, 0.45))))
    mean = total.mean()
    assert mean.score == pytest.approx(2.5)
    assert mean.weights @ mean.qualities == pytest.approx(2.5)
    assert mean.qualities[0] == pytest.approx((0.5 * (3 - 1 / 3) + 0.1 * 2.0) / 0.6)
    np.testing.assert_allclose(mean.weights, [0.3, 0.35, 0.35])


def test_a_map_is_flat_where_all_agree_and_as_large_as_the_frame():
    flat = Places(3.0, BOXES, np.full(3, 3.0), np.array([0.2, 0.3, 0.5]))
    found = quality_map(flat, 100, 259)
    assert found.shape == (100, 259)
    np.testing.assert_allclose(found, 3.0, rtol=1e-6)


def test_a_map_is_low_at_the_bad_patch_and_stays_within_the_opinions():
    two = Places(2.5, BOXES[:2], np.array([1.0, 4.0]), np.array([0.5, 0.5]))
    found = quality_map(two, 64, 256)
    assert found[32, 32] < 1.1
    assert found[32, 224] > 3.9
    assert found[32, 128] == pytest.approx(2.5, abs=0.1)
    assert found.min() >= 1
    assert found.max() <= 4
    heavy = quality_map(Places(1.3, two.boxes, two.qualities, np.array([0.9, 0.1])), 64, 256)
    assert heavy[32, 128] < 2


def test_a_map_far_from_all_patches_is_still_a_number():
    found = quality_map(Places(2.0, BOXES[:1], np.array([2.0]), np.array([1.0])), 64, 20000)
    np.testing.assert_allclose(found, 2.0, rtol=1e-6)
