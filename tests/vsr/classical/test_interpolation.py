"""The resizing underneath, against torch, Pillow and formulas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ddsr_bench.vsr.classical.pixels import join_luma, split_luma, to_bytes
from ddsr_bench.vsr.classical.resize import blur, enlarge, phase_taps, shrink

KERNELS = ("nearest", "bilinear", "bicubic", "lanczos")


def picture(height=14, width=19, seed=0):
    return np.random.default_rng(seed).uniform(0, 255, (height, width)).astype(np.float32)


def by_torch(values, scale, mode, **how):
    torch = pytest.importorskip("torch")
    made = torch.nn.functional.interpolate(torch.from_numpy(values)[None, None], scale_factor=scale, mode=mode, **how)
    return made[0, 0].numpy()


@pytest.mark.parametrize("scale", [1, 2, 3, 4, 5])
def test_nearest_and_bilinear_are_torchs_up_to_the_border(scale):
    values = picture()
    np.testing.assert_array_equal(enlarge(values, scale, "nearest"), by_torch(values, scale, "nearest-exact"))
    expected = by_torch(values, scale, "bilinear", align_corners=False)
    np.testing.assert_allclose(enlarge(values, scale, "bilinear"), expected, atol=1e-3)


@pytest.mark.parametrize("scale", [1, 2, 3, 4, 5])
def test_bicubic_is_torchs_antialiased_one_inside(scale):
    """With antialias torch takes a = -.5; at the border it leaves samples out where MATLAB mirrors."""
    values, rim = picture(), 2 * scale
    expected = by_torch(values, scale, "bicubic", antialias=True, align_corners=False)
    np.testing.assert_allclose(
        enlarge(values, scale, "bicubic")[rim:-rim, rim:-rim], expected[rim:-rim, rim:-rim], atol=5e-4
    )


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_lanczos_is_pillows_inside(scale):
    values, rim = picture(), 3 * scale
    size = values.shape[1] * scale, values.shape[0] * scale
    expected = np.asarray(Image.fromarray(values).resize(size, Image.Resampling.LANCZOS))
    np.testing.assert_allclose(
        enlarge(values, scale, "lanczos")[rim:-rim, rim:-rim], expected[rim:-rim, rim:-rim], atol=5e-3
    )


@given(scale=st.integers(1, 8), kernel=st.sampled_from(KERNELS))
def test_phases_mirror_each_other_and_keep_the_mean(scale, kernel):
    for phase in range(scale):
        taps = phase_taps(scale, phase, kernel)
        assert taps.sum() == pytest.approx(1, abs=1e-6)
        np.testing.assert_allclose(taps, phase_taps(scale, scale - 1 - phase, kernel)[::-1], atol=1e-7)
        with pytest.raises(ValueError, match="read-only"):
            taps[0] = 0


@given(a=st.floats(-1, 1), b=st.floats(-1, 1), c=st.floats(-2, 2), scale=st.integers(2, 4))
def test_bicubic_keeps_polynomials_of_second_order(a, b, c, scale):
    """Keys' own choice of a = -.5 is the one that does."""
    y, x = np.mgrid[0:12, 0:15].astype(np.float32)
    fine_y, fine_x = ((np.mgrid[0 : 12 * scale, 0 : 15 * scale] + 0.5) / scale - 0.5).astype(np.float32)
    rim = 2 * scale
    made = enlarge(a * x * x + b * y * y + c * x * y, scale)[rim:-rim, rim:-rim]
    expected = (a * fine_x**2 + b * fine_y**2 + c * fine_x * fine_y)[rim:-rim, rim:-rim]
    np.testing.assert_allclose(made, expected, atol=2e-3)


def test_colours_are_enlarged_apart():
    frame = np.random.default_rng(2).uniform(0, 255, (6, 7, 3)).astype(np.float32)
    for kernel in KERNELS:
        planes = [enlarge(np.ascontiguousarray(frame[..., channel]), 3, kernel) for channel in range(3)]
        np.testing.assert_allclose(enlarge(frame, 3, kernel), np.dstack(planes), atol=1e-4)


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_shrink_is_the_blurred_picture_read_at_the_middle_of_each_block(scale):
    """A wave as long as four blocks: it comes out with the Gaussian's own gain, at its own phase."""
    sigma, length = 0.8 * scale, 24 * scale
    x = np.arange(length, dtype=np.float64)
    wave = np.tile((100 + 50 * np.cos(2 * np.pi * (x + 0.5) / (4 * scale))).astype(np.float32), (length, 1))
    places = (np.arange(length // scale) + 0.5) * scale - 0.5
    gain = np.exp(-2 * (np.pi * sigma / (4 * scale)) ** 2)
    if scale % 2 == 0:
        gain *= np.cos(np.pi / (4 * scale))  # the mean of the two samples around the middle
    expected = 100 + 50 * gain * np.cos(2 * np.pi * (places + 0.5) / (4 * scale))
    np.testing.assert_allclose(shrink(wave, scale, sigma)[6], expected, atol=0.6)
    assert shrink(wave, scale, sigma).shape == (length // scale, length // scale)


def test_blur_has_the_width_it_says():
    spot = np.zeros((41, 41), np.float32)
    spot[20, 20] = 1
    for sigma in (0.8, 1.5, 3.0):
        profile = blur(spot, sigma).sum(0)
        assert profile.sum() == pytest.approx(1, abs=1e-5)
        assert np.sqrt((profile * (np.arange(41) - 20) ** 2).sum()) == pytest.approx(sigma, rel=0.03)


def test_luma_and_colour_come_together_again():
    frame = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    luma, chroma = split_luma(frame)
    np.testing.assert_allclose(luma, frame @ np.array([0.299, 0.587, 0.114]), atol=0.01)
    assert np.abs(join_luma(luma, chroma).astype(int) - frame).max() <= 1
    np.testing.assert_array_equal(
        to_bytes(np.array([-9, 0.4, 0.6, 254.6, 300], np.float32)), np.array([0, 0, 1, 255, 255], np.uint8)
    )
