"""Camera shake: its kernels, and that frame t is the same however long the clip is."""

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest

from ddsr_bench.degrade.frames import to_float
from ddsr_bench.degrade.kernels import path_kernel
from ddsr_bench.degrade.response import decode, encode
from ddsr_bench.degrade.stage import StageContext
from ddsr_bench.degrade.stages.shake import Params, apply, camera_path, trajectory

CONTEXT = StageContext(seed=1, key="2", fps=Fraction(25), frames=7, lr_size=(24, 64), scale=4)


def _kernel(params, index, context=CONTEXT):
    return path_kernel(trajectory(camera_path(params, context), params, float(context.fps), index))


def _frames(count):
    rng = np.random.default_rng(1)
    return [rng.integers(0, 256, (40, 56, 3), dtype=np.uint8) for _ in range(count)]


def _run(frames, params, context=CONTEXT):
    return list(apply(iter(frames), params, context))


@pytest.mark.parametrize("amplitude", [0.3, 4.0, 20.0])
@pytest.mark.parametrize("index", [0, 5])
def test_kernels_sum_to_one_around_their_centre(amplitude, index):
    kernel = _kernel(Params(amplitude=amplitude, exposure=1.0), index)
    axis = np.arange(kernel.shape[0]) - kernel.shape[0] // 2
    assert kernel.sum() == pytest.approx(1)
    assert kernel.min() >= 0
    assert (kernel.sum(axis=0) * axis).sum() == pytest.approx(0, abs=1e-9)
    assert (kernel.sum(axis=1) * axis).sum() == pytest.approx(0, abs=1e-9)


def test_trajectories_are_one_path_in_pixels():
    params = Params(amplitude=6.0, exposure=1.0)
    path = camera_path(params, CONTEXT)
    # With the shutter open all the time, one frame's path ends where the next begins.
    ends, starts = trajectory(path, params, 25.0, 3)[-1], trajectory(path, params, 25.0, 4)[0]
    assert np.hypot(*(ends - starts)) < 0.5
    double = trajectory(path, Params(amplitude=12.0, exposure=1.0), 25.0, 3)
    assert np.ptp(double, axis=0) == pytest.approx(2 * np.ptp(trajectory(path, params, 25.0, 3), axis=0), rel=0.05)


def test_longer_exposure_blurs_more():
    spread = [np.ptp(_spread(exposure), axis=0).max() for exposure in (0.1, 0.5, 1.0)]
    assert spread[0] < spread[1] < spread[2]


def _spread(exposure):
    params = Params(amplitude=10.0, exposure=exposure, smoothness=3.0, tremor=0.0)
    return trajectory(camera_path(params, CONTEXT), params, 25.0, 2)


def test_a_prefix_of_the_clip_gives_a_prefix_of_the_result():
    frames, params = _frames(6), Params(amplitude=(2.0, 5.0, 9.0, 1.0), exposure=0.8)
    whole = _run(frames, params, replace(CONTEXT, frames=600))
    part = _run(frames[:3], params, replace(CONTEXT, frames=3))
    assert all(np.array_equal(a, b) for a, b in zip(part, whole, strict=False))


def test_seed_and_key_address_the_path():
    params = Params(amplitude=8.0, exposure=1.0)
    kernels = [
        _kernel(params, 1, context) for context in (CONTEXT, replace(CONTEXT, seed=2), replace(CONTEXT, key="3"))
    ]
    assert not np.array_equal(kernels[0], kernels[1])
    assert not np.array_equal(kernels[0], kernels[2])


def test_blur_is_the_kernel_in_linear_light():
    params = Params(amplitude=5.0, exposure=1.0)
    frame = cv2.GaussianBlur(_frames(1)[0], (0, 0), 1.5)
    light = decode(frame / 255, "srgb")
    kernel = _kernel(params, 0)
    expected = encode(np.clip(cv2.filter2D(light, -1, kernel), 0, 1), "srgb")
    found = _run([frame], params)[0].transpose(1, 2, 0)
    assert np.abs(found - expected).max() < 0.5 / 255


def test_no_amplitude_no_change():
    frame = _frames(1)[0]
    assert np.array_equal(_run([frame], Params(amplitude=0))[0], to_float(frame))


def test_frames_smaller_than_the_kernel_and_early_closing():
    stream = apply(iter(_frames(3)), Params(amplitude=40.0, exposure=4.0), CONTEXT)
    assert next(stream).shape == (3, 40, 56)
    stream.close()
    tiny = np.full((5, 4, 3), 90, np.uint8)
    assert _run([tiny], Params(amplitude=30.0))[0] == pytest.approx(np.full((3, 5, 4), 90 / 255), abs=1e-3)
