"""Drift of exposure, white balance and contrast: values by hand, and both forms of a frame alike."""

from fractions import Fraction

import numpy as np
import pytest

from ddsr_bench.degrade.response import RESPONSES, decode, encode
from ddsr_bench.degrade.stage import StageContext
from ddsr_bench.degrade.stages.tone_drift import Params, apply

CONTEXT = StageContext(seed=1, key="0", fps=Fraction(25), frames=1, lr_size=(16, 16), scale=4)


def _run(frames, **params):
    return list(apply(iter(frames), Params(**params), CONTEXT))


def _grey(level):
    return np.full((4, 5, 3), level, np.uint8)


def test_a_stop_by_hand():
    # sRGB 128 is 0.215861 of white; twice that is 0.431721, encoded 0.687998; half of it 0.107930, encoded 0.362972.
    up, down = _run([_grey(128)] * 2, gain_ev=(1.0, -1.0))
    assert up == pytest.approx(np.full((3, 4, 5), 1.055 * 0.431721 ** (1 / 2.4) - 0.055), abs=2e-4)
    assert down == pytest.approx(np.full((3, 4, 5), 1.055 * 0.107930 ** (1 / 2.4) - 0.055), abs=2e-4)


@pytest.mark.parametrize("response", RESPONSES)
def test_both_forms_agree_with_the_formula(response):
    frame = np.random.default_rng(0).integers(0, 256, (12, 14, 3)).astype(np.uint8)
    planar = np.moveaxis(frame, 2, 0).astype(np.float32) / 255
    values = {"gain_ev": -0.4, "red": 1.2, "blue": 0.8, "fade": 0.1, "response": response}
    gains = 2**-0.4 * np.array([1.2, 1, 0.8])[:, None, None]
    expected = encode(np.minimum((decode(planar, response) * gains + 0.1) / 1.1, 1), response)
    for result in _run([frame, planar], **values):
        assert result.dtype == np.float32
        assert result == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize("response", RESPONSES)
def test_neutral_values_change_nothing(response):
    frame = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    result = _run([frame], response=response)[0]
    assert result == pytest.approx(np.moveaxis(frame, 2, 0) / 255, abs=2e-4)


def test_white_is_clipped_and_black_lifted():
    bright = _run([_grey(250)], gain_ev=2.0)[0]
    assert (bright == 1).all()
    black, white = _run([_grey(0), _grey(255)], fade=0.25, response="gamma22")
    assert black == pytest.approx(np.full((3, 4, 5), 0.2 ** (1 / 2.2)), abs=2e-4)
    assert white == pytest.approx(np.ones((3, 4, 5)), abs=1e-4)


def test_the_input_is_not_changed():
    frame = np.full((3, 4, 4), 0.5, np.float32)
    _run([frame], gain_ev=1.0)
    assert (frame == 0.5).all()
