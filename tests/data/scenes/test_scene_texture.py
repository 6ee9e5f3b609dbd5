"""Sampling: area averages, seamless tiles, no aliasing where surfaces recede."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ddsr_bench.data.scenes.layered import over
from ddsr_bench.data.scenes.texture import (
    DENSEST,
    Texture,
    band_limit,
    build_texture,
    centred_scale,
    level_of_detail,
    tile_size,
    translation,
)


def ramp_free_noise(height=64, width=96):
    return np.random.default_rng(0).random((height, width, 3)).astype(np.float32)


def bare(picture):
    """A texture of the picture as it is, without band limit or coarser levels."""
    solid = np.dstack([picture, np.ones(picture.shape[:2], np.float32)])
    return Texture((np.rint(solid * 65535).astype(np.uint16),))


def test_one_to_one_keeps_the_mean_and_the_place():
    """Three samples on one texel, bilinear: weights (1, 7, 1) / 9 a side by hand."""
    picture = np.zeros((16, 16, 3), np.float32)
    picture[8, 5] = 1
    seen = bare(picture).sample(np.eye(3), 16, 16)
    side = np.array([1, 7, 1]) / 9
    np.testing.assert_allclose(seen[7:10, 4:7, 0], np.outer(side, side), atol=1e-4)
    assert seen[..., 0].sum() == pytest.approx(1, abs=1e-3)
    np.testing.assert_allclose(seen[..., 3], 1, atol=1e-5)


def test_two_texels_to_a_pixel_sees_four_texels_evenly():
    picture = ramp_free_noise(32, 32)
    seen = bare(picture).sample(centred_scale(2), 16, 16)[..., :3]
    box = picture.reshape(16, 2, 16, 2, 3).mean(axis=(1, 3))
    assert np.corrcoef(seen.ravel(), box.ravel())[0, 1] > 0.97
    assert np.abs(seen[2:-2, 2:-2].mean() - box[2:-2, 2:-2].mean()) < 0.01


def test_a_whole_period_away_looks_the_same():
    texture = build_texture(ramp_free_noise())
    near = texture.sample(translation(3.3, -70.2), 40, 30)
    far = texture.sample(translation(3.3 - 96 * 1000, -70.2 + 64 * 1000), 40, 30)
    np.testing.assert_allclose(near, far, atol=1e-3)


def test_views_across_the_seam_equal_a_rolled_tile():
    picture = ramp_free_noise()
    rolled = np.roll(picture, (32, 48), (0, 1))
    across = build_texture(picture).sample(translation(80.4, 50.7), 30, 20)
    inside = build_texture(rolled).sample(translation(80.4 - 48, 50.7 - 32), 30, 20)
    np.testing.assert_allclose(across, inside, atol=1e-4)


def test_reflected_border_mirrors():
    picture = ramp_free_noise()
    texture = build_texture(picture, border=cv2.BORDER_REFLECT)
    seen = texture.sample(translation(-10, 0), 20, 16)
    np.testing.assert_allclose(seen[:, :10], seen[:, 19:9:-1], atol=1e-4)


def test_constant_border_is_clear():
    texture = build_texture(ramp_free_noise(), border=cv2.BORDER_CONSTANT)
    np.testing.assert_array_equal(texture.sample(translation(500, 500), 8, 8), 0)


def test_fine_checks_far_away_turn_grey_instead_of_flickering():
    y, x = np.mgrid[0:256, 0:256]
    checks = np.repeat((((x // 2 + y // 2) % 2)[..., None]).astype(np.float32), 3, axis=2)
    texture = build_texture(checks)
    for shift in (0.0, 1.3, 2.6):
        seen = texture.sample(translation(shift, shift) @ centred_scale(11.0), 24, 24)[..., 0]
        assert abs(seen.mean() - 0.5) < 0.02
        assert seen.std() < 0.03


def test_level_of_detail_is_the_log_of_the_step():
    np.testing.assert_allclose(level_of_detail(centred_scale(4 * DENSEST), 64, 36), 2, atol=1e-6)
    np.testing.assert_allclose(level_of_detail(centred_scale(2), 64, 36), 0, atol=1e-6)


def test_level_of_detail_follows_a_receding_plane():
    """u = x / (1 - y / 100), so a step in x is 1 / w texels; numeric differences are the oracle."""
    matrix = np.array([[9.0, 0, 0], [0, 9.0, 0], [0, 0.02, 1.0]])
    level = level_of_detail(matrix, 64, 36)

    def to_texels(x, y):
        u, v, w = matrix @ np.array([x, y, 1.0])
        return np.array([u / w, v / w])

    x, y = (5 + 0.5) / 32 * 64 - 0.5, (10 + 0.5) / 18 * 36 - 0.5
    dx = np.linalg.norm(to_texels(x + 1e-4, y) - to_texels(x - 1e-4, y)) / 2e-4
    dy = np.linalg.norm(to_texels(x, y + 1e-4) - to_texels(x, y - 1e-4)) / 2e-4
    assert level[10, 5] == pytest.approx(np.log2(max(max(dx, dy) / DENSEST, 1)), abs=1e-3)


def test_blended_levels_keep_light():
    texture = build_texture(np.full((64, 64, 3), 0.25, np.float32))
    matrix = np.array([[6.0, 0, 0], [0, 6.0, 0], [0, 0.02, 1.0]])
    np.testing.assert_allclose(texture.sample(matrix, 40, 30)[..., :3], 0.25, atol=1e-4)


def test_alpha_is_premultiplied_and_composited():
    cover = np.full((16, 16), 0.25, np.float32)
    seen = build_texture(np.ones((16, 16, 3), np.float32), cover).sample(np.eye(3), 8, 8)
    np.testing.assert_allclose(seen, 0.25, atol=1e-4)
    np.testing.assert_allclose(over(seen, np.full((8, 8, 3), 0.4, np.float32)), 0.25 + 0.4 * 0.75, atol=1e-4)


@pytest.mark.parametrize(("period", "least", "most"), [(64, 0.99, 1.02), (5, 0.88, 1.02), (64 / 29, 0, 0.02)])
def test_band_limit_keeps_what_pixels_show_and_drops_what_would_fold(period, least, most):
    """Two texels to a pixel: 5 texels a period is 0.4 cycles a pixel, 64 / 29 is 0.9."""
    wave = np.cos(2 * np.pi * np.arange(320) / period).astype(np.float32)
    picture = np.repeat(np.repeat(wave[None, :, None], 16, 0), 3, 2)
    gain = np.sqrt((band_limit(picture) ** 2).mean() / (picture**2).mean())
    assert least <= gain <= most


def test_a_fine_grating_leaves_no_slow_wave():
    """0.9 cycles a pixel would fold to 0.1: at most 1 % of the contrast may be left, at any place."""
    wave = 0.5 + 0.5 * np.cos(2 * np.pi * np.arange(320) * 0.45)
    picture = np.repeat(np.repeat(wave[None, :, None], 32, 0), 3, 2).astype(np.float32)
    for shift in (0.0, 0.37, 1.1):
        seen = build_texture(picture).sample(translation(shift, 0) @ centred_scale(2), 80, 16)[..., 0]
        assert np.abs(seen - 0.5).max() < 0.005


def test_band_limit_is_seamless():
    picture = ramp_free_noise()
    rolled = band_limit(np.roll(picture, (5, 7), (0, 1)))
    np.testing.assert_allclose(np.roll(band_limit(picture), (5, 7), (0, 1)), rolled, atol=1e-5)


def test_tiles_are_larger_than_the_frame_and_in_sixteens():
    assert tile_size(640, 360) == (1920, 1088)
    with pytest.raises(ValueError, match=r"multiples of 16, got 20x16"):
        build_texture(np.zeros((16, 20, 3), np.float32))
