"""The exposure stage against moving patterns whose blur is known."""

import hashlib
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from ddsr_bench.degrade.frames import to_float
from ddsr_bench.degrade.recipe import ClipInfo, Recipe, RecipeStage
from ddsr_bench.degrade.response import decode, encode
from ddsr_bench.degrade.sampling import check_length
from ddsr_bench.degrade.stage import StageContext
from ddsr_bench.degrade.stages.exposure import Params, apply, minimum_frames
from ddsr_bench.errors import DdsrError

CONTEXT = StageContext(seed=1, key="0", fps=Fraction(25), frames=7, lr_size=(24, 64), scale=4)
DARK, BRIGHT = 0.05, 0.8


def _run(frames, **params):
    return list(apply(iter(frames), Params(**params), CONTEXT))


def edge(position, height=96, width=256):
    """Bright to the left of ``position``, antialiased in linear light."""
    cover = np.clip(position - np.arange(width), 0, 1)
    row = np.rint(255 * encode(DARK + (BRIGHT - DARK) * cover, "srgb")).astype(np.uint8)
    return np.repeat(np.tile(row, (height, 1))[..., None], 3, axis=2)


def profile(frame):
    """Share of the bright side in each column."""
    return (decode(frame.clip(0, 1), "srgb")[0].mean(axis=0) - DARK) / (BRIGHT - DARK)


def ramp(centre, length, width=256):
    return np.clip((centre + length / 2 - np.arange(width) - 0.5) / length, 0, 1)


@pytest.mark.parametrize("speed", [8, 12, 20])
@pytest.mark.parametrize("exposure", [0.5, 1.0, 2.0])
def test_a_moving_edge_becomes_a_ramp_in_linear_light(speed, exposure):
    frames = [edge(100 + speed * t) for t in range(5)]
    found = profile(_run(frames, exposure=exposure)[2])
    assert np.abs(found - ramp(100 + 2 * speed, speed * exposure)).max() < 0.09
    assert found.sum() == pytest.approx(100 + 2 * speed, abs=0.5)
    assert np.diff(found).max() < 0.01  # falling throughout: no second edge


def test_plain_averaging_of_a_fast_clip_is_the_same_ramp():
    found = profile(_run([edge(100 + t) for t in range(15)], exposure=7, interpolation="none")[7])
    assert np.abs(found - ramp(107, 7)).max() < 0.02


def test_plain_averaging_ghosts_where_flow_does_not():
    frames = [edge(100 + 12 * t) for t in range(5)]
    ghost = -np.diff(profile(_run(frames, exposure=3, interpolation="none")[2]))
    smooth = -np.diff(profile(_run(frames, exposure=3)[2]))
    assert (ghost > 0.3).sum() == 3  # three copies of the edge, each a third of its height
    assert smooth.max() < 0.1


def test_still_clip_stays():
    frame = np.random.default_rng(3).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    for exposure in (0.5, 3.0):
        for out in _run([frame] * 5, exposure=exposure):
            assert np.abs(out * 255 - frame.transpose(2, 0, 1)).max() < 1
    assert np.array_equal(_run([frame] * 5, exposure=0.5)[2], to_float(frame))


def test_rolling_shutter_leans_a_moving_bar_and_keeps_the_middle():
    def bar(x):
        frame = np.full((128, 256, 3), 40, np.uint8)
        frame[:, x : x + 30] = 200
        frame[::16, x : x + 30] = 90  # rungs, so that the bar can be followed
        return frame

    out = _run([bar(60 + 10 * t) for t in range(5)], exposure=0.05, readout=0.8)[2][1]
    rows = np.arange(128) % 16 > 4
    weight = decode(out.clip(0, 1), "srgb") - decode(np.float64(40 / 255), "srgb")
    centre = (weight * (np.arange(256) + 0.5)).sum(axis=1) / weight.sum(axis=1)
    slope, start = np.polyfit(np.arange(128)[rows] + 0.5, centre[rows], 1)
    assert slope * 128 == pytest.approx(8, abs=1)
    assert slope * 64 + start == pytest.approx(95, abs=0.6)


def test_light_is_neither_lost_nor_made():
    rng = np.random.default_rng(4)
    wide = np.kron(rng.integers(30, 220, (24, 60)), np.ones((8, 8))).astype(np.uint8)
    frames = [np.repeat(wide[:128, 40 + 6 * t : 296 + 6 * t, None], 3, axis=2) for t in range(5)]
    before = decode(frames[2][:, 16:-16] / 255, "srgb").mean()
    after = decode(_run(frames, exposure=1.0)[2][:, :, 16:-16].clip(0, 1), "srgb").mean()
    assert after == pytest.approx(before, rel=0.01)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("params", [{"exposure": 0.4}, {"exposure": 6.0, "readout": 1.0}, {"exposure": (0.2, 5.0)}])
def test_as_many_frames_as_came(count, params):
    frames = [edge(20 + 5 * t, 20, 50) for t in range(count)]
    for interpolation in ("flow", "none"):
        out = _run(frames, interpolation=interpolation, **params)
        assert [frame.shape for frame in out] == [(3, 20, 50)] * count
        assert all(frame.dtype == np.float32 for frame in out)


def test_reads_no_further_ahead_than_it_must():
    taken = []

    def source():
        for t in range(100):
            taken.append(t)
            yield edge(20 + t, 20, 50)

    stream = apply(source(), Params(exposure=3.0), CONTEXT)
    next(stream)
    assert taken == [0, 1, 2]
    next(stream)
    stream.close()
    assert taken == [0, 1, 2, 3]


def test_a_cut_does_not_bleed():
    rng = np.random.default_rng(5)
    shots = [np.kron(rng.integers(0, 256, (12, 20, 3)), np.ones((8, 8, 1))).astype(np.uint8) for _ in range(2)]
    out = _run([shots[0]] * 3 + [shots[1]] * 3, exposure=2.0)
    for index, frame in enumerate(out):
        assert np.abs(frame * 255 - shots[index // 3].transpose(2, 0, 1)).max() < 1


def test_float_frames_are_taken():
    frames = [edge(100 + 8 * t) for t in range(3)]
    planar = [(frame.transpose(2, 0, 1) / 255).astype(np.float32) for frame in frames]
    difference = np.abs(_run(frames, exposure=1.0)[1] - _run(planar, exposure=1.0)[1])
    assert difference.max() < 0.02


def test_minimum_frames_and_the_error_text():
    assert minimum_frames(Params(exposure=0.5)) == 2
    assert [minimum_frames(Params(exposure=e, interpolation="none")) for e in (1, 2, 3, 4.9)] == [1, 3, 3, 5]
    stage = RecipeStage(kind="exposure", key="0", params={"exposure": 5.0, "interpolation": "none"})
    clip = ClipInfo(id="a.mp4", width=64, height=64, frames=2)
    recipe = Recipe(preset="ddsr", clip=clip, scale=4, seed=0, stages=(stage,))
    with pytest.raises(DdsrError, match=r"^a.mp4: 2 frames, but preset 'ddsr' needs 5 for its exposure stage;"):
        check_length(recipe)


_SCRIPT = """
import hashlib, sys
from fractions import Fraction
import cv2, numpy as np
cv2.setNumThreads(1)
from ddsr_bench.degrade.stage import StageContext
from ddsr_bench.degrade.stages.exposure import Params, apply
wide = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 256, (200, 500, 3), dtype=np.uint8), (0, 0), 2)
frames = [np.ascontiguousarray(wide[:, 9 * t : 9 * t + 400]) for t in range(4)]
context = StageContext(seed=1, key="0", fps=Fraction(25), frames=4, lr_size=(50, 100), scale=4)
digest = hashlib.sha256()
for frame in apply(iter(frames), Params(exposure=1.2, readout=0.3), context):
    digest.update(frame.tobytes())
sys.stdout.write(digest.hexdigest())
"""


def test_processes_agree_to_the_byte():
    runs = {
        subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(runs) == 1
    assert len(runs.pop()) == len(hashlib.sha256().hexdigest())
