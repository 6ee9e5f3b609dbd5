"""Which frames are looked at, and where in them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddsr_bench.quality.fast_vqa.fragments import GRID, PATCH, SIDE, draw_cut
from ddsr_bench.quality.fast_vqa.stretches import COUNT, INTERVAL, LENGTH, SPAN, Stretches


def coordinates(height, width):
    """A frame whose pixels tell their row and column."""
    rows, columns = np.indices((height, width))
    return np.stack([rows % 256, columns % 256, rows // 256 * 16 + columns // 256], -1).astype(np.uint8)


@given(st.integers(224, 1300), st.integers(224, 2000), st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_patches_lie_in_their_cells_and_are_native_pixels(height, width, first):
    cut = draw_cut(height, width, first)
    assert cut.size == (height, width)
    for i, j in np.ndindex(GRID, GRID):
        for start, length, place in ((cut.top[i, j], height, i), (cut.left[i, j], width, j)):
            cell = length // GRID
            assert min(cell * place, length - PATCH) <= start <= length - PATCH
            assert start <= cell * place + max(0, cell - PATCH)
    frame = coordinates(height, width)
    out = cut.fragments(frame)
    i, j = first % GRID, first // GRID % GRID
    patch = out[i * PATCH : (i + 1) * PATCH, j * PATCH : (j + 1) * PATCH]
    assert np.array_equal(patch, frame[cut.top[i, j] :, cut.left[i, j] :][:PATCH, :PATCH])


def test_the_smallest_grid_is_the_frame_itself():
    frame = coordinates(SIDE, SIDE)
    assert np.array_equal(draw_cut(SIDE, SIDE, 5).fragments(frame), frame)


def test_places_differ_between_stretches_and_patches_not_between_runs():
    one, again, other = (draw_cut(720, 1280, first) for first in (0, 0, 64))
    assert np.array_equal(one.top, again.top)
    assert np.array_equal(one.left, again.left)
    assert not np.array_equal(one.top, other.top)
    # Drawn anew for every patch, not once for a row of them.
    assert len(set(one.top[0])) > 1
    assert len(set(one.left[:, 0])) > 1


@pytest.mark.parametrize(("height", "width", "size"), [(120, 160, (224, 299)), (400, 90, (996, 224)), (223, 900, None)])
def test_small_frames_are_enlarged_whole(height, width, size):
    cut = draw_cut(height, width, 0)
    assert cut.size == (size or (224, 904))
    frame = np.zeros((height, width, 3), np.uint8)
    frame[-1:], frame[:, -1:] = 200, 200
    out = cut.fragments(frame)
    assert out.shape == (SIDE, SIDE, 3)
    # The published grid would never reach the right and bottom.
    assert cut.top.max() + PATCH > 0.9 * cut.size[0]
    assert cut.left.max() + PATCH > 0.9 * cut.size[1]


def stretches(count, shape=(224, 224)):
    """Stretches of a clip whose frames tell their number."""
    taken = Stretches()
    for number in range(count):
        taken.add(np.full((*shape, 3), number % 251, np.uint8))
    return taken


def numbers(stretch):
    return stretch.clip()[:, 0, 0, 0].tolist()


@pytest.mark.parametrize("count", [63, 64, 100, 175, 300, 623, 900])
def test_four_stretches_of_every_other_frame_spread_over_the_clip(count):
    chosen = stretches(count).chosen()
    firsts = [one.first for one in chosen]
    assert firsts[0] == 0
    assert len(firsts) == min(COUNT, 1 + (count - SPAN) // 16)
    assert firsts == sorted(set(firsts))
    # Nothing at the end goes unseen for long, and gaps are even within a step.
    assert count - (firsts[-1] + SPAN) < max(16, count / 4)
    gaps = np.diff(firsts)
    assert not len(gaps) or gaps.max() <= 2 * gaps.min()
    for one in chosen:
        assert numbers(one) == [(one.first + INTERVAL * index) % 251 for index in range(LENGTH)]


@pytest.mark.parametrize("count", [1, 2, 9, 33, 62])
def test_a_short_clip_begins_again(count):
    (only,) = stretches(count).chosen()
    assert numbers(only) == [INTERVAL * index % count for index in range(LENGTH)]


def test_memory_is_flat():
    def held(count):
        taken = stretches(count)
        return sum(picture.nbytes for one in [*taken._whole, *taken._open] for picture in one.pictures)

    most = (2 * COUNT - 1) * LENGTH + 4 * SPAN
    assert max(held(count) for count in (130, 500)) <= most * SIDE * SIDE * 3
