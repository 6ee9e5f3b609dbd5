"""Unprocessing and processing: inverse of each other, and what they promise about grey and white."""

import itertools

import numpy as np
import pytest

from ddsr_bench.degrade.camera_pipeline import (
    HEADROOM,
    Camera,
    camera_matrix,
    process,
    unprocess,
    unprocess_mosaic,
)
from ddsr_bench.degrade.raw import PATTERNS, mosaic
from ddsr_bench.degrade.response import RESPONSES, decode

CAMERAS = [
    Camera(),
    Camera("a7r", 1.9, 1.5),
    Camera("em10", 2.4, 1.9, 1.25),
    Camera("rx100m4", 2.1, 1.6),
]


def _frame(seed=0):
    """All corners of the colour cube, greys near white, and random colours."""
    corners = np.array(list(itertools.product([0, 255], repeat=3)))
    greys = np.repeat(np.arange(224, 256)[:, None], 3, axis=1)
    colours = np.random.default_rng(seed).integers(0, 256, (600, 3))
    return np.concatenate([corners, greys, colours]).astype(np.uint8).reshape(16, 40, 3)


@pytest.mark.parametrize("response", RESPONSES)
@pytest.mark.parametrize("camera", CAMERAS, ids=lambda camera: camera.matrix)
def test_round_trip_is_the_identity(camera, response):
    frame = _frame()
    planar = np.moveaxis(frame, 2, 0).astype(np.float32) / 255
    for given in (frame, planar):
        back = process(unprocess(given, camera, response), camera, response)
        assert np.abs(back - planar).max() <= 1 / 255


@pytest.mark.parametrize("name", ["a7r", "em10", "rx100m4"])
def test_matrices_keep_grey_and_see_no_negative_light(name):
    matrix = camera_matrix(name)
    assert matrix.sum(axis=1) == pytest.approx([1, 1, 1])
    assert matrix.min() > -0.01
    # Each filter passes its own colour best.
    assert (matrix.argmax(axis=1) == [0, 1, 2]).all()


def test_one_matrix_by_hand():
    # First row of XYZ to camera (.4913, -.0541, -.0202) times sRGB to XYZ, over the row's sum.
    row = [
        0.4913 * 0.4124564 - 0.0541 * 0.2126729 - 0.0202 * 0.0193339,
        0.4913 * 0.3575761 - 0.0541 * 0.7151522 - 0.0202 * 0.1191920,
        0.4913 * 0.1804375 - 0.0541 * 0.0721750 - 0.0202 * 0.9503041,
    ]
    assert camera_matrix("a7r")[0] == pytest.approx(np.array(row) / sum(row))


def test_grey_light_is_green_in_raw():
    grey = np.full((2, 2, 3), 128, np.uint8)
    raw = unprocess(grey, Camera("em10", 2.0, 1.6), "srgb")
    light = float(decode(np.array(128 / 255), "srgb"))
    assert raw[:, 0, 0] == pytest.approx([light / 2, light, light / 1.6], rel=1e-4)


def test_clipped_white_saturates_every_channel_and_nothing_else_does():
    row = np.uint8([[[255, 255, 255], [254, 254, 254], [255, 255, 200]]])
    raw = unprocess(row, Camera("none", 2.0, 1.6), "srgb")
    assert raw[:, 0, 0] == pytest.approx([HEADROOM] * 3)
    assert raw[0, 0, 1] == pytest.approx(float(decode(np.array(254 / 255), "srgb")) / 2, rel=1e-3)
    assert raw[:, 0, 2] == pytest.approx([0.5, 1, float(decode(np.array(200 / 255), "srgb")) / 1.6], rel=1e-3)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_early_mosaic_equals_the_late_one(pattern):
    frame = _frame(4)[:15, :39]
    for camera in CAMERAS:
        whole = mosaic(unprocess(frame, camera, "srgb"), pattern)
        assert unprocess_mosaic(frame, camera, "srgb", pattern) == pytest.approx(whole, abs=1e-6)


def test_a_clipped_highlight_stays_white():
    camera = Camera("em10", 2.2, 1.7)
    assert (process(np.ones((3, 2, 2), np.float32), camera, "srgb") > 0.9999).all()
