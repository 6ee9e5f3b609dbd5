"""Motion between pictures whose motion is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from motion_patterns import shifted, texture

from ddsr_bench.degrade.flow import fill, grey, measure, structured
from ddsr_bench.degrade.frames import to_float


@pytest.mark.parametrize(("x", "y"), [(0, 0), (5, 0), (-3, 4), (11, -6)])
def test_translation_is_found(x, y):
    wide, size = texture(280, 400, 1), (200, 320)
    motion = measure(shifted(wide, 0, 0, size), shifted(wide, x, y, size), size)
    start = motion.paths.start == 0
    pixels = motion.paths.velocity * motion.cell
    assert np.median(pixels[start], axis=0) == pytest.approx([x, y], abs=0.15)
    assert np.median(pixels[~start], axis=0) == pytest.approx([x, y], abs=0.15)
    assert motion.speed == pytest.approx(np.hypot(x, y), abs=1.0)
    assert not motion.cut


def test_speed_is_in_pixels_of_the_frame():
    wide, size = texture(280, 400, 1), (200, 320)
    a, b = shifted(wide, 0, 0, size), shifted(wide, 6, 0, size)
    assert measure(a, b, (800, 1280)).speed == pytest.approx(4 * measure(a, b, size).speed)


def test_pictures_of_two_shots_are_a_cut():
    assert measure(texture(200, 320, 1), texture(200, 320, 2), (200, 320)).cut


def test_a_clean_edge_is_followed():
    # Nothing varies along the edge, so that the search alone finds no motion at all.
    pictures = [np.where(np.arange(256) < 100 + 9 * t, 200, 40).astype(np.uint8) for t in (0, 1)]
    a, b = (np.tile(row, (144, 1)) for row in pictures)
    paths = (motion := measure(a, b, (144, 256))).paths
    near = (paths.start == 0) & (np.abs(paths.x * motion.cell[0] - 100) < 4)
    assert np.median(paths.velocity[near, 0] * motion.cell[0]) == pytest.approx(9, abs=1.5)


def test_covered_cells_give_to_one_frame_only():
    back, front = texture(200, 320, 3), texture(80, 80, 4)
    a, b = back.copy(), back.copy()
    a[60:140, 100:180], b[60:140, 116:196] = front, front
    paths = (motion := measure(a, b, (200, 320))).paths
    x, y = paths.x * motion.cell[0], paths.row * motion.cell[1]
    uncovered = (paths.start == 1) & (x > 104) & (x < 112) & (y > 66) & (y < 134)
    assert (paths.share[uncovered] == 1).mean() > 0.8
    middle = (x > 130) & (x < 170) & (y > 70) & (y < 130)
    assert (paths.share[middle] == -1).mean() > 0.9


@pytest.mark.parametrize("size", [(1, 1), (2, 40), (15, 17), (90, 3)])
def test_tiny_pictures_are_measured(size):
    picture = texture(*size, 5)
    motion = measure(picture, picture, size)
    assert motion.shape == size
    assert motion.speed == 0


def test_grey_of_both_forms_and_its_size():
    frame = np.random.default_rng(6).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    assert np.abs(grey(frame).astype(int) - grey(to_float(frame))).max() <= 1
    assert grey(np.zeros((300, 1024, 3), np.uint8)).shape == (150, 512)


def test_structure_is_where_grey_levels_differ():
    picture = np.full((9, 9), 50, np.uint8)
    picture[:, 5:] = 60
    assert np.array_equal(structured(picture)[0], [False] * 4 + [True] * 2 + [False] * 3)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 99), share=st.floats(0.02, 1))
def test_fill_keeps_the_known_and_stays_inside_its_range(seed, share):
    rng = np.random.default_rng(seed)
    flow = rng.uniform(-5, 5, (12, 17, 2)).astype(np.float32)
    known = rng.uniform(size=(12, 17)) < share
    known[3, 4] = True
    result = fill(flow, known)
    assert np.array_equal(result[known], flow[known])
    assert (result >= flow[known].min(axis=0) - 1e-4).all()
    assert (result <= flow[known].max(axis=0) + 1e-4).all()
