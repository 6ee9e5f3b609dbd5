"""Every kind of scene: form, range, determinism, errors."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import cv2
import numpy as np
import pytest

from ddsr_bench.data.scenes import make_scene, scene_kinds
from ddsr_bench.errors import DdsrError

SIZE = {"width": 96, "height": 64}
KINDS = scene_kinds()


def test_kinds_are_the_ten_and_sorted():
    assert scene_kinds() == [
        "dead_leaves", "foliage", "gratings", "night", "people", "photo", "plane", "sprites", "text", "water",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_render_gives_linear_float_frames_with_contrast(kind):
    scene = make_scene(kind, seed=1, **SIZE)
    assert (scene.kind, scene.seed, scene.width, scene.height) == (kind, 1, 96, 64)
    for time in (0.0, 0.5, 77.7):
        frame = scene.render(time)
        assert frame.shape == (64, 96, 3)
        assert frame.dtype == np.float32
        assert np.isfinite(frame).all()
        assert frame.min() >= 0
        assert frame.max() <= 1
        assert frame.std() > 0.05


@pytest.mark.parametrize("kind", KINDS)
def test_two_scenes_agree_whatever_the_order_of_calls(kind):
    times = [0.0, 0.31, 2.0]
    first, second = (make_scene(kind, seed=5, **SIZE) for _ in range(2))
    forward = [first.render(t) for t in times]
    backward = [second.render(t) for t in reversed(times)][::-1]
    for one, other in zip(forward, backward, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("kind", KINDS)
def test_seeds_differ(kind):
    frames = [make_scene(kind, seed=seed, **SIZE).render(0.0) for seed in (0, 2)]
    assert np.abs(frames[0] - frames[1]).mean() > 0.002


@pytest.mark.parametrize("kind", KINDS)
def test_threads_do_not_change_a_byte(kind):
    before = cv2.getNumThreads()
    try:
        frames = []
        for threads in (1, 2):
            cv2.setNumThreads(threads)
            frames.append(make_scene(kind, seed=3, **SIZE).render(0.4))
    finally:
        cv2.setNumThreads(before)
    np.testing.assert_array_equal(frames[0], frames[1])


SCRIPT = """
import hashlib
from ddsr_bench.data.scenes import make_scene, scene_kinds
digest = hashlib.sha256()
for kind in scene_kinds():
    digest.update(make_scene(kind, seed=9, width=64, height=48).render(0.7).tobytes())
print(digest.hexdigest())
"""


def test_another_process_makes_the_same_bytes():
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    digest = hashlib.sha256()
    for kind in KINDS:
        digest.update(make_scene(kind, seed=9, width=64, height=48).render(0.7).tobytes())
    assert run.stdout.strip() == digest.hexdigest()


@pytest.mark.parametrize("kind", KINDS)
def test_time_is_continuous(kind):
    """A thousandth of a frame changes little, and a tenth of that a tenth as much or so."""
    scene = make_scene(kind, seed=4, **SIZE)
    for time in (0.2, 1.37):
        here = scene.render(time)
        step, small = (np.abs(scene.render(time + d / 24) - here).mean() for d in (1e-2, 1e-3))
        assert step < 0.02
        assert small < 0.25 * step


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(16, 16), (33, 21), (40, 72)])
def test_odd_and_small_sizes_work(kind, size):
    frame = make_scene(kind, seed=0, width=size[0], height=size[1]).render(0.1)
    assert frame.shape == (size[1], size[0], 3)
    assert np.isfinite(frame).all()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_black_at_the_borders_in_a_long_clip(kind):
    scene = make_scene(kind, seed=6, **SIZE)
    for time in np.linspace(0, 30, 7):
        frame = scene.render(float(time))
        rims = frame[0], frame[-1], frame[:, 0], frame[:, -1]
        assert all((rim.max(axis=-1) > 1e-4).mean() > 0.9 for rim in rims)


def test_errors_say_what_and_what_to_do():
    with pytest.raises(DdsrError, match=r"scene kind 'leafs': unknown; choose one of dead_leaves, foliage, gratings"):
        make_scene("leafs", seed=0)
    with pytest.raises(DdsrError, match=r"scene 'plane': seed -1 is negative; use 0 or more"):
        make_scene("plane", seed=-1)
    with pytest.raises(DdsrError, match=r"scene 'text': size 8x360 is out of range; use 16 to 4096 pixels a side"):
        make_scene("text", seed=0, width=8)
