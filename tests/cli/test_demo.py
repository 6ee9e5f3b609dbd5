"""``demo`` on clips that are smaller than its own."""

import json

import pytest
from click.testing import CliRunner

from ddsr_bench.cli import demo, main
from ddsr_bench.data.demo import CLIPS, DemoClip

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def small(monkeypatch):
    """Two clips of six frames; two methods and metrics, for each takes its time to start."""
    clips = (DemoClip("leaves", "dead_leaves", 1, 6, (192, 128)), DemoClip("china", "photo", 0, 6, (192, 128)))
    monkeypatch.setattr("ddsr_bench.data.demo.CLIPS", clips)
    monkeypatch.setattr(demo, "METHODS", ("nearest", "bicubic"))
    monkeypatch.setattr(demo, "METRICS", ("psnr-y", "piqe"))
    return monkeypatch


def run(out):
    """The command's output, and what the leaderboard's cells hold."""
    result = CliRunner().invoke(main, ["demo", "--out", str(out), "--seed", "3"])
    assert result.exit_code == 0, result.output
    page = out / "leaderboard" / "index.html"
    assert page.is_file()
    assert result.output.splitlines()[-1].endswith(f"look at {out / 'contact-sheet.png'}, and open {page}")
    board = json.loads((page.parent / "board.json").read_text())
    assert [clip["scale"] for clip in board["clips"]] == [4, 4]
    return result.output, [cell for row in board["cells"].values() for cell in row.values()]


def test_from_clips_to_the_page(small, tmp_path):
    small.setattr(demo, "PRESETS", ("ddsr",))
    small.setattr(demo, "_ours", tuple)
    out = tmp_path / "demo"
    text, cells = run(out)
    assert sorted(path.name for path in out.iterdir()) == ["contact-sheet.png", "ddsr", "leaderboard", "sources"]
    assert "Rendering 2 sharp clips of 192x128" in text
    # What it does is told as commands that can be typed.
    assert f"ddsr-bench generate-lr {out / 'sources'} --preset ddsr --seed 3 --keep-hr --out {out / 'ddsr'}" in text
    assert f"ddsr-bench leaderboard --data {out / 'ddsr'} --methods nearest,bicubic --metrics psnr-y,piqe" in text
    assert len(cells) == 4
    assert all(isinstance(cell["psnr-y"], float) for cell in cells)


@pytest.mark.slow
def test_all_presets_and_our_own_metric(small, tmp_path):
    _, cells = run(tmp_path / "demo")
    assert {"realbasicvsr", "ddsr", "camera"} <= {path.name for path in (tmp_path / "demo").iterdir()}
    assert all(isinstance(cell["rw-vsr-qa"], float) for cell in cells)


def test_its_methods_and_its_own_clips_need_no_download():
    from ddsr_bench.vsr.cards import method_card

    assert {method_card(name).weights_status for name in demo.METHODS} == {"none needed", "shipped"}
    assert {(clip.frames, clip.size) for clip in CLIPS} == {(24, (640, 360))}
