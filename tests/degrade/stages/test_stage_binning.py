"""The binning stage: sizes, brightness, where things lie, and the artefacts it is for."""

from fractions import Fraction

import numpy as np
import pytest

from ddsr_bench.degrade.raw import PATTERNS, centre_shift
from ddsr_bench.degrade.response import decode
from ddsr_bench.degrade.stage import StageContext
from ddsr_bench.degrade.stages.binning import Params, apply

CONTEXT = StageContext(seed=1, key="0", fps=Fraction(25), frames=1, lr_size=(16, 16), scale=4)


def _run(*frames, **params):
    return list(apply(iter(frames), Params(**params), CONTEXT))


@pytest.mark.parametrize(("height", "width"), [(8, 12), (9, 13), (10, 14), (1, 3), (31, 17)])
@pytest.mark.parametrize("factor", [2, 4])
def test_sizes_are_rounded_down_in_both_forms(height, width, factor):
    frame = np.full((height, width, 3), 77, np.uint8)
    planar = np.full((3, height, width), 77 / 255, np.float32)
    for result in _run(frame, planar, factor=factor):
        assert result.shape == (3, max(height // factor, 1), max(width // factor, 1))
        assert result == pytest.approx(np.full_like(result, 77 / 255), abs=0.1 / 255)


def test_a_small_picture_by_hand():
    # Linear light n / 100 in pixel n of a grey 4x4 picture: bins .05, .06, .09, .10; gamma 2.2.
    light = np.arange(16, dtype=np.float64).reshape(4, 4) / 100
    planes = np.repeat((light ** (1 / 2.2))[None], 3, axis=0).astype(np.float32)
    result = decode(_run(planes, response="gamma22", demosaic="bilinear")[0], "gamma22")
    red, green, blue = result
    assert [red[0, 0], green[0, 1], green[1, 0], blue[1, 1]] == pytest.approx([0.05, 0.06, 0.09, 0.10], rel=1e-3)
    # Mirrored borders leave one red and one blue sample: flat planes. Green at a corner is the mean of its two.
    assert red == pytest.approx(np.full((2, 2), 0.05), rel=1e-3)
    assert blue == pytest.approx(np.full((2, 2), 0.10), rel=1e-3)
    assert green[[0, 1], [0, 1]] == pytest.approx([0.075, 0.075], rel=1e-3)


@pytest.mark.parametrize("factor", [2, 4])
def test_sum_is_brighter_clips_and_can_be_brought_back(factor):
    for light in (0.004, 0.02, 0.2, 0.5):
        planes = np.full((3, 16, 16), light ** (1 / 2.2), np.float32)
        common = {"factor": factor, "response": "gamma22"}
        summed = decode(_run(planes, mode="sum", **common)[0], "gamma22")
        assert summed == pytest.approx(np.full_like(summed, min(light * factor**2, 1)), rel=2e-3)
        average = _run(planes, mode="average", **common)[0]
        again = _run(planes, mode="sum", gain=1 / factor**2, **common)[0]
        assert again == pytest.approx(average, abs=1e-4)


def _blob(size=96, sigma=10.0):
    """A grey Gaussian in linear light, off the grid; its centre in pixels, and the encoded frame."""
    centre = np.array([46.3, 49.1])
    y, x = np.mgrid[:size, :size]
    light = 0.8 * np.exp(-((y - centre[0]) ** 2 + (x - centre[1]) ** 2) / (2 * sigma**2))
    return centre, np.repeat((light ** (1 / 2.2))[None], 3, axis=0).astype(np.float32)


def _centroid(plane):
    y, x = np.mgrid[: plane.shape[0], : plane.shape[1]]
    return np.array([(plane * y).sum(), (plane * x).sum()]) / plane.sum()


@pytest.mark.parametrize("method", ["bilinear", "malvar"])
@pytest.mark.parametrize("factor", [2, 4])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_picture_stays_where_it_was(pattern, factor, method):
    """Green lies where an area average puts it; red and blue lean by the shift of their place, no further."""
    centre, frame = _blob()
    result = _run(frame, factor=factor, pattern=pattern, demosaic=method, response="gamma22")[0]
    light = decode(result, "gamma22")
    expected = (centre - (factor - 1) / 2) / factor
    assert _centroid(light[1]) == pytest.approx(expected, abs=0.01)
    places = {PATTERNS[pattern][row][column]: (row, column) for row in (0, 1) for column in (0, 1)}
    for colour in (0, 2):
        # A sample that shows what lies further down puts it further up in the picture.
        shift = [-centre_shift(factor, place) for place in places[colour]]
        assert _centroid(light[colour]) == pytest.approx(expected + shift, abs=0.05)
    luma = np.tensordot([0.299, 0.587, 0.114], light, axes=1)
    assert _centroid(luma) == pytest.approx(expected, abs=0.09)


def test_edges_become_jagged_and_coloured():
    x = np.arange(64)
    edge = np.where(x[None, :] + x[:, None] // 3 < 40, 40, 210).astype(np.uint8)
    result = _run(np.repeat(edge[:, :, None], 3, axis=2))[0][:, 2:-2, 2:-2]
    assert np.abs(result[0] - result[2]).max() > 0.2
    flat = _run(np.full((64, 64, 3), 40, np.uint8))[0]
    assert np.abs(flat[0] - flat[2]).max() < 1e-4
