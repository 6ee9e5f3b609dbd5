"""Uniform motion blur against the ramp that it must make of an edge."""

import math
from fractions import Fraction

import numpy as np
import pytest

from ddsr_bench.degrade.frames import to_float
from ddsr_bench.degrade.response import decode, encode
from ddsr_bench.degrade.stage import StageContext
from ddsr_bench.degrade.stages.linear_motion import Params, apply

CONTEXT = StageContext(seed=1, key="0", fps=Fraction(25), frames=3, lr_size=(8, 16), scale=4)


def _edge():
    row = np.where(np.arange(96) < 48, 200, 20).astype(np.uint8)
    return np.repeat(np.tile(row, (64, 1))[..., None], 3, axis=2)


def _run(frame, **params):
    return next(apply(iter([frame]), Params(**params), CONTEXT))


@pytest.mark.parametrize("response", ["srgb", "camera"])
@pytest.mark.parametrize("length", [6, 15.5, 30])
def test_an_edge_becomes_a_ramp_in_linear_light(length, response):
    low, high = (decode(np.float64(value / 255), response) for value in (20, 200))
    found = decode(_run(_edge(), length=length, response=response)[1].clip(0, 1), response)
    share = np.clip((48 - np.arange(96) - 0.5) / length + 0.5, 0, 1)
    inner = slice(16, -16)
    assert np.abs(found - (low + (high - low) * share))[:, inner].max() < 0.04 * (high - low)


def test_encoded_blur_would_be_darker():
    middle = _run(_edge(), length=20)[0, 32, 48]
    expected = encode(decode(np.array([20, 200]) / 255, "srgb").mean(), "srgb")
    assert middle == pytest.approx(expected, abs=0.02)
    assert middle > 110 / 255 + 0.1


def test_motion_along_the_edge_changes_nothing():
    assert _run(_edge(), length=20, angle=math.pi / 2)[0] == pytest.approx(
        _edge()[..., 0] / np.float32(255), abs=0.6 / 255
    )


def test_values_a_frame_and_no_motion():
    frames = [_edge()] * 3
    out = list(apply(iter(frames), Params(length=(0.0, 8.0), angle=(0.0, 0.3)), CONTEXT))
    assert np.array_equal(out[0], to_float(_edge()))
    assert np.array_equal(out[1], out[2])
    assert not np.array_equal(out[0], out[1])
