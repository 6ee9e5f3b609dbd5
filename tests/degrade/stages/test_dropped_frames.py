"""Dropped and late frames: which source frame is shown, checked by rule and by count."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddsr_bench.degrade.stage import StageContext
from ddsr_bench.degrade.stages.dropped_frames import Params, apply, shown

MODES = ("freeze", "late")


def _context(frames=40, seed=3):
    return StageContext(seed=seed, key="2", fps=Fraction(25), frames=frames, lr_size=(4, 4), scale=4)


def _shown(count, seed=3, **params):
    return list(itertools.islice(shown(Params(**params), _context(seed=seed)), count))


class _Stuck(StageContext):
    """Draws that get exactly the frames 2, 3 and 7 stuck, where a loss begins below 1/18 and ends below 1/2."""

    def noise(self, frame, *what):
        value = {2: 0.05, 3: 0.9, 7: 0.0}.get(frame, 0.49)
        return type("Draws", (), {"random": lambda self: value})()


def test_indices_by_hand():
    context = _Stuck(seed=1, key="0", fps=Fraction(25), frames=12, lr_size=(4, 4), scale=4)
    freeze = itertools.islice(shown(Params(rate=0.1, burst=2), context), 12)
    assert list(freeze) == [0, 1, 1, 1, 4, 5, 6, 6, 8, 9, 10, 11]
    late = itertools.islice(shown(Params(rate=0.1, burst=2, mode="late"), context), 12)
    # Two frames behind after 2 and 3, then two steps at a time until in time again.
    assert list(late) == [0, 1, 1, 1, 3, 5, 6, 6, 8, 9, 10, 11]


@given(st.floats(0, 0.5), st.floats(1, 20), st.sampled_from(MODES), st.integers(0, 99))
def test_time_never_runs_back_nor_ahead(rate, burst, mode, seed):
    indices = _shown(60, seed, rate=rate, burst=burst, mode=mode)
    assert indices[0] == 0
    steps = np.diff(indices)
    assert (steps >= 0).all()
    assert all(index <= frame for frame, index in enumerate(indices))
    if mode == "freeze":
        assert all(index in (frame, indices[frame - 1]) for frame, index in enumerate(indices) if frame)
    else:
        assert steps.max() <= 2
        assert max(frame - index for frame, index in enumerate(indices)) <= 15


@pytest.mark.parametrize(("rate", "burst"), [(0.1, 1), (0.3, 5)])
def test_share_of_frozen_frames_is_the_rate(rate, burst):
    steps = np.diff(_shown(8000, rate=rate, burst=burst))
    assert np.mean(steps == 0) == pytest.approx(rate, rel=0.12)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("count", [1, 2, 3, 30])
def test_frames_shown_are_those_of_the_list(mode, count):
    frames = [np.full((2, 3, 3), index, np.uint8) for index in range(count)]
    params = {"rate": 0.4, "burst": 2, "mode": mode}
    result = list(apply(iter(frames), Params(**params), _context()))
    assert [int(image[0, 0, 0]) for image in result] == _shown(count, **params)
    assert not any(np.shares_memory(one, two) for one, two in itertools.pairwise(result))


def test_no_rate_changes_nothing():
    frames = [np.full((3, 2, 2), index / 9, np.float32) for index in range(9)]
    result = list(apply(iter(frames), Params(rate=0), _context()))
    assert all(one is two for one, two in zip(result, frames, strict=True))


def test_seeds_differ_and_repeat():
    params = {"rate": 0.3, "burst": 2}
    assert _shown(100, 1, **params) == _shown(100, 1, **params) != _shown(100, 2, **params)


@pytest.mark.parametrize("mode", MODES)
def test_memory_is_bounded(mode):
    """Each frame is freed once nothing can show it any more."""
    alive, most = set(), 0

    class Frame(np.ndarray):
        def __del__(self):
            alive.discard(id(self))

    def source():
        for index in range(400):
            frame = np.full((1, 1, 3), index % 256, np.uint8).view(Frame)
            alive.add(id(frame))
            yield frame

    for _ in apply(source(), Params(rate=0.5, burst=20, mode=mode), _context(400)):
        most = max(most, len(alive))
    assert most <= 19
