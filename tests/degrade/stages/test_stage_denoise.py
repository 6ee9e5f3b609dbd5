"""Noise reduction: less noise, edges kept, texture lost, trails behind faint movement only."""

from fractions import Fraction

import numpy as np
import pytest

from ddsr_bench.degrade.luma import guided, luma
from ddsr_bench.degrade.stage import StageContext
from ddsr_bench.degrade.stages.denoise import Params, apply

CONTEXT = StageContext(seed=1, key="0", fps=Fraction(25), frames=1, lr_size=(16, 16), scale=4)
METHODS = ("bilateral", "guided")


def _run(frames, **params):
    return list(apply(iter(frames), Params(**params), CONTEXT))


def _noisy(sigma, frames=1, height=48, width=64, seed=0):
    rng = np.random.default_rng(seed)
    return [(0.5 + sigma * rng.standard_normal((3, height, width))).astype(np.float32) for _ in range(frames)]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(20, 30), (7, 5), (1, 1), (2, 9)])
def test_flat_colour_and_size_are_kept(method, shape):
    frame = np.broadcast_to(np.uint8([200, 90, 30]), (*shape, 3))
    result = _run([frame], method=method, strength=1.0, chroma=1.0, temporal=0.5)[0]
    assert result.shape == (3, *shape)
    assert result == pytest.approx(np.moveaxis(frame, 2, 0) / np.float32(255), abs=1e-5)


def test_nothing_to_do_changes_nothing():
    frame = _noisy(0.1)[0]
    assert (_run([frame], strength=0.0, chroma=0.0)[0] == frame).all()


@pytest.mark.parametrize("method", METHODS)
def test_strength_takes_noise_of_brightness_and_chroma_that_of_colour(method):
    frame = _noisy(0.03)[0]

    def deviations(**params):
        result = _run([frame], method=method, **params)[0]
        return luma(result).std(), (result[0] - luma(result)).std()

    before = luma(frame).std(), (frame[0] - luma(frame)).std()
    bright = [deviations(strength=s, chroma=0.0) for s in (0.3, 1.0)]
    assert before[0] > 1.3 * bright[0][0] > 1.5 * bright[1][0]
    assert bright[1][1] == pytest.approx(before[1], rel=1e-3)
    colour = deviations(strength=0.0, chroma=0.8)
    assert colour[0] == pytest.approx(before[0], rel=1e-3)
    assert colour[1] < before[1] / 4


@pytest.mark.parametrize("method", METHODS)
def test_edges_stay_and_faint_texture_goes(method):
    x = np.arange(64)
    texture = 0.02 * np.where(x % 4 < 2, 1, -1)
    row = (np.where(x < 32, 0.2, 0.8) + texture).astype(np.float32)
    frame = np.broadcast_to(row, (3, 48, 64)).copy()
    result = luma(_run([frame], method=method, strength=0.7, chroma=0.5)[0])[24]
    assert result[33:36].mean() - result[28:31].mean() > 0.5
    assert result[8:24].std() < 0.35 * row[8:24].std()


def test_recursion_averages_what_stands_still():
    frames = _noisy(0.03, 24)
    last = _run(frames, strength=0.0, chroma=0.0, temporal=0.8)[-1]
    # A first-order recursion leaves (1 - a) / (1 + a) of the variance.
    assert last.std() / frames[-1].std() == pytest.approx(np.sqrt(0.2 / 1.8), rel=0.1)


@pytest.mark.parametrize(("contrast", "left"), [(0.04, 0.9**2), (0.4, 0.0)])
def test_what_is_faint_leaves_a_trail_and_what_is_strong_does_not(contrast, left):
    without = np.full((3, 32, 48), 0.4, np.float32)
    there = without.copy()
    there[:, 8:24, 16:32] += contrast
    # Gone for two frames: each keeps nine tenths of what was there, unless the gate sees the change.
    last = _run([there, there, without, without], strength=0.5, chroma=0.0, temporal=0.9)[-1]
    assert (last[1, 16, 24] - 0.4) / contrast == pytest.approx(left, abs=0.02)


def test_guided_filter_equals_its_definition():
    rng = np.random.default_rng(4)
    guide, plane = rng.random((2, 9, 11), dtype=np.float32)
    radius, epsilon = 2, 0.01

    def window(image, y, x):
        return image[y - radius : y + radius + 1, x - radius : x + radius + 1].astype(np.float64)

    def line(y, x):
        i, p = window(guide, y, x), window(plane, y, x)
        slope = ((i * p).mean() - i.mean() * p.mean()) / (i.var() + epsilon)
        return slope, p.mean() - slope * i.mean()

    y, x = 4, 5
    lines = [line(y + dy, x + dx) for dy in range(-2, 3) for dx in range(-2, 3)]
    slope, offset = np.mean(lines, axis=0)
    assert guided(guide, plane, radius, epsilon)[y, x] == pytest.approx(slope * guide[y, x] + offset, abs=1e-5)
