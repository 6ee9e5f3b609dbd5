"""Blur is measured in pixels, worked against where there is enough, and left alone where there is not."""

import cv2
import numpy as np
import pytest

from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.classical.blur_front import blur_front, blur_level
from ddsr_bench.vsr.method import Settings


def squares(sigma, noise=0.0):
    """Grey squares of many sizes, drawn large and averaged down, then blurred by ``sigma`` pixels; uint8 (H, W, 3)."""
    rng = np.random.default_rng(1)
    picture = np.full((640, 960), 110, np.float32)
    for _ in range(60):
        x, y, side = rng.integers(0, 900), rng.integers(0, 580), int(rng.integers(60, 200))
        picture[y : y + side, x : x + side] = rng.integers(20, 235)
    small = cv2.resize(picture, (240, 160), interpolation=cv2.INTER_AREA)
    if sigma:
        small = cv2.GaussianBlur(small, (0, 0), sigma)
    small = small + rng.normal(0, noise, small.shape)
    return np.clip(np.rint(small), 0, 255).astype(np.uint8)[..., None].repeat(3, 2)


@pytest.mark.parametrize("noise", [0, 4])
@pytest.mark.parametrize("sigma", [1.0, 1.5, 2.0, 3.0])
def test_the_level_is_the_sigma_that_blurred(sigma, noise):
    # Averaging down is a blur too: that of a box, sigma^2 = 1/12.
    assert blur_level(squares(sigma, noise)) == pytest.approx(np.sqrt(sigma**2 + 1 / 12), abs=0.3)


def test_levels_rise_and_flat_frames_have_none():
    levels = [blur_level(squares(sigma)) for sigma in (0, 0.7, 1.4, 2.8)]
    assert levels == sorted(levels)
    assert levels[0] < 0.9
    assert blur_level(np.full((40, 60, 3), 90, np.uint8)) == 0
    noise = np.clip(np.random.default_rng(0).normal(128, 8, (80, 120, 3)), 0, 255).astype(np.uint8)
    assert blur_level(noise) < 0.9


def test_blurred_frames_come_nearer_to_sharp_ones_and_sharp_ones_stay():
    sharp, blurred = squares(0), squares(1.5)
    before, after = (np.mean((one.astype(float) - sharp) ** 2) for one in (blurred, blur_front(blurred)))
    assert after < 0.6 * before
    np.testing.assert_array_equal(blur_front(sharp), sharp)
    np.testing.assert_array_equal(blur_front(blurred, least=3.0), blurred)


def test_as_a_method_it_keeps_the_size():
    run = get_method("blur-front").start(Settings())
    out = list(run(iter([squares(1.5), squares(0)])))
    assert [one.shape for one in out] == [(160, 240, 3)] * 2
    np.testing.assert_array_equal(out[0], blur_front(squares(1.5)))
