"""Views of patches: noise and blur that was put in is measured, and the right remedy taken."""

import cv2
import numpy as np
import pytest

from ddsr_bench.quality.rw_vsr_qa import views

PLANE = (1, 6, 4, 64, 64)


def textured(sigma):
    """Patches of one texture, blurred, without change in time."""
    rng = np.random.default_rng(0)
    picture = rng.uniform(0, 255, (6, 64, 64, 3)).astype(np.float32)
    picture = np.stack([cv2.GaussianBlur(one, (0, 0), sigma) if sigma else one for one in picture])
    picture = 128 + (picture - picture.mean()) * 30 / picture.std()
    patches = np.full(PLANE, 128, np.uint8)
    patches[0, :, :3] = np.clip(picture, 0, 255).transpose(0, 3, 1, 2)
    return patches


def with_noise(patches, sigma):
    rng = np.random.default_rng(1)
    noisy = patches.astype(float)
    noisy[:, :, :3] += rng.normal(0, sigma, noisy[:, :, :3].shape)
    # The change is twice the difference of two frames' noises.
    noisy[:, :, 3] += 2 * np.sqrt(2) * rng.normal(0, sigma, noisy[:, :, 3].shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def test_noise_is_measured_in_grey_levels_of_a_frame():
    assert views.noise(textured(3)) == 0
    assert views.noise(with_noise(textured(3), 4)) == pytest.approx(4, rel=0.05)


def test_blur_grows_with_blur():
    found = [views.blur(textured(sigma)) for sigma in (0, 1, 2, 4)]
    assert found == sorted(found)
    assert found[0] < 0.2
    assert found[-1] > 0.6
    assert views.blur(np.full(PLANE, 99, np.uint8)) == 1


def test_a_sharp_clip_has_no_view_whatever_its_noise():
    assert views.improved(textured(0)) is None
    assert views.improved(with_noise(textured(0), 6)) is None


def test_a_blurred_clip_is_sharpened():
    blurred = textured(2)
    view = views.improved(blurred)
    assert view.shape == blurred.shape
    assert views.blur(view) < views.blur(blurred)
    np.testing.assert_array_equal(view[:, :, 3], 128)


def test_a_noisy_blurred_clip_loses_noise_and_keeps_its_picture():
    # Wide structures, so that it counts as blurred with the noise in it.
    clean = textured(8)
    noisy = with_noise(clean, 2.5)
    view = views.denoised(noisy, views.noise(noisy))
    before, after = (np.abs(one[:, :, :3].astype(float) - clean[:, :, :3]).mean() for one in (noisy, view))
    assert after < 0.7 * before
    assert views.noise(view) < 0.5 * views.noise(noisy)


def test_the_remedy_follows_the_noise(monkeypatch):
    monkeypatch.setattr(views, "denoised", lambda patches, level: ("denoised", level))
    monkeypatch.setattr(views, "deblurred", lambda patches: "deblurred")
    blurred = textured(3)
    changing = blurred.copy()
    changing[:, :, 3] = with_noise(blurred, 5)[:, :, 3]
    assert views.improved(blurred) == "deblurred"
    assert views.improved(changing) == ("denoised", pytest.approx(5, rel=0.05))
