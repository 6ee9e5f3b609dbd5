"""The fast filters against OpenCV's dense ones."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddsr_bench.degrade import linear
from ddsr_bench.degrade.kernels import SHAPES, make_kernel

FLAGS = {"bilinear": cv2.INTER_LINEAR, "bicubic": cv2.INTER_CUBIC, "area": cv2.INTER_AREA}


def picture(height=90, width=130, seed=0):
    return np.random.default_rng(seed).uniform(size=(3, height, width)).astype(np.float32)


@st.composite
def kernels(draw):
    return make_kernel(
        draw(st.sampled_from(SHAPES)),
        draw(st.integers(0, 12)) * 2 + 1,
        sigma_x=draw(st.floats(0.1, 5)),
        sigma_y=draw(st.floats(0.1, 5)),
        theta=draw(st.floats(-3.1, 3.1)),
        beta=draw(st.floats(0.3, 6)),
        omega=draw(st.floats(0.4, 3.1)),
        radius=draw(st.floats(0.2, 9)),
    )


@settings(max_examples=60, deadline=None)
@given(kernel=kernels())
def test_blur_equals_dense_filtering_within_a_quarter_grey_level(kernel):
    frame = picture()
    dense = np.stack([cv2.filter2D(plane, -1, kernel) for plane in frame])
    assert np.abs(linear.blur(frame, kernel) - dense).max() < linear.TOLERANCE


@settings(max_examples=60, deadline=None)
@given(kernel=kernels(), mode=st.sampled_from(sorted(FLAGS)), factor=st.floats(0.12, 1.5))
def test_blur_and_resize_equal_the_two_steps(kernel, mode, factor):
    frame = picture()
    size = (max(2, int(90 * factor)), max(2, int(130 * factor)))
    two = np.stack([cv2.resize(cv2.filter2D(p, -1, kernel), size[::-1], interpolation=FLAGS[mode]) for p in frame])
    assert np.abs(linear.blur_resize(frame, kernel, size, mode) - two).max() < 2 * linear.TOLERANCE


@pytest.mark.parametrize("mode", ["area", "nearest"])
@pytest.mark.parametrize("size", [(93, 135), (96, 140), (99, 143)])
def test_modes_that_jump_do_so_where_opencv_does(mode, size):
    # Found by hypothesis: 31 * (90 / 93) is 30 or just below it, which are two different samples.
    frame, kernel = picture(), make_kernel("iso", 3, sigma_x=1.0)
    flag = {"area": cv2.INTER_AREA, "nearest": cv2.INTER_NEAREST}[mode]
    two = np.stack([cv2.resize(cv2.filter2D(p, -1, kernel), size[::-1], interpolation=flag) for p in frame])
    assert np.abs(linear.blur_resize(frame, kernel, size, mode) - two).max() < 2 * linear.TOLERANCE


@pytest.mark.parametrize("route", ["direct", "separable", "fourier"])
def test_every_route_gives_the_same(monkeypatch, route):
    kernel = make_kernel("aniso", 13, sigma_x=2.5, sigma_y=0.8, theta=0.7)
    frame = picture()
    dense = np.stack([cv2.filter2D(plane, -1, kernel) for plane in frame])
    monkeypatch.setattr(linear, "_cheapest", lambda *_: route)
    assert np.abs(linear.blur(frame, kernel) - dense).max() < linear.TOLERANCE


@pytest.mark.parametrize("mode", ["bilinear", "area", "bicubic", "lanczos", "matlab_bicubic"])
def test_the_fused_route_equals_two_steps(mode):
    kernel = make_kernel("plateau_aniso", 11, sigma_x=2.5, sigma_y=1.2, theta=0.7, beta=1.5)
    frame = picture()
    fused = linear._fused(frame, linear.separate(kernel), (31, 47), mode)
    two = linear.blur_resize(linear.blur(frame, kernel), None, (31, 47), mode)
    assert np.abs(fused - two).max() < (5e-3 if mode == "lanczos" else 2 * linear.TOLERANCE)


def test_frames_smaller_than_the_kernel_are_filtered():
    frame = picture(5, 3)
    kernel = make_kernel("iso", 9, sigma_x=1.5)
    small = linear.blur(frame, kernel)
    dense = np.stack([cv2.filter2D(plane, -1, kernel, borderType=cv2.BORDER_REFLECT_101) for plane in frame])
    assert np.abs(small - dense).max() < linear.TOLERANCE


def test_trim_keeps_the_sum_and_drops_what_is_empty():
    kernel = make_kernel("iso", 21, sigma_x=0.5)
    trimmed = linear.trim(kernel)
    assert trimmed.shape == (5, 5)
    assert trimmed.sum() == pytest.approx(1, abs=1e-12)


def test_a_constant_picture_stays_constant():
    frame = np.full((3, 40, 50), 0.4, np.float32)
    for shape in SHAPES:
        assert linear.blur(frame, make_kernel(shape, 15, sigma_x=2)) == pytest.approx(0.4, abs=1e-5)
