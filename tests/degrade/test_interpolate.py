"""Pictures between frames, and the bookkeeping of tiles."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from motion_patterns import shifted, texture

from ddsr_bench.degrade.flow import measure
from ddsr_bench.degrade.interpolate import Canvas, between, nudge, peaks, tile_spans


def _picture(a, b, time):
    size = a.shape
    motion = measure(a, b, size)
    planes = [np.repeat(frame[..., None], 3, axis=2).astype(np.float32) for frame in (a, b)]
    canvas = Canvas(*planes, between(motion, np.full(motion.shape[0], time, np.float32)))
    result = np.empty((*size, 3), np.float32)
    for row, tall in enumerate(tile_spans(size[0])):
        for column, wide in enumerate(tile_spans(size[1])):
            result[tall, wide] = canvas.piece((row, column), (tall, wide))
    return result[..., 0]


@pytest.mark.parametrize("time", [-0.5, 0.0, 0.25, 0.5, 0.75, 1.0, 1.5])
def test_a_translation_is_met_at_any_time(time):
    wide, size = texture(280, 400, 1), (200, 320)
    found = _picture(shifted(wide, 0, 0, size), shifted(wide, 8, -4, size), time)
    expected = shifted(wide, round(8 * time), round(-4 * time), size)
    inner = (slice(16, -16), slice(16, -16))
    assert np.abs(found - expected)[inner].mean() < 1.0


def test_an_object_moves_over_what_it_covers():
    back, front = texture(200, 320, 3), texture(80, 80, 4)
    frames = []
    for x in (100, 108, 116):
        frame = back.copy()
        frame[60:140, x : x + 80] = front
        frames.append(frame)
    error = np.abs(_picture(frames[0], frames[2], 0.5) - frames[1])
    blend = np.abs((frames[0].astype(float) + frames[2]) / 2 - frames[1])
    assert error.mean() < 0.25 * blend.mean()
    assert error[70:130, 120:175].mean() < 2


def test_still_pictures_come_back_untouched():
    picture = texture(150, 150, 7)
    assert np.array_equal(_picture(picture, picture, 0.3), picture)


@settings(max_examples=25, deadline=None)
@given(height=st.integers(1, 700), width=st.integers(1, 700))
def test_tiles_cover_every_pixel_once(height, width):
    rows = [index for span in tile_spans(height) for index in range(span.start, span.stop)]
    assert rows == list(range(height))
    grid = (max(1, height // 4), max(1, width // 4))
    marked = np.zeros(grid, np.float32)
    marked[-1, -1] = 1
    found = peaks(marked, (height, width))
    assert found.shape == (len(tile_spans(height)), len(tile_spans(width)))
    assert found[-1, -1] == 1


def test_nudges_are_halton_points():
    assert [nudge(index) for index in range(3)] == [
        pytest.approx(point) for point in ((0, 1 / 3 - 0.5), (-0.25, 2 / 3 - 0.5), (0.25, 1 / 9 - 0.5))
    ]
