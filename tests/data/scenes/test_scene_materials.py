"""Materials: range, seams, and the colours that they are made of."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddsr_bench.data.scenes.colour import draw_colours, encode, hsv, to_linear
from ddsr_bench.data.scenes.materials import draw_material, lit, material_names
from ddsr_bench.seeding import generator

unit_floats = st.floats(0, 1)


@pytest.mark.parametrize("name", material_names())
def test_material_is_a_seamless_picture_in_range(name):
    picture = draw_material(name, generator("material", name), 320, 192, 1.0)
    assert picture.shape == (192, 320, 3)
    assert picture.min() >= 0
    assert picture.max() <= 1
    assert picture.std() > 0.03
    for axis in (0, 1):
        steps = np.abs(np.diff(picture, axis=axis)).mean(axis=(1 - axis, 2))
        seam = np.abs(np.take(picture, 0, axis) - np.take(picture, -1, axis)).mean()
        assert seam <= 1.2 * steps.max()


@pytest.mark.parametrize("name", material_names())
def test_material_is_seeded(name):
    one, same, other = (draw_material(name, generator(name, n), 64, 48, 1.0) for n in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).mean() > 0.01


def test_slopes_facing_the_upper_left_are_lit():
    """Height rises to the lower right by 0.2 a step each way, so light is 1 + 0.5 * 0.4 inside."""
    y, x = np.mgrid[0:8, 0:8]
    light = lit((0.2 * (x + y)).astype(np.float32), 0.5)
    np.testing.assert_allclose(light[2:6, 2:6], 1.2, atol=1e-6)


@given(unit_floats, unit_floats, unit_floats)
def test_hsv_is_colorsys(hue, saturation, value):
    ours = hsv(np.array([hue]), np.array([saturation]), np.array([value]))[0]
    np.testing.assert_allclose(ours, colorsys.hsv_to_rgb(hue, saturation, value), atol=1e-9)


def test_every_grey_level_survives_decoding_and_encoding():
    levels = np.arange(256)
    np.testing.assert_array_equal(encode(to_linear(levels / 255)), levels)


def test_encoding_is_the_formula_to_a_fiftieth_of_a_level():
    light = np.linspace(0, 1, 4001).astype(np.float32)
    exact = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light.astype(float) ** (1 / 2.4) - 0.055) * 255
    assert np.abs(encode(light) - exact).max() < 0.55
    np.testing.assert_array_equal(encode(np.array([-0.5, 1.5], np.float32)), [0, 255])


def test_palettes_are_muted_and_varied():
    colours = draw_colours(generator("palette"), 2000)
    assert colours.min() >= 0
    assert colours.max() <= 1
    value = colours.max(axis=1)
    assert np.quantile(value, 0.05) < 0.1
    assert np.quantile(value, 0.95) > 0.6
