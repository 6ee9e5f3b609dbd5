"""The sensor stage: what it keeps, what it adds, and whose the noise is."""

from fractions import Fraction

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from ddsr_bench.degrade.frames import to_float
from ddsr_bench.degrade.response import decode
from ddsr_bench.degrade.stage import StageContext
from ddsr_bench.degrade.stages.sensor import Params, apply


def _context(seed=1, key="0"):
    return StageContext(seed=seed, key=key, fps=Fraction(25), frames=8, lr_size=(16, 16), scale=4)


def _run(frames, context=None, **params):
    return list(apply(iter(frames), Params(**params), context or _context()))


def _grey(level, height=64, width=64, count=1):
    return [np.full((height, width, 3), level, np.uint8)] * count


def _smooth(height=48, width=64):
    noise = np.random.default_rng(2).random((height, width, 3), dtype=np.float32)
    blurred = cv2.GaussianBlur(noise, (0, 0), 8)
    return np.uint8(np.clip((blurred - 0.5) * 900 + 128, 0, 250))


QUIET = {"electrons": 1e6, "read_noise": 0.0, "bits": 16}


@pytest.mark.parametrize(("height", "width"), [(9, 13), (8, 8), (17, 10), (3, 5)])
@pytest.mark.parametrize("factor", [1, 2, 4])
def test_sizes_and_frame_count(height, width, factor):
    frames = [np.zeros((height, width, 3), np.uint8), np.zeros((3, height, width), np.float32)]
    for result in _run(frames, bin=factor):
        assert result.shape == (3, max(height // factor, 1), max(width // factor, 1))
        assert result.dtype == np.float32
    assert len(_run(frames, bin=factor)) == 2


@pytest.mark.parametrize("ccm", ["none", "a7r", "em10", "rx100m4"])
@pytest.mark.parametrize("pattern", ["RGGB", "BGGR", "GRBG", "GBRG"])
def test_without_noise_a_smooth_picture_comes_back(ccm, pattern):
    frame = _smooth()
    result = _run([frame], pattern=pattern, ccm=ccm, **QUIET)[0]
    difference = np.abs(result - to_float(frame))[:, 4:-4, 4:-4]
    assert difference.mean() < 0.5 / 255
    assert difference.max() < 4 / 255  # what a million electrons leave of shot noise, and the ends of ramps


@pytest.mark.parametrize("factor", [2, 4])
def test_binning_keeps_the_brightness(factor):
    for mode in ("sum", "average"):
        result = _run(_grey(120), bin=factor, bin_mode=mode, **QUIET)[0]
        assert result.mean(axis=(1, 2)) == pytest.approx([120 / 255] * 3, abs=0.2 / 255)


def _noise(level=120, **params):
    """Standard deviation of linear green in the interior of a flat patch, as a share of white."""
    values = {"ccm": "none", "demosaic": "bilinear", "response": "gamma22", "bits": 16, **params}
    result = _run(_grey(level, 256, 256), **values)[0][1].astype(np.float64)
    green = decode(result, "gamma22")[4:-4, 4:-4]
    return green[::2, 1::2].std()  # where RGGB measures green itself


def test_noise_of_measured_green_is_the_sensors():
    light = float(decode(np.array(120 / 255), "gamma22"))
    expected = np.sqrt(light / 2000 + (5 / 2000) ** 2)
    assert _noise(electrons=2000.0, read_noise=5.0) == pytest.approx(expected, rel=0.03)


def test_short_exposures_are_noisy():
    ratio = _noise(read_noise=0.0, exposure=0.25) / _noise(read_noise=0.0)
    assert ratio == pytest.approx(2, rel=0.04)


@pytest.mark.parametrize("factor", [2, 4])
def test_binning_collects_light_and_sum_reads_less(factor):
    alone = _noise(read_noise=0.0)
    for mode in ("sum", "average"):
        binned = _noise(read_noise=0.0, bin=factor, bin_mode=mode)
        assert binned == pytest.approx(alone / factor, rel=0.06)
    read = {"electrons": 4000.0, "read_noise": 100.0, "bin": factor, "level": 60}
    assert _noise(**read, bin_mode="average") / _noise(**read, bin_mode="sum") > 0.8 * factor


def test_shadows_are_noisier_than_lights_after_the_tone_curve():
    dark, light = (_run(_grey(level), electrons=1000.0)[0].std() for level in (30, 200))
    assert dark > 1.5 * light


def test_clipped_white_stays_white_and_quiet():
    assert _run(_grey(255), electrons=200.0, read_noise=10.0)[0].min() > 0.999


def test_noise_is_blotchy_and_strongest_in_red_and_blue():
    noise = _run(_grey(110, 128, 128), electrons=500.0, ccm="em10")[0][:, 4:-4, 4:-4]
    red, green, blue = (plane - plane.mean() for plane in noise)
    beside = (red[:, 1:] * red[:, :-1]).mean() / red.var()
    assert beside > 0.2
    assert red.std() > green.std() < blue.std()


def test_fixed_pattern_stays_and_the_rest_does_not():
    quiet = {"electrons": 2000.0, "read_noise": 8.0, "ccm": "none", "demosaic": "bilinear"}
    frames = np.stack(_run(_grey(128, count=24), dark_fixed=2.0, **quiet))[:, 1]
    without = np.stack(_run(_grey(128, count=24), **quiet))[:, 1]
    assert frames.mean(axis=0).std() > 3 * without.mean(axis=0).std()
    assert frames.std(axis=0).mean() == pytest.approx(without.std(axis=0).mean(), rel=0.02)


def test_noise_is_addressed_by_seed_key_and_frame():
    first = _run(_grey(90, count=3))
    assert all((a == b).all() for a, b in zip(first, _run(_grey(90, count=3)), strict=True))
    assert (first[0] != first[1]).any()
    # Frame 2 alone depends on its index only, not on what went before.
    changed = _run([*_grey(10, count=2), *_grey(90)])
    assert (changed[2] == first[2]).all()
    for other in (_context(seed=2), _context(key="1")):
        assert (_run(_grey(90), other)[0] != first[0]).any()


def test_tracks_move_over_the_clip():
    frames = _run(_grey(128, count=3), electrons=(8000.0, 2000.0, 500.0), read_noise=0.0)
    deviations = [frame.std() for frame in frames]
    assert deviations[1] / deviations[0] == pytest.approx(2, rel=0.1)
    assert deviations[2] / deviations[1] == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize("wrong", [{"bin": 3}, {"electrons": 0.0}, {"exposure": 2.0}, {"bits": 4}, {"iso": 1}])
def test_wrong_values_are_refused(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        Params(**wrong)
