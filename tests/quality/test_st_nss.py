"""Spatio-temporal statistics: each part against a plain writing-out, chunks against their description."""

import numpy as np
import pytest
from conftest import moving_scene
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import hadamard
from scipy.ndimage import convolve, correlate

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality import nss
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metrics.st_nss import COLUMNS, METRIC, chunk_features, picks
from ddsr_bench.quality.st_nss_fit import map_statistics
from ddsr_bench.quality.st_nss_maps import SPATIAL, TEMPORAL, shrink, spatial_maps, temporal_maps


def extract(rgb, batch):
    scorer = METRIC.start()
    parts = [scorer.add(Frames(rgb[t : t + batch], t), None) for t in range(0, len(rgb), batch)]
    return np.concatenate([*parts, scorer.finish()])


def texture(height=40, width=52, seed=0):
    scene = moving_scene(1, width, height, seed=seed)[0, ..., 0]
    return np.float32(scene) + np.random.default_rng(seed).normal(0, 9, scene.shape).astype(np.float32)


def test_statistics_follow_their_definition():
    plane = texture()
    coefficients, deviation = (x[0].astype(float) for x in nss.mscn_sigma(plane[None], "replicate"))
    expected = [*nss.ggd_fit(coefficients.ravel()), deviation.mean(), (deviation.mean() / deviation.std()) ** 2]
    for shift in ((0, 1), (1, 0), (1, 1), (1, -1)):
        alpha, left, right = nss.aggd_fit((coefficients * np.roll(coefficients, shift, (0, 1))).ravel())
        mean = (right - left) * nss.mean_factor(alpha) * nss.scale_factor(alpha)
        expected += [alpha, mean, left, right]
    x = np.log(np.abs(coefficients) + 0.1)
    windows = [[[-1, 1]], [[-1], [1]], [[-1, 0], [0, 1]], [[0, 1], [-1, 0]], [[1, -1], [-1, 1]]]
    windows += [[[0, 1, 0], [-1, 0, -1], [0, 1, 0]], [[1, 0, -1], [0, 0, 0], [-1, 0, 1]]]
    for window in windows:
        rows, columns = np.shape(window)
        inside = np.s_[rows // 2 : x.shape[0] - (rows - 1) // 2, columns // 2 : x.shape[1] - (columns - 1) // 2]
        expected += nss.ggd_fit(correlate(x, np.array(window))[inside].ravel())
    # Shapes lie on a grid of .001, which single precision may leave by one entry.
    assert map_statistics(plane) == pytest.approx(np.array(expected, float), rel=1e-4, abs=1.1e-3)


@pytest.mark.parametrize(("alpha", "shape"), [(1.0, "laplace"), (2.0, "normal")])
def test_a_fit_finds_what_noise_was_drawn_from(alpha, shape):
    # 25 numbers to a local deviation: noise normalised by it keeps its shape only roughly, but in order.
    draw = getattr(np.random.default_rng(0), shape)(size=(300, 300)).astype(np.float32)
    flatter = np.random.default_rng(0).uniform(-1, 1, (300, 300)).astype(np.float32)
    assert map_statistics(draw * 0.01)[0] == pytest.approx(alpha, rel=0.15)
    assert map_statistics(draw * 0.01)[0] < map_statistics(flatter * 0.01)[0]


def test_bands_are_those_of_hadamard():
    planes = np.random.default_rng(0).integers(0, 256, (8, 6, 7)).astype(np.float32)
    bands = np.stack(list(temporal_maps(planes))[::2])
    rows = hadamard(8)
    rows = rows[np.argsort(np.abs(np.diff(rows)).sum(axis=1))][1:]
    assert bands == pytest.approx(np.tensordot(rows, planes, 1) / np.sqrt(8), rel=1e-6, abs=1e-4)


def test_a_still_has_no_bands():
    still = np.repeat(texture()[None].round(), 8, axis=0)
    assert not any(band.any() for band in temporal_maps(still))


def test_luma_and_opponent_maps():
    rgb = moving_scene(1, 52, 40)[0]
    maps = list(spatial_maps(rgb))
    assert len(maps) == SPATIAL
    gray = Frames(rgb[None]).plane("gray")[0].astype(float)
    assert np.array_equal(maps[0], gray)
    sobel = np.array([[1, 2, 1]]).T * [[1, 0, -1]]
    gradient = np.hypot(*(convolve(gray, w, mode="nearest") for w in (sobel, sobel.T)))
    assert maps[2] == pytest.approx(gradient, rel=1e-5, abs=1e-3)
    half = np.rint(rgb.reshape(20, 2, 26, 2, 3).mean(axis=(1, 3)))
    assert maps[8] == pytest.approx(half @ [0.3, 0.04, -0.35], abs=0.7)
    assert maps[9] == pytest.approx(half @ [0.34, -0.6, 0.17], abs=0.7)


def test_a_grey_picture_has_no_colour():
    grey = np.repeat(moving_scene(1, 52, 40)[0, ..., :1], 3, axis=2)
    for plane in list(spatial_maps(grey))[12:]:
        assert np.abs(plane).max() < 0.6


def test_columns_name_every_value(clip):
    features = chunk_features(clip[[2, 6]], clip)
    assert features.shape == (len(COLUMNS),) == ((2 * SPATIAL + TEMPORAL) * 34,) == (1836,)
    assert len(set(COLUMNS)) == 1836


def test_two_like_pictures_differ_by_nothing(clip):
    features = chunk_features(clip[[3, 3]], clip)
    assert not features[680:1360].any()


@given(st.integers(8, 24))
def test_picks_lie_inside_the_chunk(length):
    (early, late), window = picks(length)
    assert 0 <= early < late < length
    assert 0 <= window[0] < window[-1] < length
    assert len(window) == 8


@settings(max_examples=6, deadline=None)
@given(batch=st.integers(1, 50))
def test_batches_do_not_change_them(batch):
    rgb = moving_scene(46, 24, 20)
    assert np.array_equal(extract(rgb, batch), extract(rgb, 7))


@pytest.mark.parametrize(("frames", "rows"), [(8, 1), (20, 1), (21, 1), (24, 1), (44, 1), (45, 2), (48, 2)])
def test_a_row_for_every_chunk(frames, rows):
    assert extract(moving_scene(frames, 24, 20), 10).shape == (rows, 1836)


def test_a_chunk_is_the_one_described():
    rgb = moving_scene(48, 24, 20)
    assert np.array_equal(extract(rgb, 9)[1], chunk_features(rgb[[28, 44]], rgb[32:40]))


def test_large_pictures_are_shrunk():
    assert shrink(np.zeros((720, 1280, 3), np.uint8)).shape == (512, 910, 3)
    assert shrink(np.zeros((512, 600, 3), np.uint8)).shape == (512, 600, 3)


def checker(frames, height, width):
    return np.repeat((np.indices((frames, height, width)).sum(axis=0) % 2 * 255).astype(np.uint8)[..., None], 3, 3)


@pytest.mark.parametrize(
    "rgb",
    [
        np.zeros((8, 16, 16, 3), np.uint8),
        np.full((9, 17, 19, 3), 255, np.uint8),
        np.full((8, 16, 40, 3), (255, 0, 90), np.uint8),
        checker(8, 33, 31),
        checker(8, 16, 16)[[0] * 8],
    ],
)
def test_degenerate_frames_have_features(rgb):
    assert np.isfinite(extract(rgb, 3)).all()


def test_seven_frames_are_refused():
    with pytest.raises(DdsrError, match=r"^st-nss: 7 frames, it needs 8; leave this clip or st-nss out$"):
        extract(moving_scene(7, 24, 20), 4)
