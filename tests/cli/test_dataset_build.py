"""``dataset build`` as a user types it, on small clips of the user's own."""

import json
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner
from conftest import moving_scene

from ddsr_bench.cli import main
from ddsr_bench.data.manifest.check import check
from ddsr_bench.data.manifest.publish import publish
from ddsr_bench.data.manifest.read import read_rows
from ddsr_bench.data.open_set import compare as comparing
from ddsr_bench.data.open_set.compare import compare, with_scores


def build(*arguments):
    command = [sys.executable, "-m", "ddsr_bench", "dataset", "build", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def own(make_video, tmp_path):
    for number in range(4):
        make_video(f"own/c{number}.mkv", moving_scene(6, 96, 80, seed=number))
    return tmp_path / "own"


def hashes(root):
    return {row["video_id"]: (row["sha256"], row["frames_sha256"]) for row in read_rows(root)}


def test_a_dry_run_says_size_and_time_and_writes_nothing(tmp_path):
    run = build("ddsr-open-1155", "--dry-run", "--workers", "1", "--out", tmp_path / "x")
    assert run.returncode == 0
    assert "105 sources, 1155 videos" in run.stderr
    assert "minutes with 1 worker" in run.stderr
    assert not (tmp_path / "x").exists()


def test_workers_order_and_reruns_give_the_same_bytes(own, tmp_path):
    options = ["--sources", own, "--methods", "bicubic,flow-fusion,nlm-lanczos"]
    first = build("mine", *options, "--workers", "1", "--out", tmp_path / "a")
    assert first.returncode == 0, first.stderr
    assert "12 videos, 0 sources failed" in first.stderr
    second = build("mine", *options, "--workers", "2", "--out", tmp_path / "b")
    assert second.returncode == 0, second.stderr
    assert hashes(tmp_path / "a") == hashes(tmp_path / "b")
    report = check(tmp_path / "a", expect=(12, 4, 3))
    assert report.violations == []
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "a" / "videos").rglob("*.mp4")}
    again = build("mine", *options, "--resume", "--out", tmp_path / "a")
    assert again.returncode == 0, again.stderr
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "a" / "videos").rglob("*.mp4")}


def test_a_clip_that_is_of_no_use_is_told_at_the_end(make_video, tmp_path):
    make_video("own/good.mkv", moving_scene(3, 80, 64))
    make_video("own/small.mkv", moving_scene(3, 60, 64))
    options = ["build", "mine", "--sources", tmp_path / "own", "--methods", "nearest", "--workers", "1"]
    arguments = ["dataset", *map(str, options), "--out", str(tmp_path / "a")]
    planned = CliRunner().invoke(main, [*arguments, "--dry-run"])
    assert planned.exit_code == 1
    assert "60x64 is smaller than 64x64; leave it out" in planned.output
    made = CliRunner().invoke(main, arguments)
    assert made.exit_code == 1
    assert "1 videos, 1 sources failed" in made.output
    assert "60x64 is smaller than 64x64; leave it out" in made.output
    (failure,) = json.loads((tmp_path / "a" / "results.json").read_text())["failures"]
    assert (failure["id"], failure["kind"]) == ("small", "input")
    assert len(read_rows(tmp_path / "a")) == 1


@pytest.mark.slow
def test_kill_9_and_resume_make_the_whole(own, tmp_path):
    options = ["--sources", str(own), "--methods", "bicubic,btv", "--workers", "1"]
    out = tmp_path / "torn"
    command = [sys.executable, "-m", "ddsr_bench", "dataset", "build", "mine", *options, "--out", str(out)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list(out.glob("records/*/bicubic.json")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (out / "train.parquet").exists()
    resumed = build("mine", *options, "--resume", "--out", out)
    assert resumed.returncode == 0, resumed.stderr
    whole = build("mine", *options, "--out", tmp_path / "whole")
    assert whole.returncode == 0, whole.stderr
    assert hashes(out) == hashes(tmp_path / "whole")
    assert not [path for path in out.rglob("*") if path.name.endswith(".part")]


def test_a_changed_file_is_made_again(own, tmp_path):
    options = ["--sources", own, "--methods", "bicubic", "--workers", "1", "--out", tmp_path / "a"]
    assert build("mine", *options).returncode == 0
    before = hashes(tmp_path / "a")
    victim = next((tmp_path / "a" / "videos").rglob("*.mp4"))
    victim.write_bytes(b"broken")
    assert build("mine", *options, "--resume").returncode == 0
    assert hashes(tmp_path / "a") == before
    assert check(tmp_path / "a").violations == []


def test_a_bad_clip_is_told_at_the_end_and_the_rest_is_made(own, tmp_path):
    data = (own / "c1.mkv").read_bytes()
    (own / "c1.mkv").write_bytes(data[: len(data) // 2])
    run = build("mine", "--sources", own, "--methods", "nearest", "--workers", "1", "--out", tmp_path / "a")
    assert run.returncode == 1
    assert "c1.mkv" in run.stderr
    assert "Traceback" not in run.stderr
    made = read_rows(tmp_path / "a") if (tmp_path / "a" / "train.parquet").exists() else []
    assert len(made) in (0, 3)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["other"], "other: unknown; build ddsr-open-1155, or give your own clips with --sources"),
        (["ddsr-open-1155", "--methods", "bicubi"], "method 'bicubi': unknown"),
        (["ddsr-open-1155", "--subset", "200"], "--subset 200: there are 105 sources"),
    ],
)
def test_bad_arguments_are_one_line(tmp_path, arguments, text):
    run = build(*arguments, "--out", tmp_path / "x")
    assert run.returncode == 1
    assert text in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "x").exists()


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "thesis.txt").write_text("mine")
    run = build("ddsr-open-1155", "--out", tmp_path / "x")
    assert run.returncode == 1
    assert "not empty; add --resume to go on" in run.stderr
    run = build("ddsr-open-1155", "--overwrite", "--out", tmp_path / "x")
    assert run.returncode == 1
    assert "holds other files (thesis.txt); choose an empty folder for --out" in run.stderr
    assert (tmp_path / "x" / "thesis.txt").read_text() == "mine"


def test_a_build_is_compared_with_its_manifest_and_gets_its_scores(tmp_path, monkeypatch):
    from small_set import make_set

    built, manifests = tmp_path / "built", tmp_path / "manifests"
    rows = make_set(built, sources=10)
    publish(built, manifests / "small", name="small")
    monkeypatch.setattr(comparing, "manifests_folder", lambda: manifests)
    blank = [{**row, "mos": None, "mos_ci95": None, "n_ratings": None, "score_origin": "none"} for row in rows]
    blank[0] = {**blank[0], "sha256": "2" * 64}
    blank[1] = {**blank[1], "sha256": "2" * 64, "frames_sha256": "3" * 64}
    found = compare(blank, comparing.manifest_of("small"))
    assert (found.known, found.same_file, found.same_frames) == (20, 18, 19)
    assert found.different == (rows[1]["video_id"],)
    assert "18 of 20 videos are byte for byte those of the manifest small, 19 have the same frames" in found.text(
        "small"
    )
    scored, votes = with_scores(blank, comparing.manifest_of("small"))
    assert {row["score_origin"] for row in scored} == {"simulated"}
    assert len(votes) == 60
    assert votes[0]["file_name"].startswith("videos/")
    assert comparing.manifest_of("other") is None
