"""``generate-lr`` as a user types it: files, bytes, exit codes, the text of errors."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from conftest import moving_scene

from ddsr_bench.cli import main
from ddsr_bench.video import VideoWriter, frames_sha256, probe, read_frames


def run(*arguments):
    return CliRunner().invoke(main, ["generate-lr", *map(str, arguments), "--workers", "1"])


def digests(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.parts[len(folder.parts)] in ("lr", "hr")
    }


@pytest.fixture
def sources(tmp_path, make_video):
    for index, name in enumerate("abc"):
        make_video(f"src/{name}.mkv", moving_scene(6, 97, 66, seed=index))
    return tmp_path / "src"


def test_output_is_complete_and_aligned(sources, tmp_path):
    out = tmp_path / "out"
    result = run(sources, "--out", out, "--preset", "ddsr", "--keep-hr", "--preview", "--seed", 5)
    assert result.exit_code == 0, result.output
    table = pd.read_parquet(out / "metadata.parquet")
    assert table["id"].tolist() == ["a", "b", "c"]
    for row in table.itertuples():
        lr, hr = probe(out / row.file_name), probe(out / row.hr_file_name)
        assert (lr.width, lr.height, lr.frames, lr.fps) == (24, 16, 6, 24)
        assert (hr.width, hr.height, hr.frames) == (96, 64, 6)
        assert frames_sha256(read_frames(out / row.file_name)) == row.frames_sha256
        assert json.loads(row.recipe)["seed"] == row.seed
        source = list(read_frames(sources / f"{row.id}.mkv"))
        assert np.array_equal(list(read_frames(out / row.hr_file_name)), [f[:64, :96] for f in source])
    results = json.loads((out / "results.json").read_text())
    assert results["clips"] == 3
    assert results["failures"] == []
    assert results["seed"] == 5
    assert cv2.imread(str(out / "preview.png")).shape[0] > 3 * 200
    assert not [path for path in out.rglob("*") if ".part" in path.name]


@pytest.mark.parametrize("preset", ["ddsr", "camera"])
def test_bytes_do_not_depend_on_workers_order_or_company(sources, tmp_path, preset):
    command = [sys.executable, "-m", "ddsr_bench", "generate-lr", "--preset", preset]
    one, two = tmp_path / "one", tmp_path / "two"
    assert run(sources, "--out", one, "--preset", preset).exit_code == 0
    files = [str(sources / f"{name}.mkv") for name in "cab"]
    done = subprocess.run([*command, *files, "--out", str(two), "--workers", "2"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert digests(one) == digests(two)
    alone = tmp_path / "alone"
    assert run(files[1], "--out", alone, "--preset", preset).exit_code == 0
    assert digests(alone)["lr/a.mkv"] == digests(one)["lr/a.mkv"]


def test_a_recipe_reproduces_the_bytes(sources, tmp_path):
    first = tmp_path / "first"
    assert run(sources, "--out", first, "--preset", "srwd", "--seed", 9).exit_code == 0
    again = tmp_path / "again"
    single = run(sources / "b.mkv", "--out", again, "--from-recipe", first / "recipes" / "b.json")
    assert single.exit_code == 0, single.output
    assert digests(again)["lr/b.mkv"] == digests(first)["lr/b.mkv"]
    every = tmp_path / "every"
    assert run(sources, "--out", every, "--from-recipe", first / "recipes").exit_code == 0
    assert digests(every) == digests(first)


def test_an_edited_recipe_is_followed(sources, tmp_path):
    first = tmp_path / "first"
    assert run(sources / "a.mkv", "--out", first, "--preset", "bicubic").exit_code == 0
    recipe = json.loads((first / "recipes" / "a.json").read_text())["recipe"]
    recipe["stages"].append({"kind": "noise", "key": "new", "params": {"distribution": "gaussian", "sigma": 40.0}})
    (tmp_path / "edited.json").write_text(json.dumps(recipe))
    assert run(sources / "a.mkv", "--out", tmp_path / "n", "--from-recipe", tmp_path / "edited.json").exit_code == 0
    clean, noisy = (np.stack(list(read_frames(f / "lr" / "a.mkv"))).astype(float) for f in (first, tmp_path / "n"))
    assert 20 < (noisy - clean).std() < 45


def test_resume_makes_only_what_is_missing_or_changed(sources, tmp_path):
    out = tmp_path / "out"
    command = (sources, "--out", out, "--preset", "realbasicvsr")
    assert run(*command).exit_code == 0
    before = digests(out)
    stamps = {path.name: path.stat().st_mtime_ns for path in (out / "lr").iterdir()}
    (out / "lr" / "a.mkv").unlink()
    (out / "lr" / "b.mkv").write_bytes(b"torn")
    result = run(*command, "--resume")
    assert "1 clips are there already" in result.output
    assert digests(out) == before
    assert (out / "lr" / "c.mkv").stat().st_mtime_ns == stamps["c.mkv"]
    other_seed = run(*command, "--resume", "--seed", 1)
    assert "there already" not in other_seed.output
    assert digests(out) != before


def test_variants_frames_scale_and_formats(sources, tmp_path):
    out = tmp_path / "out"
    options = ("--variants", 2, "--frames", "1:4", "--scale", 3, "--format", "png", "--preset", "bicubic")
    assert run(sources / "a.mkv", "--out", out, *options).exit_code == 0
    assert sorted(path.name for path in (out / "lr").iterdir()) == ["a", "a_v1"]
    assert sorted(path.name for path in (out / "lr" / "a").iterdir()) == [f"{n:08d}.png" for n in range(3)]
    assert probe(out / "lr" / "a").height == 22
    source = next(read_frames(sources / "a.mkv", 1, 2))
    assert np.abs(next(read_frames(out / "lr" / "a")).mean() - source[:66, :96].mean()) < 0.5
    assert pd.read_parquet(out / "metadata.parquet")["lr_folder"].tolist() == ["lr/a", "lr/a_v1"]
    mp4 = tmp_path / "mp4"
    assert run(sources / "a.mkv", "--out", mp4, "--format", "mp4", "--preset", "bicubic").exit_code == 0
    record = json.loads((mp4 / "recipes" / "a.json").read_text())
    assert record["lr"]["frames_sha256"] == frames_sha256(read_frames(mp4 / "lr" / "a.mp4"))


def test_dry_run_prints_recipes_and_writes_nothing(sources, tmp_path):
    result = run(sources, "--out", tmp_path / "out", "--preset", "camera", "--dry-run")
    assert result.exit_code == 0
    assert "a: 96x64, 6 frames -> 24x16" in result.output
    assert "sensor" in result.output
    assert "3 LR clips, 0.0 MiB of uncompressed RGB; nothing was written" in result.output
    assert not (tmp_path / "out").exists()


def test_a_users_own_spec(sources, tmp_path):
    (tmp_path / "mine.toml").write_text('name = "mine"\n[[stage]]\nkind = "jpeg"\nquality = [20, 25]\n')
    assert run(sources / "a.mkv", "--out", tmp_path / "out", "--spec", tmp_path / "mine.toml").exit_code == 0
    assert pd.read_parquet(tmp_path / "out" / "metadata.parquet")["preset"].tolist() == ["mine"]


def test_one_bad_clip_does_not_stop_the_rest(sources, tmp_path):
    (sources / "bad.mp4").write_text("this is no video")
    (sources / "empty.mp4").write_bytes(b"")
    out = tmp_path / "out"
    result = run(sources, sources / "gone.mp4", "--out", out, "--preset", "bicubic")
    assert result.exit_code == 1
    assert sorted(path.name for path in (out / "lr").iterdir()) == ["a.mkv", "b.mkv", "c.mkv"]
    failures = {item["id"]: item["message"] for item in json.loads((out / "results.json").read_text())["failures"]}
    assert set(failures) == {"bad", "empty", "gone"}
    assert "Failed (3):" in result.output
    for name, message in failures.items():
        assert f"{name}.mp4" in message
        assert "\n" not in message


def one_line(result):
    lines = [line for line in result.stderr.splitlines() if line.startswith("Error:")]
    assert len(lines) == 1, result.stderr
    assert "Traceback" not in result.stderr
    return lines[0]


def test_wrong_calls_are_one_line(sources, tmp_path):
    out = tmp_path / "out"
    clip = sources / "a.mkv"
    (tmp_path / "bad.toml").write_text('name = "x"\n[[stage]]\nkind = "jpeg"\nquality = [90, 20]')
    (tmp_path / "old.json").write_text('{"recipe_version": 0}')
    cases = [
        ((clip, "--preset", "nope"), 1, "preset 'nope': unknown (presets: bicubic"),
        ((clip, "--spec", tmp_path / "bad.toml"), 1, "bad.toml: stage[0].quality: [90, 20] is empty"),
        ((clip, "--from-recipe", tmp_path / "old.json"), 1, "old.json: recipe_version 0, this version"),
        ((clip, "--preset", "ddsr", "--spec", tmp_path / "bad.toml"), 2, "--preset and --spec exclude each other"),
        ((clip, "--resume", "--overwrite"), 2, "--resume and --overwrite exclude each other"),
        ((clip, "--frames", "9:3"), 2, "'9:3' is no range of frames; write 0:30, 10: or :30"),
        ((sources / "*.webm",), 1, "*.webm: matches no file"),
    ]
    for arguments, code, text in cases:
        result = run(*arguments, "--out", out)
        assert result.exit_code == code, result.output
        assert text in one_line(result)
        assert not (out / "lr").exists()


def test_clips_that_do_not_fit_are_listed(tmp_path, make_video):
    make_video("src/one.mkv", moving_scene(1, 32, 32))
    make_video("src/tiny.mkv", moving_scene(4, 3, 3))
    make_video("src/fine.mkv", moving_scene(4, 32, 32))
    out = tmp_path / "out"
    result = run(tmp_path / "src", "--out", out, "--preset", "camera")
    assert result.exit_code == 1
    assert (
        "one.mkv: 1 frame, but preset 'camera' needs 2 for its exposure stage; use --preset bicubic or a longer clip"
        in (result.stderr)
    )
    assert "tiny.mkv: 3x3 is smaller than the scale 4" in result.stderr
    assert [path.name for path in (out / "lr").iterdir()] == ["fine.mkv"]
    beyond = run(tmp_path / "src" / "fine.mkv", "--out", tmp_path / "beyond", "--frames", "7:9")
    assert "fine.mkv: 4 frames, none of them in 7:9" in beyond.stderr


def test_a_folder_in_use_is_not_touched(sources, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    assert "not empty; add --resume to go on" in one_line(run(sources, "--out", out))
    assert "holds other files (thesis.txt)" in one_line(run(sources, "--out", out, "--overwrite"))
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]


def test_two_clips_of_one_name_are_one_line(sources, tmp_path, make_video):
    make_video("other/a.mkv")
    result = run(sources / "a.mkv", tmp_path / "other" / "a.mkv", "--out", tmp_path / "out")
    assert "both would be named 'a'" in one_line(result)


def test_a_name_that_is_not_utf8_works(sources, tmp_path):
    name = os.fsdecode(b"caf\xe9.mkv")
    shutil.copy(sources / "a.mkv", sources / name)
    out = tmp_path / "out"
    result = run(sources, "--out", out, "--preset", "bicubic")
    assert result.exit_code == 0, result.output
    assert (out / "lr" / "caf%E9.mkv").exists()
    assert "caf%E9" in pd.read_parquet(out / "metadata.parquet")["id"].tolist()


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("mount"), reason="cannot make an unwritable folder here")
def test_an_output_that_cannot_be_made_is_one_line(sources, tmp_path):
    (tmp_path / "file").write_text("")
    assert "cannot be written" in one_line(run(sources, "--out", tmp_path / "file" / "sub"))


def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(tmp_path):
    """A tmpfs of 200 kB, where one can be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("no right to mount a tmpfs here")
    try:
        rng = np.random.default_rng(0)
        source = tmp_path / "noise.mkv"
        frames = rng.integers(0, 256, (20, 128, 128, 3)).astype(np.uint8)
        with VideoWriter(source, width=128, height=128, fps=Fraction(24), format="ffv1") as writer:
            for frame in frames:
                writer.write(frame)
        result = run(source, "--out", disk / "out", "--preset", "bicubic", "--scale", 2)
        assert result.exit_code == 1
        assert "Traceback" not in result.stderr
        assert "No space left" in result.stderr
        assert not list((disk / "out").rglob("*.mkv"))
        assert not list((disk / "out").rglob("*.part*"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_kill_in_the_middle_then_resume_gives_the_same_bytes(tmp_path, make_video):
    for index in range(6):
        make_video(f"src/c{index}.mkv", moving_scene(24, 160, 120, seed=index))
    command = [sys.executable, "-m", "ddsr_bench", "generate-lr", str(tmp_path / "src"), "--preset", "ddsr"]
    whole, torn = tmp_path / "whole", tmp_path / "torn"
    subprocess.run([*command, "--out", str(whole), "--workers", "2"], check=True, capture_output=True)
    process = subprocess.Popen([*command, "--out", str(torn), "--workers", "2"], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list((torn / "recipes").glob("*.json")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    time.sleep(1.0)  # its workers notice and end
    done = digests(torn)
    assert all(done[name] == digests(whole)[name] for name in done if ".part" not in name)
    again = subprocess.run([*command, "--out", str(torn), "--resume"], capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert digests(torn) == digests(whole)
    assert not [path for path in torn.rglob("*") if ".part" in path.name]


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(tmp_path, make_video):
    for index in range(6):
        make_video(f"src/c{index}.mkv", moving_scene(24, 160, 120, seed=index))
    out = tmp_path / "out"
    command = [sys.executable, "-m", "ddsr_bench", "generate-lr", str(tmp_path / "src"), "--out", str(out)]
    process = subprocess.Popen([*command, "--workers", "2"], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not list((out / "recipes").glob("*.json")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "add --resume to the same command to go on" in errors
    assert "Traceback" not in errors
    assert len(pd.read_parquet(out / "metadata.parquet")) >= 1
    assert json.loads((out / "results.json").read_text())["interrupted"] is True


def test_load_dataset_opens_it_from_anywhere(sources, tmp_path):
    out = tmp_path / "out"
    assert run(sources, "--out", out, "--preset", "bicubic", "--keep-hr").exit_code == 0
    moved = tmp_path / "moved"
    out.rename(moved)
    code = (
        "import datasets, sys\n"
        "clips = datasets.load_dataset(sys.argv[1], split='train')\n"
        "assert clips.num_rows == 3, clips\n"
        "assert isinstance(clips.features['video'], datasets.Video), clips.features\n"
        "assert isinstance(clips.features['hr'], datasets.Video), clips.features\n"
        "off = datasets.Video(decode=False)\n"
        "plain = clips.cast_column('video', off).cast_column('hr', off)\n"
        "from ddsr_bench.video import read_frames\n"
        "assert next(read_frames(plain[0]['video']['path'])).shape == (16, 24, 3)\n"
    )
    environment = {**os.environ, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(moved)], capture_output=True, text=True, cwd="/", env=environment
    )
    assert done.returncode == 0, done.stderr


def test_help_and_presets_are_quick_and_complete():
    result = CliRunner().invoke(main, ["generate-lr", "--list-presets"])
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.splitlines()] == [
        "bicubic", "blur-down", "bsrgan", "camera", "ddsr", "real-esrgan", "realbasicvsr", "srwd",
    ]  # fmt: skip
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "ddsr_bench", "--help"], check=True, capture_output=True)
    assert time.perf_counter() - start < 5


def test_paths_of_the_environment_are_not_recorded(sources, tmp_path):
    out = tmp_path / "out"
    assert run(sources, "--out", out, "--preset", "bicubic").exit_code == 0
    record = (out / "recipes" / "a.json").read_text()
    assert str(Path.cwd()) not in record
    assert str(tmp_path) not in record
