"""Contact sheets and side-by-side clips of a dataset."""

import subprocess
import sys

import cv2
import pytest
from small_set import make_set

from ddsr_bench.data.manifest.read import read_rows
from ddsr_bench.data.sample import contact_sheet, side_by_side
from ddsr_bench.errors import DdsrError
from ddsr_bench.video import probe, read_frames


@pytest.fixture
def built(tmp_path):
    make_set(tmp_path / "set", sources=3)
    return tmp_path / "set"


def test_a_sheet_holds_the_videos_asked_for(built, tmp_path):
    rows = read_rows(built)
    assert contact_sheet(built, rows, tmp_path / "a.png", count=5) == 5
    sheet = cv2.imread(str(tmp_path / "a.png"))
    assert sheet.shape == (2 * 220, 4 * 300, 3)
    assert sheet[:200, :300].std() > 10
    assert contact_sheet(built, rows, tmp_path / "b.png", count=99) == 6
    contact_sheet(built, rows, tmp_path / "c.png", count=5)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "c.png").read_bytes()


def test_all_versions_of_a_clip_stand_side_by_side(built, tmp_path):
    assert side_by_side(built, read_rows(built), "s1-x2", tmp_path / "x.mp4") == 4
    info = probe(tmp_path / "x.mp4")
    assert (info.width, info.height, info.frames) == (2 * 64, 2 * 68, 6)
    first = next(iter(read_frames(tmp_path / "x.mp4")))
    assert first[:48, :64].std() > 10
    assert first[50:68, :64].mean() < 90
    with pytest.raises(DdsrError, match="s9-x2: no such LR clip in"):
        side_by_side(built, read_rows(built), "s9-x2", tmp_path / "y.mp4")


def test_the_command(built, tmp_path):
    out = tmp_path / "look"
    command = [sys.executable, "-m", "ddsr_bench", "dataset", "sample", str(built), "--out", str(out), "--lr", "s0-x2"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert sorted(path.name for path in out.iterdir()) == ["contact-sheet.png", "s0-x2.mp4"]
