"""The eleven classical methods: in phase, of the same colour, deterministic, of any size, each as it is named."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import moving_scene

from ddsr_bench.degrade.resample import weights
from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.classical import CONDITIONS
from ddsr_bench.vsr.classical.methods import windows
from ddsr_bench.vsr.classical.motion import Motion, dense_flow
from ddsr_bench.vsr.classical.pixels import noise_level
from ddsr_bench.vsr.classical.resize import enlarge, shrink
from ddsr_bench.vsr.method import Settings


def run(name, frames, scale=2, **options):
    method = get_method(name).start(Settings(scale=scale, options=options))
    return np.stack(list(method(iter(list(frames)))))


def sharp(frames=6, width=128, height=96, seed=3):
    """A textured scene with structure down to a few pixels."""
    return moving_scene(frames, width, height, speed=1.5, seed=seed)


def smaller(clip, scale):
    """What a camera of less resolution sees: areas."""
    size = clip.shape[2] // scale, clip.shape[1] // scale
    return np.stack([cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in clip])


def psnr(a, b, border=8):
    inner = (slice(None), slice(border, -border), slice(border, -border))
    return 10 * np.log10(255**2 / np.mean((a[inner].astype(float) - b[inner]) ** 2))


@pytest.mark.parametrize("name", CONDITIONS)
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_shapes_and_constant_pictures(name, scale):
    frames = np.full((3, 20, 26, 3), (200, 90, 31), np.uint8)
    made = run(name, frames, scale)
    assert made.shape == (3, 20 * scale, 26 * scale, 3)
    assert made.dtype == np.uint8
    np.testing.assert_array_equal(made, np.broadcast_to(frames[0, 0, 0], made.shape))


@pytest.mark.parametrize("name", CONDITIONS)
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 5), (16, 3)])
def test_any_size_and_a_single_frame(name, size):
    frame = np.random.default_rng(0).integers(0, 255, (*size, 3)).astype(np.uint8)
    assert run(name, [frame], 2).shape == (1, 2 * size[0], 2 * size[1], 3)


@pytest.mark.parametrize("name", CONDITIONS)
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_pictures_lie_on_the_half_pixel_grid(name, scale):
    """The centroid of a spot in the middle stays in the middle, within .05 LR pixels."""
    y, x = np.mgrid[0:33, 0:33].astype(float)
    spot = 40 + 180 * np.exp(-((x - 16.3) ** 2 + (y - 15.8) ** 2) / (2 * 2.5**2))
    made = run(name, [np.repeat(spot[..., None], 3, 2).astype(np.uint8)] * 3, scale)[1, ..., 1].astype(float) - 40
    rows, columns = (np.arange(33 * scale) + 0.5) / scale - 0.5, (np.arange(33 * scale) + 0.5) / scale - 0.5
    made = np.clip(made, 8, None) - 8
    assert abs((made.sum(0) * columns).sum() / made.sum() - 16.3) < 0.05
    assert abs((made.sum(1) * rows).sum() / made.sum() - 15.8) < 0.05


@pytest.mark.parametrize("name", CONDITIONS)
def test_colours_stay(name):
    low = smaller(sharp(), 2)
    made = run(name, low)
    assert np.abs(made.mean(axis=(0, 1, 2)) - low.mean(axis=(0, 1, 2))).max() < 1


SCRIPT = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from test_classical import run, smaller, sharp
from ddsr_bench.vsr.classical import CONDITIONS
for name in CONDITIONS:
    print(hashlib.sha256(run(name, smaller(sharp(), 2)).tobytes()).hexdigest())
"""


def test_another_process_with_other_threads_makes_the_same_bytes():
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    try:
        here = [hashlib.sha256(run(name, smaller(sharp(), 2)).tobytes()).hexdigest() for name in CONDITIONS]
        assert cv2.getNumThreads() == 2
    finally:
        cv2.setNumThreads(before)
    folder = __file__.rpartition("/")[0]
    there = subprocess.run(
        [sys.executable, "-c", SCRIPT, folder], capture_output=True, text=True, check=True, cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(folder).parent)},
    )  # fmt: skip
    assert there.stdout.split() == here


def test_bicubic_is_matlabs():
    """Against the weights that were checked with MATLAB's own in the generator's tests."""
    frame = np.random.default_rng(1).integers(0, 255, (12, 17, 3)).astype(np.uint8)
    for scale in (2, 3, 4):
        expected = frame.astype(float)
        for axis in (0, 1):
            index, weight = weights("matlab_bicubic", expected.shape[axis], expected.shape[axis] * scale)
            taken = np.take(expected, index, axis)
            shape = [1] * taken.ndim
            shape[axis : axis + 2] = weight.shape
            expected = (taken * weight.reshape(shape)).sum(axis + 1)
        made = run("bicubic", [frame], scale)[0]
        assert np.abs(made - np.clip(expected, 0, 255)).max() < 0.51


def test_shrinking_undoes_enlarging_where_nothing_is_fine():
    y, x = np.mgrid[0:24, 0:30].astype(np.float32)
    smooth = 100 + 2 * x - 3 * y
    for scale in (2, 3, 4):
        back = shrink(enlarge(smooth, scale), scale, 0.4 * scale)
        np.testing.assert_allclose(back[4:-4, 4:-4], smooth[4:-4, 4:-4], atol=0.02)


def test_better_methods_are_better_on_clean_pictures():
    """A camera with some blur, which back-projection, Wiener's filter and BTV take off again; aliasing, for fusion."""
    clip = sharp()
    blurred = np.stack([np.rint(shrink(frame.astype(np.float32), 2, 1.0)).astype(np.uint8) for frame in clip])
    made = {name: psnr(run(name, blurred), clip) for name in CONDITIONS}
    assert made["nearest"] < made["bicubic"]
    for name in ("back-projection", "wiener", "bicubic-unsharp", "btv"):
        assert made[name] > made["bicubic"] + 0.3, name
    aliased = {name: psnr(run(name, smaller(clip, 2)), clip) for name in ("bilinear", "bicubic", "flow-fusion")}
    assert aliased["bilinear"] < aliased["bicubic"] < aliased["flow-fusion"]


def test_fusion_averages_noise_away_and_unsharp_makes_it_worse():
    rng = np.random.default_rng(0)
    still = np.repeat(sharp(1, 96, 80), 5, axis=0)
    noisy = np.clip(still + rng.normal(0, 12, still.shape), 0, 255).astype(np.uint8)

    def left(name):
        return np.std(run(name, noisy)[2].astype(float) - run(name, still)[2])

    base = left("bicubic")
    assert left("flow-fusion") < 0.8 * base
    assert left("btv") < 0.7 * base
    assert left("bicubic-unsharp") > 1.15 * base


def test_non_local_means_clears_a_plain_picture_and_leaves_a_clean_one():
    rng = np.random.default_rng(0)
    plain = np.full((1, 60, 80, 3), 120, np.uint8)
    plain[:, 20:40, 30:60] = 180
    noisy = np.clip(plain + rng.normal(0, 10, plain.shape), 0, 255).astype(np.uint8)
    flat = (0, slice(4, 30), slice(4, 50), 1)
    assert run("nlm-lanczos", noisy)[flat].std() < 0.35 * run("lanczos", noisy)[flat].std()
    assert np.abs(run("nlm-lanczos", plain).astype(int) - run("lanczos", plain)).max() <= 1


def test_a_cut_does_not_bleed_into_fusion():
    frames = [*sharp(2, 64, 48, seed=1), *sharp(2, 64, 48, seed=9)]
    alone = run("flow-fusion", frames[:2])
    np.testing.assert_allclose(run("flow-fusion", frames)[1].astype(int).mean(), alone[1].astype(int).mean(), atol=1.5)


def test_edges_along_the_diagonal_have_fewer_stairs():
    y, x = np.mgrid[0:256, 0:256]
    high = np.where(x * 0.6 + y > 200, 220, 40).astype(np.uint8)
    high = np.repeat(cv2.GaussianBlur(high, (0, 0), 1)[None, ..., None], 3, axis=3)
    low = smaller(high, 4)
    assert psnr(run("steering-kernel", low, 4), high, 16) > psnr(run("bicubic", low, 4), high, 16) + 0.3


def test_noise_is_measured():
    rng = np.random.default_rng(0)
    flat = np.full((200, 200), 128, np.float32)
    assert noise_level(flat) == 0
    for sigma in (2, 8, 20):
        noisy = flat + rng.normal(0, sigma, flat.shape).astype(np.float32)
        assert noise_level(noisy) == pytest.approx(sigma, rel=0.05)


def test_motion_is_found_and_distrusted_where_it_cannot_be():
    clip = sharp(2, 128, 96)
    flow = Motion().flow(clip[0], clip[1])
    inner = flow.vectors[20:-20, 20:-20]
    np.testing.assert_allclose(np.median(inner[..., 0]), -1.5, atol=0.1)
    assert np.median(flow.trust[20:-20, 20:-20]) > 0.8
    other = np.random.default_rng(0).integers(0, 255, clip[0].shape).astype(np.uint8)
    assert Motion().flow(clip[0], other).trust.mean() < 0.5
    assert dense_flow(np.zeros((5, 7), np.uint8), np.zeros((5, 7), np.uint8)).shape == (5, 7, 2)


def test_windows_hold_two_frames_on_each_side_where_there_are():
    seen = [(list(window), middle) for window, middle in windows(iter(range(5)), 2)]
    assert seen == [
        ([0, 1, 2], 0), ([0, 1, 2, 3], 1), ([0, 1, 2, 3, 4], 2), ([1, 2, 3, 4], 2), ([2, 3, 4], 2),
    ]  # fmt: skip
    assert list(windows(iter(range(1)), 2)) == [([0], 0)]
    assert list(windows(iter([]), 2)) == []
    for count in range(1, 9):
        assert [window[middle] for window, middle in windows(iter(range(count)), 2)] == list(range(count))


def test_options_are_checked():
    with pytest.raises(DdsrError, match="method 'wiener': has no option 'strength'; it knows sigma"):
        get_method("wiener").start(Settings(options={"strength": 1.0}))
    with pytest.raises(DdsrError, match=r"method 'wiener': option sigma is 9; give 0\.1 to 2"):
        get_method("wiener").start(Settings(options={"sigma": 9.0}))
    with pytest.raises(DdsrError, match="method 'wiener': has no x5; it makes x4, x2, x3"):
        get_method("wiener").start(Settings(scale=5))
    frame = sharp(1)
    assert not np.array_equal(run("bicubic-unsharp", frame, amount=0.0), run("bicubic-unsharp", frame))
    np.testing.assert_array_equal(run("bicubic-unsharp", frame, amount=0.0), run("bicubic", frame))
