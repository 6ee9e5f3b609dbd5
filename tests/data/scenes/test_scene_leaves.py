"""Dead leaves: the law of radii, the spectrum of natural images, seamless tiles."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from ddsr_bench.data.scenes import make_scene
from ddsr_bench.data.scenes.colour import encode
from ddsr_bench.data.scenes.leaves import draw_leaves, draw_radii, paint_labels, shade
from ddsr_bench.data.scenes.noise import dapple, fractal
from ddsr_bench.seeding import generator


def spectral_slope(grey, low, high):
    """Slope of log power against log frequency, radially averaged under a Hann window, cycles a pixel."""
    height, width = grey.shape
    window = np.outer(np.hanning(height), np.hanning(width))
    power = np.abs(np.fft.fft2((grey - grey.mean()) * window)) ** 2
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    edges = np.geomspace(low, high, 16)
    rings = [(radius >= a) & (radius < b) for a, b in pairwise(edges)]
    middle = np.sqrt(edges[:-1] * edges[1:])
    return np.polyfit(np.log(middle), np.log([power[ring].mean() for ring in rings]), 1)[0]


def test_slope_meter_knows_a_known_field():
    field = fractal(generator("field"), 256, 256, slope=1.0, smallest=0.01)
    assert spectral_slope(field, 0.03, 0.4) == pytest.approx(-2, abs=0.15)


@pytest.mark.parametrize("seed", [0, 3])
def test_power_falls_as_in_natural_images(seed):
    frame = make_scene("dead_leaves", seed=seed, width=320, height=256).render(0.0)
    slope = spectral_slope(encode(frame).mean(-1) / 255.0, 0.02, 0.35)
    assert -2.6 <= slope <= -1.4


def test_radii_follow_the_inverse_cube():
    """P(R > r) = (r^-2 - b^-2) / (a^-2 - b^-2) for density r^-3 on [a, b]."""
    radii = draw_radii(generator("radii"), 20_000, 2.0, 100.0)
    assert radii.min() >= 2.0
    assert radii.max() <= 100.0
    for r in (2.5, 4.0, 8.0, 20.0):
        expected = (r**-2 - 100**-2) / (2**-2 - 100**-2)
        assert (radii > r).mean() == pytest.approx(expected, abs=0.01)


def test_coverage_is_what_it_says():
    """n leaves of total area c tiles at random leave a share exp(-c) bare (a Boolean model)."""
    leaves = draw_leaves(generator("cover"), (512, 512), smallest=4, largest=20, coverage=0.7)
    bare = (paint_labels(leaves) == 0).mean()
    assert bare == pytest.approx(np.exp(-0.7), abs=0.06)


def test_later_leaves_lie_on_earlier_ones():
    leaves = draw_leaves(generator("order"), (128, 96), smallest=6, largest=30, coverage=3)
    labels = paint_labels(leaves)
    top = leaves.radius.size
    x, y = np.rint(leaves.centre[top - 1]).astype(int)
    assert labels[y % 96, x % 128] == top


def seam_rank(picture, axis):
    """Share of the steps inside the tile, line by line, that are smaller than the step over its seam."""
    rows = np.moveaxis(picture.reshape(*picture.shape[:2], -1), axis, 0)
    steps = np.abs(np.diff(rows, axis=0)).mean(axis=(1, 2))
    return (steps < np.abs(rows[0] - rows[-1]).mean()).mean()


@pytest.mark.parametrize("axis", [0, 1])
def test_tiles_have_no_seam(axis):
    rng = generator("seam")
    leaves = draw_leaves(rng, (560, 528), smallest=3, largest=40, coverage=4)
    picture = shade(rng, leaves, paint_labels(leaves))
    assert seam_rank(picture, axis) < 1
    assert seam_rank(picture[5:-5, 5:-5], axis) == 1  # a cut tile does have one
    for field in (dapple(rng, 192, 256), fractal(rng, 192, 256)):
        assert seam_rank(field, axis) < 1
        assert seam_rank(field[20:-20, 20:-20], axis) == 1


def test_leaves_are_lit_within_range_of_positive_light():
    rng = generator("light")
    leaves = draw_leaves(rng, (128, 128), smallest=3, largest=40, coverage=4)
    light = shade(rng, leaves, paint_labels(leaves))
    assert light.dtype == np.float32
    assert light.min() > 0
