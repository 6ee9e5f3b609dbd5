"""Measures of neighbouring frames: second implementations, closed forms, batches, odd clips."""

import cv2
import numpy as np
import pytest
from scipy import ndimage

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality import flow as motion
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metrics import ewarp, flicker, siti, tof

METRICS = {module.METRIC.name: module.METRIC for module in (siti, flicker, ewarp, tof)}
SPAN = {"siti": 2, "flicker": 3, "ewarp": 2, "tof": 2}


def run(name, clip, reference=None, batch=100):
    """All values of a clip; a measure without reference is handed none."""
    metric, values = METRICS[name], []
    scorer = metric.start()
    for first in range(0, len(clip), batch):
        other = None if metric.reference == "NR" else Frames(reference[first : first + batch], first)
        values.append(scorer.add(Frames(clip[first : first + batch], first), other))
    return np.concatenate([*values, scorer.finish()])


def texture(height, width, seed=0):
    noise = np.random.default_rng(seed).uniform(0, 255, (height, width, 3)).astype(np.float32)
    return np.clip((cv2.GaussianBlur(noise, (0, 0), 3) - 127) * 6 + 127, 0, 255).astype(np.uint8)


def panning(frames=4, step=3, height=96, width=128):
    """A texture that moves left by ``step`` pixels a frame."""
    wide = texture(height, width + 40)
    return np.stack([wide[:, t * step : t * step + width] for t in range(frames)])


def test_siti_is_the_recommendations_formula():
    """P.910's formulas by SciPy's Sobel operator, in float64."""
    frames = panning()
    luma = Frames(frames).plane("luma").astype(np.float64)
    values = run("siti", frames)
    assert values.shape == (3, 2)
    for (si, ti), before, plane in zip(values, luma[:-1], luma[1:], strict=True):
        size = np.hypot(ndimage.sobel(plane, axis=0), ndimage.sobel(plane, axis=1))[1:-1, 1:-1]
        assert si == pytest.approx(size.std(), rel=1e-5)
        assert ti == pytest.approx((plane - before).std(), rel=1e-5)
    assert np.allclose(siti.spatial_information(luma)[1:], values[:, 0], rtol=1e-5)
    assert np.allclose(siti.temporal_information(luma), values[:, 1], rtol=1e-5)


def test_si_of_a_step_by_hand():
    """A vertical step of h in w columns: two columns of gradient 4 h among w - 2."""
    plane = np.zeros((1, 20, 12), np.float32)
    plane[..., 6:] = 10
    share = 2 / 10
    assert siti.spatial_information(plane)[0] == pytest.approx(40 * np.sqrt(share * (1 - share)), rel=1e-6)


def brightness(levels, height=48, width=64):
    return np.stack([np.full((height, width, 3), level, np.uint8) for level in levels])


def test_flicker_is_the_height_of_the_swing():
    unit = (65.481 + 128.553 + 24.966) / 255
    assert run("flicker", brightness([100, 110, 100, 110])) == pytest.approx([10 * unit] * 2, rel=5e-5)
    assert run("flicker", brightness([100, 110, 104])) == pytest.approx([6 * unit], rel=5e-5)
    assert run("flicker", brightness([100, 110, 120, 125, 125, 60])) == pytest.approx([0] * 4, abs=1e-6)


def test_flicker_is_local():
    """A quarter of the picture swings against another quarter: the mean brightness never changes."""
    clip = brightness([100] * 3)
    clip[1, :16, :32] += 20
    clip[1, 16:32, :32] -= 20
    swing = 20 * (65.481 + 128.553 + 24.966) / 255 / 3
    assert run("flicker", clip) == pytest.approx([swing], rel=5e-5)


def test_flow_finds_a_pan_and_what_it_uncovers():
    before, after = motion.greys(Frames(panning(2)))
    there, back = motion.flow(before, after), motion.flow(after, before)
    assert there.shape == (96, 128, 2)
    assert np.median(there[..., 0]) == pytest.approx(-3, abs=0.2)
    assert np.median(there[..., 1]) == pytest.approx(0, abs=0.1)
    seen = motion.trusted(there, back)
    assert seen[8:-8, 8:-8].mean() > 0.97
    assert not seen[:, :2].any()  # gone out of the picture


def test_warp_error_takes_motion_out_and_leaves_change():
    moving, static = panning(), np.stack([panning(1)[0]] * 4)
    assert run("ewarp", static).max() == 0
    raw = np.square((moving[1:].astype(float) - moving[:-1]) / 255).mean()
    assert run("ewarp", moving).max() < 0.05 * raw
    noise = np.random.default_rng(0).normal(0, 8, moving.shape)
    shaken = np.clip(moving + noise, 0, 255).astype(np.uint8)
    # Two frames' noise, of variance 8^2 each, less what bilinear reading takes away.
    assert 0.3 < run("ewarp", shaken).mean() / (2 * 64 / 255**2) < 1.2


def test_warp_error_of_a_known_brightening():
    """A static picture that brightens by 5 levels, within what flow can follow."""
    frame = np.clip(texture(64, 64), 10, 240)
    clip = np.stack([frame, frame + 5])
    assert run("ewarp", clip)[0] == pytest.approx((5 / 255) ** 2, rel=0.35)


def test_tof_is_the_difference_of_motion():
    moving, static = panning(), np.stack([panning(1)[0]] * 4)
    assert run("tof", moving, moving).max() == 0
    assert np.median(run("tof", moving, static)) == pytest.approx(3, abs=0.3)
    assert np.median(run("tof", panning(step=5), moving)) == pytest.approx(2, abs=0.3)


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("batch", [1, 2, 3])
def test_batches_do_not_matter(name, batch):
    clip = np.concatenate([panning(3), panning(4, step=1)])
    reference = panning(7, step=2)
    whole = run(name, clip, reference)
    assert len(whole) == len(clip) - SPAN[name] + 1
    assert np.array_equal(run(name, clip, reference, batch), whole)


@pytest.mark.parametrize("name", METRICS)
def test_what_is_kept_is_not_the_callers_memory(name):
    clip, reference = panning(4), panning(4, step=2)
    expected = run(name, clip, reference)
    scorer, values = METRICS[name].start(), []
    for start in range(4):
        frames, sharp = Frames(clip[start : start + 1].copy()), Frames(reference[start : start + 1].copy())
        values.append(scorer.add(frames, sharp))
        frames.rgb[:], sharp.rgb[:] = 0, 0
    assert np.array_equal(np.concatenate(values), expected)


@pytest.mark.parametrize("name", METRICS)
def test_threads_do_not_matter(name):
    clip, reference = panning(4), panning(4, step=2)
    expected, threads = run(name, clip, reference), cv2.getNumThreads()
    try:
        cv2.setNumThreads(4)
        assert np.array_equal(run(name, clip, reference), expected)
    finally:
        cv2.setNumThreads(threads)


@pytest.mark.parametrize("name", METRICS)
def test_a_clip_without_neighbours_is_told(name):
    short = panning(SPAN[name] - 1)
    message = f"^{name}: compares {SPAN[name]} neighbouring frames, the clip has {len(short)}; give a longer clip or"
    with pytest.raises(DdsrError, match=message):
        run(name, short, short)


@pytest.mark.parametrize("size", [(1, 1), (2, 50), (8, 8), (17, 31)])
@pytest.mark.parametrize("name", METRICS)
def test_degenerate_clips_have_scores_or_one_clear_error(name, size):
    height, width = size
    checker = np.indices((height, width)).sum(axis=0)[..., None] % 2
    frames = [np.full((height, width, 3), level, np.uint8) for level in (0, 255, 128, 128)]
    frames += [np.repeat((checker + turn) % 2 * 255, 3, axis=2).astype(np.uint8) for turn in (0, 1)]
    clip = np.stack(frames)
    if min(size) < METRICS[name].smallest[0]:
        with pytest.raises(DdsrError, match=f"^{name}: frames are {width}x{height}, it needs 3x3; leave {name} out"):
            run(name, clip, clip)
        return
    values = run(name, clip, clip[::-1])
    assert np.isfinite(values).all()
    assert (values >= 0).all()


def test_samples_that_are_no_numbers_are_told():
    planes = np.zeros((3, 20, 20), np.float32)
    planes[1, 4, 4] = np.nan
    for measure in (siti.spatial_information, siti.temporal_information, flicker.flicker):
        with pytest.raises(DdsrError, match=r"^\w+: frames hold NaN or infinite samples; repair them or leave"):
            measure(planes)


def test_tof_needs_a_reference():
    with pytest.raises(DdsrError, match=r"^tof: needs the sharp clip to compare with"):
        METRICS["tof"].start().add(Frames(panning(2)), None)
