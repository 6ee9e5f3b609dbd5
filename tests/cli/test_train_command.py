"""``ddsr-bench train`` as it is typed: what it says, what it leaves, what it refuses."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from rated_set import make_rated
from safetensors.torch import load_file
from small_set import row
from waiting import wait_for_lines

from ddsr_bench.cli import main
from ddsr_bench.data.manifest.write import write_tables
from ddsr_bench.train.loop.journal import read_log

SMALL = """
[loop]
learning_rate = 3e-3
average = 0.5
checkpoint_every = {every}

[data]
batch = 4
per_input = 2
ladder_batch = 3
per_ladder = 3
keys = 1
native = 4
half = 2

[network]
width = 4
features = 8
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    path = tmp_path_factory.mktemp("settings") / "small.toml"
    path.write_text(SMALL.format(every=1))
    return path


@pytest.fixture
def arguments(rated_folders, settings):
    return [
        "train", "rw-vsr-qa", "--data", rated_folders / "data", "--ladders", rated_folders / "ladders",
        "--cache", rated_folders / "cache", "--config", settings, "--device", "cpu",
    ]  # fmt: skip


@pytest.fixture
def call(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*more, base=arguments):
        return CliRunner().invoke(main, [str(one) for one in (*base, *more)])

    return run


def curve(out):
    """All of a log that does not depend on the clock."""
    lines = read_log(Path(out) / "log.jsonl")
    return [(line["kind"], line["step"], line["epoch"], line.get("rate"), line["values"]) for line in lines]


def test_help_names_the_options_and_the_files():
    shown = CliRunner().invoke(main, ["train", "--help"])
    assert shown.exit_code == 0
    assert "rw-vsr-qa" in shown.output
    assert "torchrun --nproc-per-node N -m ddsr_bench train" in " ".join(shown.output.split())
    shown = CliRunner().invoke(main, ["train", "rw-vsr-qa", "--help"])
    assert shown.exit_code == 0
    for name in ("--data", "--ladders", "--shards", "--config", "--init", "--out", "--resume", "--dry-run", "--seed"):
        assert name in shown.output
    assert "best.safetensors" in shown.output


def test_a_dry_run_says_what_would_be_trained_and_writes_nothing(call, tmp_path):
    done = call("--dry-run", "--epochs", "7")
    assert done.exit_code == 0, done.output
    lines = [line for line in done.output.splitlines() if "cut fragments" not in line]
    assert lines[0] == "training: 9 rated videos, 6 of ladders, 4 source groups"
    assert lines[1] == "validation: 6 rated videos, 3 of ladders, 2 source groups"
    assert lines[2] == "scores: simulated"
    assert lines[3].endswith(" parameters, begun at random")
    assert lines[4].startswith("7 epochs of 3 steps, ")
    assert lines[4].endswith(" of training")
    assert list(tmp_path.iterdir()) == []


def test_training_says_how_it_went_and_that_scores_are_simulated(call, tmp_path):
    done = call("--out", "out", "--epochs", "2")
    assert done.exit_code == 0, done.output
    last = done.stdout.splitlines()[-1]
    assert last.startswith("out/best.safetensors: on sources kept apart SROCC ")
    assert last.endswith(" (simulated scores)")
    shown = [line for line in done.stderr.splitlines() if line.startswith("epoch ")]
    assert [line.split(":")[0] for line in shown] == ["epoch 1", "epoch 2"]
    assert all("(simulated scores)" in line for line in shown)
    assert "6 steps, 2 epochs; weights of epoch " in done.stderr
    said = json.loads((tmp_path / "out" / "train.json").read_text())["training"]
    assert said["settings"]["loop"]["epochs"] == 2
    assert said["weights"]["file"] == "best.safetensors"


def test_what_is_there_is_kept_unless_it_is_said_otherwise(call, tmp_path):
    assert call("--out", "out", "--epochs", "1").exit_code == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir() if path.is_file()}
    done = call("--out", "out", "--epochs", "1")
    assert done.exit_code == 1
    assert "Error: out: not empty; add --resume to go on, --overwrite to make it anew, or choose" in done.output
    assert {name: (tmp_path / "out" / name).read_bytes() for name in before} == before
    # A finished run has nothing left; with other settings it is another run.
    again = call("--out", "out", "--epochs", "1", "--resume")
    assert again.exit_code == 0
    assert (tmp_path / "out" / "log.jsonl").read_bytes() == before["log.jsonl"]
    other = call("--out", "out", "--epochs", "2", "--resume")
    assert other.exit_code == 1
    assert "last.pt: made with another loop.epochs (1, not 2)" in other.output
    assert call("--out", "out", "--epochs", "2", "--overwrite").exit_code == 0
    assert len([one for one in curve("out") if one[0] == "step"]) == 6


def test_a_folder_of_other_files_is_left_alone(call, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("all of it")
    for option in ((), ("--overwrite",), ("--resume",)):
        done = call("--out", "out", *option)
        assert done.exit_code == 1
        assert "Error: out: " in done.output
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.tex"]
    assert "out: holds other files (thesis.tex)" in call("--out", "out", "--overwrite").output


def test_options_that_do_not_go_together_are_told(call):
    done = call("--epochs", "1")
    assert done.exit_code == 2
    assert "Error: no --out; give a folder for the weights" in done.output
    done = call("--out", "out", "--resume", "--overwrite")
    assert done.exit_code == 2
    assert "--resume and --overwrite exclude each other" in done.output


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "Error: nothing to learn from; give --data FOLDER, --ladders FOLDER or both, or --shards FOLDER"),
        (["--data", "empty"], "Error: empty: no dataset"),
        (["--data", "gone"], "Error: gone: no "),
        (["--ladders", "empty"], "Error: empty: no ladders in it (*.json)"),
        (["--shards", "empty"], "Error: empty: no shards in it (*.json)"),
        (["--data", "unrated"], "Error: unrated: 2 videos without a score (score_origin none); rate them"),
        (["--ladders", "empty", "--config", "fast"], "Error: --config fast: no settings of that name ("),
        (["--ladders", "empty", "--config", "bad.toml"], "Error: bad.toml: colour: Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_learnt_from_ends_in_one_line_before_anything_is_written(call, tmp_path, options, told):
    for name in ("empty", "unrated"):
        (tmp_path / name).mkdir()
    (tmp_path / "bad.toml").write_text("colour = 1")
    unrated = [row(k, "bicubic", mos=None, score_origin="none", split="train") for k in range(2)]
    write_tables(tmp_path / "unrated", unrated, [])
    done = call(*options, "--out", "out", base=["train", "rw-vsr-qa"])
    assert done.exit_code == 1
    assert done.output.startswith(told)
    assert len(done.output.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_bad_weights_and_devices_end_in_one_line(call, tmp_path):
    (tmp_path / "bad.safetensors").write_bytes(b"nonsense")
    done = call("--out", "out", "--init", "bad.safetensors")
    assert done.exit_code == 1
    assert "Error: bad.safetensors: not a safetensors file (" in done.output
    done = call("--out", "other", "--device", "cuda:9")
    assert done.exit_code == 1
    assert "device 'cuda:9'" in done.output
    assert "Traceback" not in done.output


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(call, tmp_path, monkeypatch):
    from ddsr_bench.train.loop import train

    real = train.take_step

    def interrupted(task, held, batch, moment, ranks):
        if moment.step == 4:
            raise KeyboardInterrupt
        return real(task, held, batch, moment, ranks)

    monkeypatch.setattr(train, "take_step", interrupted)
    done = call("--out", "out", "--epochs", "2")
    assert done.exit_code == 130
    assert "Interrupted; the same command with --resume goes on from the last checkpoint" in done.output
    assert "Traceback" not in done.output
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert call("--out", "out", "--epochs", "2", "--resume").exit_code == 0
    assert call("--out", "whole", "--epochs", "2").exit_code == 0
    assert curve("out") == curve("whole")


def test_values_are_shown_with_the_origin_of_their_scores():
    from ddsr_bench.cli._train import values_text

    values = {"srocc": 0.81234, "pairs": 0.75, "agreement": 0.7}
    assert values_text(values, "simulated") == "SROCC 0.812, pairs in order 0.750 (simulated scores)"
    assert values_text({"ladder_pairs": 1.0}, "order") == "ladder pairs in order 1.000 (order)"
    assert values_text({}, "subjective") == "nothing to compare (subjective scores)"
    untold = "SROCC cannot be told (too few videos, or all alike), pairs in order 1.000 (simulated scores)"
    assert values_text({"srocc": float("nan"), "pairs": 1.0}, "simulated") == untold


def test_of_many_processes_the_first_alone_tells_what_is_refused(call, tmp_path, monkeypatch):
    told = "out: not empty; choose another --out"
    second = type("Second", (), {"first": False, "agreed": lambda self, value: told})()
    monkeypatch.setattr("ddsr_bench.train.loop.ranks.joined", lambda: contextlib.nullcontext(second))
    done = call("--out", "out")
    assert (done.exit_code, done.output) == (1, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_killed_and_resumed_gives_the_curve_of_an_uninterrupted_run(tmp_path, settings):
    make_rated(tmp_path / "data", sources=6, frames=4, methods=("sharp", "blur-2", "noise-2"))
    settings = tmp_path / "some.toml"
    settings.write_text(SMALL.format(every=2))
    command = [
        sys.executable, "-m", "ddsr_bench", "train", "rw-vsr-qa", "--data", "data", "--cache", "cache",
        "--config", settings.name, "--epochs", "6", "--device", "cpu",
    ]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}

    def run(out, *more):
        return subprocess.run(
            [*command, "--out", out, *more], cwd=tmp_path, env=environment, capture_output=True, text=True
        )

    assert run("whole").returncode == 0
    whole = curve(tmp_path / "whole")
    # Killed in the second epoch, then in a later one, each time once the log has come so far. Checkpoints are written
    # within epochs (of three steps) too, so that runs go on from the middle of one.
    for lines, more in ((6, ()), (14, ("--resume",))):
        killed = subprocess.Popen([*command, "--out", "cut", *more], cwd=tmp_path, env=environment, stderr=-3)
        wait_for_lines(tmp_path / "cut" / "log.jsonl", lines, killed)
        killed.send_signal(signal.SIGKILL)
        assert killed.wait() == -9
        assert len(curve(tmp_path / "cut")) < len(whole)
        assert not (tmp_path / "cut" / "train.json").exists()
    done = run("cut", "--resume")
    assert done.returncode == 0, done.stderr
    assert curve(tmp_path / "cut") == whole
    ours, theirs = (load_file(tmp_path / name / "best.safetensors") for name in ("cut", "whole"))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    shutil.rmtree(tmp_path / "cache")
