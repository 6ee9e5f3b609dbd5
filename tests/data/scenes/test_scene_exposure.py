"""The exposure is the mean of its sub-frames in linear light, centred on the frame's moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from ddsr_bench.data.scenes import expose, exposure_times, make_scene, render_clip
from ddsr_bench.data.scenes.colour import encode
from ddsr_bench.errors import DdsrError


@dataclass(frozen=True)
class Clock:
    """A grey frame whose linear light is a known function of time."""

    power: int = 1
    kind: str = "clock"
    seed: int = 0
    width: int = 4
    height: int = 2

    def render(self, time):
        return np.full((2, 4, 3), (time / 2) ** self.power, np.float32)

    def flow(self, start, end):
        return None


def test_times_are_middles_of_equal_parts_around_the_moment():
    assert exposure_times(1.0, 0.4, 4) == pytest.approx([0.85, 0.95, 1.05, 1.15])
    assert exposure_times(1.0, 0.0, 1) == [1.0]


def test_exposure_of_a_linear_ramp_is_its_middle_and_of_a_square_has_the_known_excess():
    """The mean of t^2 over middles of 8 parts of length L is t^2 + L^2 (1 - 1/64) / 12."""
    assert expose(Clock(), 1.0, 0.5, 8)[0, 0, 0] == pytest.approx(0.5, abs=1e-6)
    square = (1 + 0.25 * (1 - 1 / 64) / 12) / 4
    assert expose(Clock(power=2), 1.0, 0.5, 8)[0, 0, 0] == pytest.approx(square, abs=1e-6)


def test_clip_is_the_encoded_mean_of_sub_frames():
    scene = make_scene("sprites", seed=2, width=64, height=36)
    frames = list(render_clip(scene, frames=2, fps=12.0, shutter=0.75, samples=4))
    times = [1 / 12 + 0.75 / 12 * offset for offset in (-0.375, -0.125, 0.125, 0.375)]
    mean = np.mean([scene.render(t).astype(np.float64) for t in times], axis=0)
    encoded = np.where(mean <= 0.0031308, 12.92 * mean, 1.055 * mean ** (1 / 2.4) - 0.055) * 255
    assert frames[1].dtype == np.uint8
    assert np.abs(frames[1] - encoded).max() < 0.55


def test_shutter_nought_is_the_sharp_instant_and_ignores_samples():
    scene = make_scene("text", seed=2, width=64, height=36)
    one, many = (list(render_clip(scene, frames=2, fps=24, samples=n)) for n in (1, 7))
    np.testing.assert_array_equal(one, many)
    np.testing.assert_array_equal(one[1], encode(scene.render(1 / 24)))


def test_a_longer_exposure_is_softer():
    scene = make_scene("plane", seed=1, width=96, height=64)
    sharp, blurred = (next(render_clip(scene, 1, shutter=s, samples=8)).astype(float) for s in (0.0, 1.0))
    assert np.abs(np.diff(blurred, axis=1)).mean() < 0.8 * np.abs(np.diff(sharp, axis=1)).mean()


def test_arguments_are_checked_at_the_call():
    with pytest.raises(DdsrError, match=r"clip of 'clock': 0 frames at 24.0 fps; use at least 1 and a positive rate"):
        render_clip(Clock(), frames=0)
    with pytest.raises(DdsrError, match=r"clip of 'clock': shutter 1.5, 1 samples; use a shutter of 0 to 1, 1 sample"):
        render_clip(Clock(), shutter=1.5)
    with pytest.raises(DdsrError, match=r"3 frames at nan fps"):
        render_clip(Clock(), frames=3, fps=float("nan"))
