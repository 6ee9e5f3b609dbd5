"""The colour filter array: hand-written mosaics and bins, and a loop as the second implementation."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddsr_bench.degrade.raw import PATTERNS, bin_bayer, centre_shift, mosaic, pad_to_cells

# Red is 100 + n, green 200 + n, blue 300 + n, where n counts the pixels row by row.
_NUMBERED = np.arange(16, dtype=np.float32).reshape(4, 4) + np.float32([100, 200, 300])[:, None, None]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("RGGB", [[100, 201, 102, 203], [204, 305, 206, 307], [108, 209, 110, 211], [212, 313, 214, 315]]),
        ("BGGR", [[300, 201, 302, 203], [204, 105, 206, 107], [308, 209, 310, 211], [212, 113, 214, 115]]),
        ("GRBG", [[200, 101, 202, 103], [304, 205, 306, 207], [208, 109, 210, 111], [312, 213, 314, 215]]),
        ("GBRG", [[200, 301, 202, 303], [104, 205, 106, 207], [208, 309, 210, 311], [112, 213, 114, 215]]),
    ],
)
def test_mosaic_by_hand(pattern, expected):
    assert mosaic(_NUMBERED, pattern).tolist() == expected


@pytest.mark.parametrize("shape", [(6, 8), (5, 7), (1, 1), (1, 4)])
def test_mosaic_with_a_matrix_is_the_mosaic_of_the_product(shape):
    rng = np.random.default_rng(1)
    rgb, matrix = rng.random((3, *shape), dtype=np.float32), rng.normal(size=(3, 3))
    product = np.tensordot(matrix, rgb, axes=1).astype(np.float32)
    for pattern in PATTERNS:
        assert mosaic(rgb, pattern, matrix) == pytest.approx(mosaic(product, pattern), abs=1e-6)


def test_bin_two_by_hand():
    # Red: mean of 0, 2, 8, 10. The two greens: 1, 3, 9, 11 and 4, 6, 12, 14. Blue: 5, 7, 13, 15.
    raw = np.arange(16, dtype=np.float32).reshape(4, 4)
    assert bin_bayer(raw, 2, "average").tolist() == [[5, 6], [9, 10]]
    assert bin_bayer(raw, 2, "sum").tolist() == [[20, 24], [36, 40]]


def test_bin_of_eight_by_eight_by_hand():
    raw = np.arange(64, dtype=np.float32).reshape(8, 8)
    # The next cell to the right begins with pixel 4: 4, 6, 20, 22.
    rows = [[9, 10, 13, 14], [17, 18, 21, 22], [41, 42, 45, 46], [49, 50, 53, 54]]
    assert bin_bayer(raw, 2, "average").tolist() == rows
    # Factor 4: rows 0, 2, 4, 6 and columns 0, 2, 4, 6 for the first place.
    assert bin_bayer(raw, 4, "average").tolist() == [[27, 28], [35, 36]]
    assert bin_bayer(raw, 4, "sum").tolist() == [[432, 448], [560, 576]]


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([2, 4]),
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from(["average", "sum"]),
    st.integers(0, 99),
)
def test_bin_equals_a_loop(factor, down, across, mode, seed):
    raw = np.random.default_rng(seed).random((2 * factor * down, 2 * factor * across), dtype=np.float32)
    binned = bin_bayer(raw, factor, mode)
    for y, x in itertools.product(range(2 * down), range(2 * across)):
        top, left = (y // 2) * 2 * factor + y % 2, (x // 2) * 2 * factor + x % 2
        window = [raw[top + 2 * i, left + 2 * j] for i in range(factor) for j in range(factor)]
        expected = sum(window) / (len(window) if mode == "average" else 1)
        assert binned[y, x] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("factor", [2, 4])
def test_centre_shift_is_what_a_ramp_shows(factor):
    ramp = np.broadcast_to(np.arange(16, dtype=np.float32), (16, 16))
    columns = bin_bayer(ramp, factor, "average")[0]
    for column, centre in enumerate(columns):
        ideal = factor * column + (factor - 1) / 2
        assert centre - ideal == pytest.approx(factor * centre_shift(factor, column))
    # Two colours of one row lean to opposite sides: nothing moves on the whole.
    assert centre_shift(factor, 0) == -centre_shift(factor, 1) > 0


def test_bin_refuses_broken_cells():
    with pytest.raises(ValueError, match=r"raw frame of 6x8: binning by 2 needs multiples of 4"):
        bin_bayer(np.zeros((8, 6), np.float32), 2, "sum")


def test_padding_repeats_the_border_in_both_forms():
    frame = np.arange(3 * 5 * 3, dtype=np.uint8).reshape(3, 5, 3)
    padded = pad_to_cells(frame, 4)
    assert padded.shape == (4, 8, 3)
    assert (padded[3, 5:] == frame[2, 4]).all()
    planar = pad_to_cells(np.moveaxis(frame, 2, 0).astype(np.float32), 4)
    assert (planar == np.moveaxis(padded, 2, 0)).all()
    assert pad_to_cells(frame, 1) is frame
