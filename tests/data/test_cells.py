"""Pieces of contact sheets: where detail is, text that fits, cells in their places."""

import numpy as np
import pytest
from PIL import Image

from ddsr_bench.data.cells import GAP, below, beside, grid, liveliest, save, text
from ddsr_bench.errors import DdsrError


def plain(height, width, level):
    return np.full((height, width, 3), level, np.uint8)


def test_the_liveliest_square_is_where_the_detail_is():
    frame = plain(60, 90, 120)
    frame[31:47, 52:68] = np.random.default_rng(0).integers(0, 255, (16, 16, 3))
    top, left = liveliest(frame, 16)
    assert abs(top - 31) <= 1
    assert abs(left - 52) <= 1


def test_a_square_as_large_as_the_frame_begins_at_its_corner():
    assert liveliest(plain(24, 24, 3), 24) == (0, 0)


def test_cells_beside_and_below_one_another():
    row = beside([plain(10, 4, 1), plain(20, 6, 2)])
    assert row.shape == (20 + 2 * GAP, 10 + 2 * GAP, 3)
    assert (row[GAP : GAP + 10, :4] == 1).all()
    assert (row[GAP : GAP + 20, 4 + GAP : 10 + GAP] == 2).all()
    column = below([plain(3, 4, 1), plain(5, 9, 2)])
    assert column.shape == (8, 9, 3)
    assert (column[:3, 4:] == 250).all()


@pytest.mark.parametrize(("count", "columns", "shape"), [(5, 3, (2, 3)), (2, 4, (1, 2)), (1, 1, (1, 1))])
def test_grids_are_even_and_filled_row_by_row(count, columns, shape):
    cells = [plain(11, 15, number) for number in range(count)]
    sheet = grid(cells, columns)
    assert sheet.shape == (shape[0] * 20, shape[1] * 24, 3)  # 11 + 8 and 15 + 8, made even
    for number in range(count):
        top, left = number // columns * 20, number % columns * 24
        assert (sheet[top : top + 11, left : left + 15] == number).all()


def test_long_text_stays_within_its_width():
    words = text(["a heading", "sigma=1.3 " * 30], 200, 160)
    assert words.shape == (160, 200, 3)
    assert (words.min(axis=(0, 2)) < 100).any()
    assert words[:, -4:].min() > 200


def test_a_picture_is_saved_whole_or_not_at_all(tmp_path):
    picture = np.random.default_rng(1).integers(0, 255, (9, 7, 3)).astype(np.uint8)
    save(picture, tmp_path / "a.png")
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.png")), picture)
    with pytest.raises(DdsrError, match=r"b\.png: cannot write \(No such file or directory\); check the folder"):
        save(picture, tmp_path / "none" / "b.png")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
