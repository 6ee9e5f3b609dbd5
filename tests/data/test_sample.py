"""Samples of a dataset: what is drawn, what the pictures hold, and the command as a user types it."""

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from conftest import moving_scene
from small_set import make_set, rows

from ddsr_bench.cli import main
from ddsr_bench.data.manifest.write import write_tables
from ddsr_bench.data.sample import Group, boards, draw, draw_groups, score_text, sheet, side_by_side
from ddsr_bench.errors import DdsrError
from ddsr_bench.video import probe, read_frames, write_video


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tmp_path_factory.mktemp("built")
    make_set(root)
    return root


def sample(*arguments):
    return CliRunner().invoke(main, ["dataset", "sample", *map(str, arguments)])


def picture(path):
    return cv2.imread(str(path))[..., ::-1]


def luma(frame):
    """Without colour, which 4:2:0 blurs in clips as colourful as these."""
    return frame.astype(float) @ [0.2126, 0.7152, 0.0722]


def test_a_draw_does_not_depend_on_the_order_of_the_table():
    table = rows(10)
    first = draw(table, 6, 0)
    assert len({row["video_id"] for row in first}) == 6
    assert draw(table[::-1], 6, 0) == first
    assert draw(table, 4, 0) == first[:4]
    assert draw(table, 6, 1) != first
    assert len(draw(table, 99, 0)) == 20


def test_groups_are_the_videos_of_an_lr_clip():
    table = rows(10)
    groups = draw_groups(table, 3, 0)
    assert len({group.lr_id for group in groups}) == 3
    assert all([row["method"] for row in group.rows] == ["bicubic", "nearest"] for group in groups)
    assert [group.lr_id for group in draw_groups(table, 3, 0, ["s7-x2", "s1-x2"])] == ["s7-x2", "s1-x2"]
    with pytest.raises(DdsrError, match="--lr s7-x4: no such LR clip among 10; did you mean 's7-x2'"):
        draw_groups(table, 1, 0, ["s7-x4"])


def test_a_simulated_score_says_so():
    row = rows(1)[0]
    assert score_text(row) == "simulated MOS 3.00 ± 0.20"
    assert score_text({**row, "score_origin": "subjective", "mos_ci95": None}) == "MOS 3.00"
    assert score_text({**row, "mos": None, "score_origin": "none"}) == "not rated"


def test_the_sheet_has_a_line_for_each_video(built, tmp_path):
    table = rows(4)
    sheet(built, table[:3], tmp_path / "three.png")
    sheet(built, table[:2], tmp_path / "two.png")
    three, two = picture(tmp_path / "three.png"), picture(tmp_path / "two.png")
    np.testing.assert_array_equal(three[: len(two)], two)
    line = three[len(two) :]
    assert len(line) > 220
    # s1's bicubic: the SR and HR pieces show the same scene (columns of the sheet), the LR piece is coarser.
    low, sr, hr = (line[8:228, left : left + 220].astype(float) for left in (400, 628, 856))
    assert np.abs(sr - hr).mean() < 8
    assert 10 < np.abs(low - hr).mean() < 60
    assert (np.diff(low, axis=1) == 0).mean() > (np.diff(hr, axis=1) == 0).mean()


def test_side_by_side_plays_all_clips_in_step(built, tmp_path):
    path = tmp_path / "side.mp4"
    group = draw_groups(rows(4), 1, 0, ["s2-x2"])[0]
    assert side_by_side(built, group, path) == 6
    info = probe(path)
    assert (info.frames, info.fps) == (6, 24)
    # LR, bicubic, nearest | HR; each 64x48 below a label of 36 pixels, 8 pixels apart.
    assert (info.width, info.height) == (3 * 72, 2 * 92)
    for frame, truth in zip(read_frames(path), moving_scene(6, 64, 48, seed=2), strict=True):
        for number, offset in ((1, 0), (2, 9), (3, 0)):
            top, left = 36 + number // 3 * 92, number % 3 * 72
            cell, expected = luma(frame[top : top + 48, left : left + 64]), luma(truth) + offset
            assert np.abs(cell - expected).mean() < 6
            assert np.abs(cell[:, 2:] - expected[:, :-2]).mean() > 2 * np.abs(cell - expected).mean()


def test_the_board_has_a_cell_for_each_method(built, tmp_path):
    groups = draw_groups(rows(4), 2, 0)
    boards(built, groups, tmp_path / "board.png")
    board = picture(tmp_path / "board.png")
    assert board.shape == (2 * (24 + 2 * (48 * 2 + 36 + 8)), 3 * (64 * 2 + 8), 3)


def test_videos_without_hr_lr_and_recipe_can_be_looked_at(tmp_path):
    (tmp_path / "videos").mkdir()
    write_video(tmp_path / "videos" / "a b.mp4", iter(moving_scene(4, 40, 32)), 24)
    row = {key: value for key, value in rows(1)[0].items() if key not in ("hr_file_name", "lr_file_name")}
    row |= {"file_name": "videos/a b.mp4", "method": "my method", "frames": 4, "width": 40, "height": 32, "scale": 1}
    sheet(tmp_path, [{**row, "recipe": "another's"}], tmp_path / "sheet.png")
    assert side_by_side(tmp_path, Group("a b", (row,)), tmp_path / "side.mp4") == 4


def test_the_command_writes_a_sheet_a_board_and_clips(built, tmp_path):
    run = sample(built, "--out", tmp_path / "look", "--count", 3, "--clips", 2, "--methods", "nearest")
    assert run.exit_code == 0, run.output
    assert "3 random videos of 4" in run.output
    assert "1 methods side by side, 6 frames" in run.output
    made = sorted(path.name for path in (tmp_path / "look").iterdir())
    assert made[:1] + made[-1:] == ["board.png", "sheet.png"]
    assert len(made) == 4
    before = {path: path.read_bytes() for path in (tmp_path / "look").iterdir()}
    again = sample(built, "--out", tmp_path / "look", "--count", 3, "--clips", 2, "--methods", "nearest")
    assert again.exit_code == 1
    assert "look: not empty; add --overwrite to make it anew, or choose another --out" in " ".join(again.output.split())
    again = sample(built, "--out", tmp_path / "look", "--count", 3, "--clips", 2, "--methods", "nearest", "--overwrite")
    assert again.exit_code == 0
    assert before == {path: path.read_bytes() for path in (tmp_path / "look").iterdir()}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--methods", "btv"], "--methods btv: no video by it; there are bicubic, nearest"),
        (["--lr", "s9"], "--lr s9: no such LR clip among 4; did you mean"),
    ],
)
def test_bad_choices_are_one_line(built, tmp_path, arguments, text):
    run = sample(built, "--out", tmp_path / "x", *arguments)
    assert run.exit_code == 1
    assert text in run.output
    assert not (tmp_path / "x").exists()


def test_tables_only_say_how_to_make_the_videos(tmp_path):
    (tmp_path / "tables").mkdir()
    write_tables(tmp_path / "tables", rows(4))
    run = sample(tmp_path / "tables", "--out", tmp_path / "x")
    assert run.exit_code == 1
    assert "holds no videos; make them with: ddsr-bench dataset build tables --out DIR" in run.output
    assert not (tmp_path / "x").exists()
