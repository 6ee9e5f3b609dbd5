"""``ddsr-bench train ddsr`` as it is typed: what it says, what it leaves, what it refuses."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from hr_clips import write_clips
from safetensors.torch import load_file
from waiting import wait_for_lines

from ddsr_bench import video
from ddsr_bench.cli import main
from ddsr_bench.train.loop.journal import read_log

SMALL = """
[loop]
epochs = 3
optimiser = "adam"
learning_rate = 3e-3
average = 0.5
checkpoint_every = 2

[data]
crop = 16
frames = 4
batch = 2
samples = 2
reuse = 2
validation = 0.2
judged_clips = 1
judged_frames = 8

[network]
channels = 8
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with clips, settings and one finished run, ``done``."""
    folder = tmp_path_factory.mktemp("train-ddsr")
    write_clips(folder / "hr", width=96, height=80)
    (folder / "small.toml").write_text(SMALL)
    result = call(folder, "--out", folder / "done")
    assert result.exit_code == 0, result.output
    return folder


def call(folder, *more):
    arguments = [
        "train", "ddsr", "--data", folder / "hr", "--config", folder / "small.toml", "--cache", folder / "clips",
        "--device", "cpu", "--workers", "0", *more,
    ]  # fmt: skip
    return CliRunner().invoke(main, [str(one) for one in arguments])


def test_a_run_says_how_it_goes_and_its_weights_upscale_a_clip(folder, tmp_path):
    again = call(folder, "--out", tmp_path / "again")
    assert again.exit_code == 0
    told = again.output.splitlines()
    assert any(line.startswith("epoch 1: PSNR-Y ") and "RW-VSR-QA (simulated)" in line for line in told)
    assert told[-1].startswith(f"{tmp_path / 'again' / 'best.safetensors'}: on clips kept apart PSNR-Y ")
    out = tmp_path / "out.mkv"
    arguments = ["upscale", folder / "hr" / "clip-0.mkv", "--method", "ddsr-lite-x4", "--out", out]
    arguments += ["--weights", folder / "done" / "best.safetensors"]
    result = CliRunner().invoke(main, [str(one) for one in arguments])
    assert result.exit_code == 0, result.output
    info = video.probe(out)
    assert (info.width, info.height, info.frames) == (384, 320, 9)


def test_a_dry_run_says_what_would_be_and_writes_nothing(folder, tmp_path):
    before = sorted(folder.rglob("*"))
    result = call(folder, "--dry-run", "--out", tmp_path / "none")
    assert result.exit_code == 0, result.output
    for text in (
        "training: 4 clips, 36 frames",
        "validation: 1 clips, 9 frames",
        "network: lite x4, ",
        "batch: 2 sequences of 4 frames, LR 16x16",
        "losses: pixel 1, clean 0.5\n",
        "3 epochs of 4 steps, ",
    ):
        assert text in result.output
    assert not (tmp_path / "none").exists()
    assert sorted(folder.rglob("*")) == before


def test_a_folder_in_use_and_clips_that_are_none_are_refused_in_a_line(folder, tmp_path):
    taken = call(folder, "--out", folder / "done")
    assert taken.exit_code == 1
    assert "--resume" in taken.output
    assert "--overwrite" in taken.output
    both = call(folder, "--out", tmp_path / "x", "--resume", "--overwrite")
    assert both.exit_code == 2
    (tmp_path / "hr").mkdir()
    empty = call(tmp_path, "--out", tmp_path / "x", "--config", folder / "small.toml", "--data", tmp_path / "hr")
    assert empty.exit_code == 1
    assert empty.output == f"Error: {tmp_path / 'hr'}: no video and no frame folder in it; give a folder with clips\n"
    assert not (tmp_path / "x").exists()
    assert call(folder).exit_code == 2


def test_a_finished_run_that_is_resumed_changes_nothing(folder):
    before = (folder / "done" / "best.safetensors").read_bytes()
    result = call(folder, "--out", folder / "done", "--resume")
    assert result.exit_code == 0, result.output
    assert (folder / "done" / "best.safetensors").read_bytes() == before


def test_a_full_disk_leaves_the_last_checkpoint(folder, tmp_path, monkeypatch):
    from ddsr_bench.train.loop import checkpoint

    written = checkpoint.write_bytes_atomic
    calls = []

    def full(path, data):
        calls.append(path)
        if len(calls) == 3:
            from ddsr_bench.errors import DdsrError

            raise DdsrError(f"{path}: cannot write ({os.strerror(errno.ENOSPC)}); check the folder and free space")
        written(path, data)

    monkeypatch.setattr(checkpoint, "write_bytes_atomic", full)
    result = call(folder, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "No space left on device" in result.output
    assert "the last checkpoint (last.pt) is intact, go on from it with --resume" in result.output
    assert torch.load(tmp_path / "out" / "last.pt", weights_only=True)["progressed"]["step"] == 4


@pytest.mark.slow
def test_killed_and_resumed_gives_the_weights_of_an_uninterrupted_run(folder, tmp_path):
    command = [
        sys.executable, "-m", "ddsr_bench", "train", "ddsr", "--data", folder / "hr", "--config",
        folder / "small.toml", "--device", "cpu", "--workers", "1", "--epochs", "4",
    ]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}

    def run(out, *more):
        return subprocess.run([*command, "--out", out, *more], cwd=tmp_path, env=environment, capture_output=True)

    assert run("whole").returncode == 0
    for lines, more in ((3, ()), (11, ("--resume",))):
        killed = subprocess.Popen([*command, "--out", "cut", *more], cwd=tmp_path, env=environment, stderr=-3)
        wait_for_lines(tmp_path / "cut" / "log.jsonl", lines, killed)
        killed.send_signal(signal.SIGKILL)
        assert killed.wait() == -9
    assert run("cut", "--resume").returncode == 0
    logs = [
        [(line["step"], line["values"]) for line in read_log(Path(tmp_path, name, "log.jsonl"))]
        for name in ("cut", "whole")
    ]
    assert logs[0] == logs[1]
    ours, theirs = (load_file(tmp_path / name / "best.safetensors") for name in ("cut", "whole"))
    assert all(np.array_equal(ours[name], theirs[name]) for name in theirs)


@pytest.mark.slow
def test_two_processes_give_the_run_of_one(folder, tmp_path):
    def run(out, *launch):
        command = [
            *launch, "-m", "ddsr_bench", "train", "ddsr", "--data", folder / "hr", "--config", folder / "small.toml",
            "--device", "cpu", "--workers", "0", "--epochs", "2", "--out", out,
        ]  # fmt: skip
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return [line["values"]["pixel"] for line in read_log(tmp_path / out / "log.jsonl") if line["kind"] == "step"]

    torchrun = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    np.testing.assert_allclose(run("two", *torchrun), run("one", sys.executable), rtol=1e-4)
