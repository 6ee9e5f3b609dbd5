"""Cuts are found where scenes change, and only there."""

import time

import cv2
import numpy as np
import pytest

from ddsr_bench.video import read_frames
from ddsr_bench.vsr.shots import Cuts, glimpse, histogram_distance, shots, structure_distance


def scene(seed, width=800, height=180):
    """A picture with large and small things in it, wider than a frame."""
    rng = np.random.default_rng(seed)
    base = rng.uniform(0, 255, (height, width, 3)).astype(np.float32)
    base = sum(cv2.normalize(cv2.GaussianBlur(base, (0, 0), s), None, -1, 1, cv2.NORM_MINMAX) for s in (3, 12, 40))
    colour = rng.uniform(60, 190, 3)
    return np.clip(colour + 60 * (base - base.mean()), 0, 255).astype(np.uint8)


def pan(seed, count, speed=3.0, width=320):
    wide = scene(seed, width + int(abs(speed) * count) + 1)
    starts = [int(speed * t) for t in range(count)]
    return [np.ascontiguousarray(wide[:, start : start + width]) for start in starts]


def found(frames, **options):
    return [index for index, (_, cut) in enumerate(Cuts(**options).split(iter(frames))) if cut]


def test_a_cut_between_scenes_is_found():
    for seed in range(12):
        frames = pan(seed, 12) + pan(seed + 100, 9) + pan(seed + 200, 10)
        assert found(frames) == [0, 12, 21], seed


@pytest.mark.parametrize("speed", [0.0, 2.0, 12.0, 30.0, 60.0, 90.0])
def test_pans_of_any_speed_are_no_cuts(speed):
    assert found(pan(3, 24, speed)) == [0]


def test_flashes_are_no_cuts():
    frames = pan(5, 30)
    for first, length in ((6, 1), (14, 2), (22, 3)):
        for index in range(first, first + length):
            frames[index] = np.clip(frames[index].astype(int) * 2 + 120, 0, 255).astype(np.uint8)
    assert found(frames) == [0]
    frames[10] = np.full_like(frames[10], 255)
    assert found(frames) == [0]


def test_fades_noise_and_a_passing_object_are_no_cuts():
    base = pan(7, 30)
    fade = [np.rint(frame * (1 - index / 30)).astype(np.uint8) for index, frame in enumerate(base)]
    assert found(fade) == [0]
    rng = np.random.default_rng(0)
    noisy = [np.clip(frame + rng.normal(0, 25, frame.shape), 0, 255).astype(np.uint8) for frame in base]
    assert found(noisy) == [0]
    passing = [frame.copy() for frame in base]
    for index, frame in enumerate(passing):
        frame[:, max(0, index * 16 - 90) : index * 16] = (20, 25, 30)
    assert found(passing) == [0]


def test_a_zoom_is_no_cut():
    wide = scene(9, 640, 360)
    frames = []
    for t in range(20):
        h, w = int(360 / 1.05**t), int(640 / 1.05**t)
        top, left = (360 - h) // 2, (640 - w) // 2
        frames.append(cv2.resize(wide[top : top + h, left : left + w], (320, 180), interpolation=cv2.INTER_AREA))
    assert found(frames) == [0]


def test_shots_hold_all_frames_in_order():
    frames = pan(1, 7) + pan(31, 5) + pan(61, 1)
    parts = [list(shot) for shot in shots(iter(frames))]
    assert [len(part) for part in parts] == [7, 5, 1]
    assert all(a is b for a, b in zip((f for part in parts for f in part), frames, strict=True))
    assert list(shots(iter([]))) == []


def test_no_shot_is_shorter_than_a_method_needs():
    frames = pan(1, 3) + pan(31, 12) + pan(61, 4)
    assert [len(list(shot)) for shot in shots(iter(frames))] == [3, 12, 4]
    assert [len(list(shot)) for shot in shots(iter(frames), shortest=5)] == [19]
    assert [len(list(shot)) for shot in shots(iter(frames), shortest=4)] == [15, 4]


def test_frames_stream():
    taken = []

    def counted():
        for index, frame in enumerate(pan(2, 40)):
            taken.append(index)
            yield frame

    first = next(shots(counted()))
    next(first)
    assert len(taken) <= 6


def test_distances_by_hand():
    black, white = (np.full((36, 64, 3), level, np.uint8) for level in (0, 255))
    assert structure_distance(glimpse(black), glimpse(black)) == 0
    assert structure_distance(glimpse(black), glimpse(white)) == 1
    assert histogram_distance(glimpse(black), glimpse(white)) == pytest.approx(1)
    moved = pan(4, 2, 10)
    assert structure_distance(*map(glimpse, moved)) < 0.1


def test_small_odd_frames_and_the_cost():
    tiny = [np.full((1, 3, 3), index, np.uint8) for index in range(9)]
    assert len(list(Cuts().split(iter(tiny)))) == 9
    frames = pan(2, 30)
    began = time.process_time()
    list(Cuts().split(iter(frames)))
    assert (time.process_time() - began) / 30 < 0.02


def test_the_cuts_of_a_real_clip(shared):
    clip = read_frames(shared / "clips" / "bikes.mp4", threads=1)
    assert found(clip)[:4] == [0, 30, 76, 137]
