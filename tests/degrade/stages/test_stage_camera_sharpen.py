"""Camera sharpening: the rims of an edge by formula, and what must not change."""

from fractions import Fraction
from math import erf, sqrt

import numpy as np
import pytest

from ddsr_bench.degrade.luma import luma
from ddsr_bench.degrade.stage import StageContext
from ddsr_bench.degrade.stages.camera_sharpen import Params, apply

CONTEXT = StageContext(seed=1, key="0", fps=Fraction(25), frames=1, lr_size=(16, 16), scale=4)


def _run(frames, **params):
    return list(apply(iter(frames), Params(**params), CONTEXT))


def _edge():
    return np.broadcast_to(np.where(np.arange(64) < 32, 0.3, 0.7).astype(np.float32), (3, 16, 64)).copy()


@pytest.mark.parametrize("amount", [0.5, 2.0])
@pytest.mark.parametrize("radius", [1.0, 2.5])
def test_overshoot_of_an_edge(amount, radius):
    # Next to a step of 0.4 the Gaussian blur is off by 0.4 Q(1/2 px / sigma); so much comes on top, times amount.
    result = _run([_edge()], amount=amount, radius=radius)[0][1, 8]
    share = 0.5 - erf(0.5 / radius / sqrt(2)) / 2
    assert result[32] - 0.7 == pytest.approx(amount * 0.4 * share, rel=0.04)
    assert 0.3 - result[31] == pytest.approx(amount * 0.4 * share, rel=0.04)
    assert result[[4, 60]] == pytest.approx([0.3, 0.7], abs=1e-6)


def test_colour_differences_are_kept():
    frame = np.random.default_rng(0).random((3, 20, 24), dtype=np.float32)
    result = _run([frame], amount=1.5)[0]
    assert result[0] - result[1] == pytest.approx(frame[0] - frame[1], abs=1e-5)
    assert luma(result).std() > 1.5 * luma(frame).std()


def test_threshold_spares_faint_detail():
    faint = _edge()
    faint[:, :, 32:] = 0.3 + 4 / 255
    assert _run([faint], amount=3.0, threshold=2.5)[0] == pytest.approx(faint, abs=1e-6)
    strong, cored = (_run([_edge()], threshold=t)[0][0, 8, 32] for t in (0.0, 5.0))
    assert strong - cored == pytest.approx(5 / 255, abs=1e-5)


def test_amount_follows_its_track_and_zero_changes_nothing():
    first, second, third = _run([_edge()] * 3, amount=(0.0, 1.0, 2.0))
    assert (first == _edge()).all()
    assert third - first == pytest.approx(2 * (second - first), abs=1e-6)


def test_bytes_are_taken_too():
    frame = np.full((7, 5, 3), 128, np.uint8)
    assert _run([frame], amount=3.0)[0] == pytest.approx(np.full((3, 7, 5), 128 / 255), abs=1e-6)
