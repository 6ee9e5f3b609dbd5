"""Tone curves: the tables against the formulas, the formulas against published values and each other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddsr_bench.degrade import response as module
from ddsr_bench.degrade.response import RESPONSES, decode, encode, lookup, to_encoded, to_linear
from ddsr_bench.errors import DdsrError

GREY = 1 / 255


def test_srgb_values_of_the_standard():
    # IEC 61966-2-1: mid grey 128 is 21.6 % light, the pieces meet at 0.04045, and the ends stay.
    assert decode(np.array([0, 128 / 255, 1]), "srgb") == pytest.approx([0, 0.215861, 1], abs=1e-6)
    assert decode(np.array([0.04045, 0.0404501]), "srgb") == pytest.approx([0.0031308] * 2, abs=1e-6)


def test_camera_curve_by_hand():
    # y = 1/2 is the fixed point of 3y^2 - 2y^3; its light is 2^-2.2.
    assert encode(np.array([0.5**2.2]), "camera") == pytest.approx([0.5])
    slopes = np.diff(encode(np.linspace(0, 1, 1001) ** 2.2, "camera"))
    assert slopes.argmax() in (499, 500)
    assert slopes[[0, -1]].max() < 0.01 * slopes.max()


@pytest.mark.parametrize("response", RESPONSES)
def test_formulas_are_inverse_and_rising(response):
    values = np.linspace(0, 1, 2001)
    assert encode(decode(values, response), response) == pytest.approx(values, abs=1e-6)
    assert (np.diff(decode(values, response)) > 0).all()


@pytest.mark.parametrize("response", RESPONSES)
def test_bytes_decode_exactly_and_survive_a_round_trip(response):
    frame = np.random.default_rng(1).integers(0, 256, (16, 18, 3), dtype=np.uint8)
    light = to_linear(frame, response)
    assert light.shape == (3, 16, 18)
    assert light.dtype == np.float32
    exact = decode(frame.transpose(2, 0, 1) / 255, response)
    assert np.abs(light - exact).max() < 1e-7
    assert np.abs(to_encoded(light, response) - frame.transpose(2, 0, 1) / 255).max() < 0.02 * GREY


@pytest.mark.parametrize("response", RESPONSES)
@pytest.mark.parametrize("wide", [True, False])
def test_tables_are_within_a_fraction_of_a_grey_level(response, wide, monkeypatch):
    if not wide:
        monkeypatch.setattr(module, "_wide_lut", lambda: False)
    # Densest near black, where the curves are steepest.
    light = (np.linspace(0, 1, 30000) ** 4).astype(np.float32).reshape(3, 100, 100)
    assert np.abs(to_encoded(light, response) - encode(light, response)).max() < 0.02 * GREY
    encoded = np.linspace(0, 1, 30000, dtype=np.float32).reshape(3, 100, 100)
    again = encode(to_linear(encoded, response), response)
    assert np.abs(again - encoded).max() < 0.02 * GREY


def test_both_lookups_agree():
    indices = np.random.default_rng(2).integers(0, 65536, (3, 7, 11)).astype(np.uint16)
    table = np.linspace(-1, 1, 65536, dtype=np.float32)
    assert np.array_equal(lookup(indices, table), table[indices])


@settings(max_examples=30, deadline=None)
@given(value=st.floats(-4, 4), response=st.sampled_from(RESPONSES))
def test_values_outside_are_clipped(value, response):
    frame = np.full((3, 2, 2), value, np.float32)
    limit = np.clip(frame, 0, 1)
    assert np.array_equal(to_linear(frame, response), to_linear(limit, response))
    assert np.array_equal(to_encoded(frame, response), to_encoded(limit, response))


@pytest.mark.parametrize("function", [decode, encode, to_linear, to_encoded])
def test_unknown_response_is_named(function):
    with pytest.raises(DdsrError, match=r"^response 'log': unknown; allowed: srgb, gamma22, camera$"):
        function(np.zeros((3, 2, 2), np.float32), "log")
