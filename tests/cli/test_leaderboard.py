"""``leaderboard`` as a user types it: files, tables, exit codes, the text of errors, runs that are killed."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import moving_scene, readme_block

from ddsr_bench.cli import main
from ddsr_bench.leaderboard.results import read_results
from ddsr_bench.video import write_video

FAILING = """
import os
import signal

import numpy as np


def good(frames, scale):
    return frames.repeat(scale, 1).repeat(scale, 2)


def throws(frames, scale):
    raise RuntimeError("no luck")


def small(frames, scale):
    return frames


def empty(frames, scale):
    return good(frames, scale) * np.float32("nan")


def few(frames, scale):
    return good(frames, scale)[:-1]


def hungry(frames, scale):
    held = []
    for _ in range(64):
        held.append(np.ones(2**27, np.uint8))
    return good(frames, scale)


def killed(frames, scale):
    os.kill(os.getpid(), signal.SIGKILL)
"""
METRICS = ("--metrics", "psnr-y,flicker")


def run(*arguments):
    return CliRunner().invoke(main, ["leaderboard", *map(str, arguments)])


def quick(folder, *arguments):
    """A run on the pairs, in this process and without videos."""
    given = ("--data", folder / "lr", "--hr", folder / "hr", *METRICS, "--engine", "serial", "--no-media")
    return run(*given, *arguments)


def board_of(out):
    return json.loads((out / "board.json").read_text())


def quality(out):
    """What all results files say, but for costs and provenance, by name."""
    return {path.name: json.dumps(read_results(path).quality()) for path in sorted((out / "results").iterdir())}


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """``lr/`` and ``hr/`` with two clips of four frames, LR of 32x32."""
    folder = tmp_path_factory.mktemp("pairs")
    for number in range(2):
        high = moving_scene(4, 64, 64, seed=number)
        low = high.reshape(4, 32, 2, 32, 2, 3).mean(axis=(2, 4)).round().astype("uint8")
        for part, frames in (("hr", high), ("lr", low)):
            (folder / part).mkdir(exist_ok=True)
            write_video(folder / part / f"c{number}.mkv", iter(frames), 24)
    return folder


@pytest.fixture(scope="module")
def done(pairs, tmp_path_factory):
    """A run with videos and all tables."""
    out = tmp_path_factory.mktemp("done") / "board"
    given = ("--data", pairs / "lr", "--hr", pairs / "hr", *METRICS, "--engine", "serial")
    result = run(*given, "--methods", "nearest,bicubic,lanczos", "--export", "md,csv,tex,json", "--out", out)
    assert result.exit_code == 0, result.output
    return out, result


@pytest.fixture
def methods(tmp_path):
    (tmp_path / "mine.py").write_text(FAILING)
    return tmp_path / "mine.py"


def test_a_run_leaves_a_page_its_videos_and_results(done):
    out, result = done
    assert result.stdout == f"{out / 'index.html'}\n"
    assert "lr: 2 clips, 8 frames, x2; 3 methods run, 0 cannot; 2 metrics" in result.stderr
    assert "12 cells computed, 0 from the store" in result.stderr
    assert sorted(path.stem for path in (out / "results").iterdir()) == ["bicubic", "lanczos", "nearest"]
    assert len(list((out / "media").rglob("*.mp4"))) == 10
    page = (out / "data.js").read_text()
    assert json.loads(page.removeprefix("window.DDSR_BOARD = ").removesuffix(";\n")) == board_of(out)


def test_tables_say_what_the_board_says(done):
    out, _ = done
    first = board_of(out)["standings"]["paired"]["psnr-y"][0]
    with (out / "leaderboard.csv").open() as file:
        rows = list(csv.DictReader(file))
    best = next(row for row in rows if row["metric"] == "psnr-y")
    assert (best["track"], best["method"], best["rank"], best["clips"]) == ("paired", first["method"], "1", "2")
    assert float(best["mean"]) == first["mean"]
    assert {row["metric"] for row in rows if row["track"] == "cost"} >= {"s-per-frame", "peak-mib"}
    text = (out / "leaderboard.md").read_text()
    assert "| method | PSNR (Y) (dB) ↑ | Flicker ↓ |" in text
    assert f"| {board_of(out)['methods'][first['method']]['title']} | {first['mean']:.4g} A |" in text
    tex = (out / "leaderboard.tex").read_text()
    assert rf"& {first['mean']:.4g} A &" in tex
    assert tex.count(r"\begin{tabular}") == tex.count(r"\end{tabular}") == 3
    told = json.loads((out / "leaderboard.json").read_text())
    assert told["standings"] == board_of(out)["standings"]
    for kind in ("md", "csv", "tex", "json"):
        assert run("export", out, "--format", kind).output == (out / f"leaderboard.{kind}").read_text()


def test_a_badge_names_the_best_of_each_track(done):
    out, _ = done
    lines = run("badge", out, "--top", 1).output.splitlines()
    first = board_of(out)["standings"]["paired"]["psnr-y"][0]
    title = board_of(out)["methods"][first["method"]]["title"]
    assert f"| Paired | PSNR (Y) (dB) ↑ | {title} {first['mean']:.4g} |" in lines
    assert lines[-1].startswith("lr, 2 clips, ")


def test_the_readmes_example_takes_part(pairs, tmp_path):
    example = readme_block("# my.py: ")
    (tmp_path / "my.py").write_text(example)
    result = quick(pairs, "--methods", "nearest", "--method", f"{tmp_path / 'my.py'}:upscale", "--out", tmp_path / "o")
    assert result.exit_code == 0, result.output
    assert len(example.splitlines()) < 20
    cells = board_of(tmp_path / "o")["cells"]
    # It repeats pixels, which is what nearest does.
    assert all(row["upscale"] == row["nearest"] for row in cells.values())


def test_footage_without_sharp_clips_and_with_a_scale(pairs, tmp_path):
    given = ("--data", pairs / "lr", "--scale", 3, "--clips", 1, "--frames", "1:4", "--metrics", "flicker,psnr-y")
    result = run(*given, "--methods", "nearest", "--no-media", "--engine", "serial", "--out", tmp_path / "o")
    assert result.exit_code == 0, result.output
    board = board_of(tmp_path / "o")
    assert [track["id"] for track in board["tracks"]] == ["real-world", "cost"]
    assert [(clip["width"], clip["frames"], clip["scale"]) for clip in board["clips"]] == [(96, 3, 3)]
    assert "Left out: 1 clips beyond the 1 asked for" in result.output


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--methods", "bicubik"), "method 'bicubik': unknown; did you mean 'bicubic'?"),
        (("--methods", "nearest", "--metrics", "psnr-z"), "metric 'psnr-z': unknown; did you mean"),
        (("--methods", "nearest", "--metrics", "siti"), "--metrics siti: gives 2 values a frame; name metrics of one"),
        (("--methods", "nearest", "--frames", "9:"), "has 4 frames, none from 9 on; ask for earlier --frames"),
        (("--methods", "nearest", "--scale", "4"), "--scale 4: no clip of that scale among 2; there are x2"),
        (("--methods", "nearest", "--crop-border", "32"), "--crop-border 32: leaves nothing of 64x64 frames of c0"),
        (("--methods", "nearest", "--where", "a=b"), "has no table to filter; leave --where out"),
        (("--methods", "nearest", "--tracks", "paired,fun"), "'fun' is none of paired, real-world, human, cost"),
        (("--methods", "nearest", "--budget", "soon"), "'soon' is no time; write 90s, 20min or 2h"),
        (("--methods", "nearest", "--method", "no.py:f"), "no.py"),
    ],
)
def test_wrong_options_are_told_before_anything_is_written(pairs, tmp_path, arguments, text):
    result = quick(pairs, *arguments, "--out", tmp_path / "o")
    assert result.exit_code in (1, 2)
    assert text in " ".join(result.output.split())
    assert "Traceback" not in result.output
    assert not (tmp_path / "o").exists()


def test_wrong_folders_are_told(pairs, tmp_path):
    base = ("--methods", "nearest", "--engine", "serial")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("")
    cases = [
        (("--data", tmp_path / "none", "--out", tmp_path / "o"), "none: no such folder, clip or manifest"),
        (("--data", pairs / "lr", "--hr", tmp_path / "full", "--out", tmp_path / "o"), "full"),
        (("--data", pairs / "lr", "--out", tmp_path / "full"), "full: holds other files (thesis.tex); choose an empty"),
        (
            ("--data", pairs / "hr", "--hr", pairs / "lr", "--out", tmp_path / "o"),
            "32x32 is no whole multiple of 64x64",
        ),
    ]
    for arguments, text in cases:
        result = run(*base, *arguments)
        assert result.exit_code == 1
        assert text in " ".join(result.output.split())
    for command in ("export", "badge", "verify"):
        result = run(command, tmp_path / "full")
        assert result.exit_code == 1
        assert "json in it" in result.output


def test_methods_that_fail_are_cells_with_reasons(pairs, methods, tmp_path):
    own = [part for name in ("good", "throws", "small", "empty", "few") for part in ("--method", f"{methods}:{name}")]
    result = quick(pairs, "--methods", "realbasicvsr", *own, "--out", tmp_path / "o")
    assert result.exit_code == 1, result.output
    board = board_of(tmp_path / "o")
    reasons = {name: row["psnr-y"] for name, row in board["cells"]["c1"].items()}
    assert isinstance(reasons.pop("good"), float)
    told = {name: reason["reason"] for name, reason in reasons.items()}
    assert told["throws"] == "RuntimeError: no luck"
    assert told["small"] == "method 'small': gave frames uint8 (32, 32, 3), expected uint8 (64, 64, 3) (x2); correct it"
    assert told["empty"] == "method 'empty': frame 0 holds NaN or infinity; return uint8, 0..255"
    assert told["few"] == "method 'few': gave 3 frames for 4; it must give one for each"
    assert "makes x4, this leaderboard is x2" in told["realbasicvsr"]
    assert [row["method"] for row in board["standings"]["paired"]["psnr-y"]] == ["good"]
    assert {name: facts["status"] for name, facts in board["methods"].items()} == {
        "realbasicvsr": "missing", "good": "ran", "throws": "failed", "small": "failed", "empty": "failed",
        "few": "failed",
    }  # fmt: skip
    assert "Failed (9):" in result.output
    assert "throws on c0" in result.output


def test_a_method_that_takes_its_process_along(pairs, methods, tmp_path):
    given = ("--data", pairs / "lr", "--hr", pairs / "hr", "--metrics", "psnr-y", "--no-media", "--clips", 1)
    own = ",".join(f"{methods}:{name}" for name in ("hungry", "killed", "good"))
    result = run(*given, "--methods", own, "--memory", 1, "--out", tmp_path / "o")
    assert result.exit_code == 1, result.output
    (row,) = board_of(tmp_path / "o")["cells"].values()
    assert row["hungry"]["psnr-y"]["reason"].startswith("out of memory beyond the 1 GiB of --memory")
    assert "SIGKILL" in row["killed"]["psnr-y"]["reason"]
    assert isinstance(row["good"]["psnr-y"], float)


def test_a_budget_leaves_the_rest_for_the_next_run(pairs, tmp_path):
    spent = quick(pairs, "--methods", "nearest", "--budget", "0s", "--out", tmp_path / "o")
    assert "Budget spent: 2 clips were not begun, of nearest; the same command goes on with them" in spent.output
    assert spent.exit_code == 0
    reason = board_of(tmp_path / "o")["cells"]["c0"]["nearest"]["psnr-y"]["reason"]
    assert reason == "not computed: the run ended before it; run the same command again"
    again = quick(pairs, "--methods", "nearest", "--budget", "1h", "--out", tmp_path / "o")
    assert "4 cells computed, 0 from the store" in again.output
    assert isinstance(board_of(tmp_path / "o")["cells"]["c0"]["nearest"]["psnr-y"], float)


def test_two_runs_agree_bit_for_bit(pairs, done, tmp_path):
    result = quick(pairs, "--methods", "nearest,bicubic,lanczos", "--out", tmp_path / "o")
    assert result.exit_code == 0, result.output
    assert quality(tmp_path / "o") == quality(done[0])
    assert board_of(tmp_path / "o")["cells"] == board_of(done[0])["cells"]


def test_verify_finds_what_was_changed(pairs, tmp_path, monkeypatch):
    out = tmp_path / "o"
    monkeypatch.chdir(pairs.parent)
    assert quick(Path(pairs.name), "--methods", "nearest,bicubic", "--out", out).exit_code == 0
    monkeypatch.chdir(tmp_path)  # clips are found from where they were named
    honest = run("verify", out, "--sample", 3)
    assert honest.exit_code == 0, honest.output
    assert "8 cells compared with the store, 0 differences" in honest.output
    assert "3 cells computed anew, 3 equal, 0 not" in honest.output
    path = out / "results" / "bicubic.json"
    data = json.loads(path.read_text())
    cell = data["clips"]["c0"]["cells"]["psnr-y"]
    told = cell["value"]
    cell["value"] += 1.0
    path.write_text(json.dumps(data))
    # A sample of one may miss it; the store does not.
    assert {run("verify", out, "--sample", 1, "--seed", seed).exit_code for seed in range(3)} == {1}
    found = run("verify", out, "--sample", 8)
    assert found.exit_code == 1
    text = " ".join(found.output.split())
    assert f"bicubic on c0 psnr-y: recorded {told + 1.0!r} of 4, stored {told!r} of 4" in text
    assert f"psnr-y: recorded {told + 1.0!r}, now {told!r}" in text
    assert "8 cells computed anew, 7 equal, 1 not" in text


def test_verify_says_what_it_lacks(pairs, tmp_path):
    out = tmp_path / "o"
    (out / "results").mkdir(parents=True)
    (out / "run.json").write_text("{}")
    result = run("verify", out)
    assert result.exit_code == 1
    assert "run.json: not what a leaderboard writes ('options'); run it anew" in " ".join(result.output.split())
    (out / "run.json").write_text('{"made_from": "../gone"}')
    result = run("verify", out)
    assert result.exit_code == 1
    assert "not there any more, and clips were named from there" in " ".join(result.output.split())


def count(out):
    return len(list((out / "store").rglob("*.json")))


@pytest.mark.slow
def test_killed_runs_go_on_and_compute_nothing_twice(pairs, tmp_path):
    given = ["--data", pairs / "lr", "--hr", pairs / "hr", *METRICS, "--methods", "nearest,bicubic,lanczos,bilinear"]
    command = [sys.executable, "-m", "ddsr_bench", "leaderboard", *map(str, given), "--no-media"]
    whole = subprocess.run([*command, "--out", tmp_path / "whole"], capture_output=True, text=True)
    assert "16 cells computed, 0 from the store" in whole.stderr
    out, chance, stored = tmp_path / "killed", random.Random(8), 0
    for _ in range(3):
        stop = chance.randint(stored + 1, stored + 7)  # files in the store: two cells and an output a clip
        process = subprocess.Popen([*command, "--out", str(out)], stderr=subprocess.DEVNULL, start_new_session=True)
        while process.poll() is None and count(out) < stop:
            time.sleep(0.002)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        stored = count(out)
    cells = len(list((out / "store" / "cells").rglob("*.json")))
    kept = {path: path.stat().st_mtime_ns for path in (out / "store").rglob("*.json")}
    assert 0 < cells < 16
    last = subprocess.run([*command, "--out", str(out)], capture_output=True, text=True)
    assert last.returncode == 0, last.stderr
    assert f"{16 - cells} cells computed, {cells} from the store" in last.stderr
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert quality(out) == quality(tmp_path / "whole")
    assert not [path for path in Path(out).rglob("*") if ".part" in path.name]
