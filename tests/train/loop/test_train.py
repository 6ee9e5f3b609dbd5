"""The loop: what it leaves, how it goes on, what it stops for."""

import json
import math
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from line_task import LineTask
from safetensors.torch import load_file

from ddsr_bench.errors import DdsrError
from ddsr_bench.train.loop.config import LoopConfig
from ddsr_bench.train.loop.journal import read_log
from ddsr_bench.train.loop.train import train

CONFIG = LoopConfig(epochs=6, learning_rate=0.02, checkpoint_every=3)

KILLED = """
import os, signal, sys
sys.path.insert(0, {tests!r})
import torch
from pathlib import Path
from line_task import LineTask
from ddsr_bench.train.loop.config import LoopConfig
from ddsr_bench.train.loop.train import train

torch.set_num_threads(1)
def hook(moment):
    if moment.step == {step}:
        os.kill(os.getpid(), signal.SIGKILL)
train(LineTask(hook=hook), LoopConfig.model_validate_json({config!r}), Path({out!r}), seed=5, device="cpu")
"""


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def run(out, task=None, config=CONFIG, **options):
    task = task or LineTask()
    return task, train(task, config, out, seed=5, device="cpu", **options)


def curve(out):
    return [(line["step"], line["kind"], line["values"]) for line in read_log(out / "log.jsonl")]


def test_training_learns_and_leaves_its_files(tmp_path):
    task, outcome = run(tmp_path, config=LoopConfig(epochs=40, learning_rate=0.02, weight_decay=0))
    assert outcome.best > 0.9
    assert outcome.steps == 160
    assert (outcome.resumed_at, outcome.early) == (0, False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.safetensors", "last.pt", "log.jsonl"]
    losses = [values["similarity"] for _, kind, values in curve(tmp_path) if kind == "step"]
    assert len(losses) == 160
    assert sum(losses[-8:]) < sum(losses[:8]) - 4
    # The best weights are those that gave the best validation.
    task.module.load_state_dict(load_file(tmp_path / "best.safetensors"))
    task.module.eval()
    with torch.no_grad():
        assert task.validate({"net": task.module}, None).values["score"] == pytest.approx(outcome.best, abs=1e-6)


def test_equal_seeds_give_equal_runs_and_the_global_generator_is_left_alone(tmp_path):
    torch.manual_seed(3)
    before = torch.rand(3)
    torch.manual_seed(3)
    run(tmp_path / "a")
    task = LineTask()
    torch.manual_seed(99)
    train(task, CONFIG, tmp_path / "b", seed=5, device="cpu")
    assert curve(tmp_path / "a") == curve(tmp_path / "b")
    train(LineTask(), CONFIG, tmp_path / "c", seed=6, device="cpu")
    assert curve(tmp_path / "c") != curve(tmp_path / "a")
    built = LineTask()
    torch.manual_seed(3)
    train(built, CONFIG, tmp_path / "d", seed=5, device="cpu")
    assert torch.equal(torch.rand(3), before)


@pytest.mark.parametrize("step", [9, 16])
def test_killed_in_the_middle_and_resumed_is_as_if_never_interrupted(tmp_path, step):
    # Step 9 lies within an epoch, past the checkpoint of step 9; step 16 begins one.
    script = KILLED.format(
        tests=str(Path(__file__).parent), step=step, config=CONFIG.model_dump_json(), out=str(tmp_path / "killed")
    )
    if step == 9:
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        assert done.returncode == -9, done.stderr
    else:
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "killed", LineTask(hook=lambda now: _interrupt(now.step == step)))
    # A line that was being written when the end came.
    with (tmp_path / "killed" / "log.jsonl").open("a") as file:
        file.write('{"kind": "st')
    task, outcome = run(tmp_path / "killed", resume=True)
    assert outcome.resumed_at in (9, 16)
    whole, other = run(tmp_path / "whole")
    assert curve(tmp_path / "killed") == curve(tmp_path / "whole")
    for name, value in whole.module.state_dict().items():
        assert torch.equal(value, task.module.state_dict()[name])
    assert (outcome.best, outcome.best_epoch, outcome.steps) == (other.best, other.best_epoch, other.steps)
    ours, theirs = (load_file(tmp_path / name / "best.safetensors") for name in ("killed", "whole"))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def _interrupt(now):
    if now:
        raise KeyboardInterrupt


def test_resume_without_a_checkpoint_begins_and_a_finished_run_has_nothing_left(tmp_path):
    _, first = run(tmp_path, resume=True)
    assert first.resumed_at == 0
    task, again = run(tmp_path, resume=True)
    assert again.resumed_at == again.steps == first.steps
    assert task.exported == 0


def test_a_loss_that_is_no_number_stops_the_run_and_is_named(tmp_path):
    with pytest.raises(DdsrError, match=r"^loss 'l1': nan at step 8 \(epoch 2\); the last checkpoint is whole"):
        run(tmp_path, LineTask(break_at=7))
    _, outcome = run(tmp_path, resume=True)
    assert outcome.resumed_at == 6


def test_a_gradient_that_is_no_number_stops_the_run_before_it_is_applied(tmp_path):
    class Rooted(LineTask):
        def losses(self, part, batch, moment, ranks):
            weight = self.module[0].weight
            return {"root": (weight - weight.detach()).abs().sum().sqrt()}

    task = Rooted()
    before = {name: value.clone() for name, value in task.module.state_dict().items()}
    with pytest.raises(DdsrError, match=r"^gradient of 'net': nan at step 1 \(epoch 1\)"):
        run(tmp_path, task)
    assert all(torch.equal(before[name], value) for name, value in task.module.state_dict().items())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"epochs": 7}, r"loop\.epochs \(6, not 7\)"),
        ({"learning_rate": 0.5}, r"loop\.learning_rate \(0\.02, not 0\.5\)"),
    ],
)
def test_a_run_does_not_go_on_with_other_settings(tmp_path, changes, told):
    run(tmp_path)
    with pytest.raises(DdsrError, match=rf"last\.pt: made with another {told}; give what it was made with"):
        run(tmp_path, config=CONFIG.model_copy(update=changes), resume=True)
    # How often it is written down is no such setting.
    run(tmp_path, config=CONFIG.model_copy(update={"log_every": 2, "checkpoint_every": 0}), resume=True)


def test_a_full_disk_ends_in_one_line_and_leaves_the_last_checkpoint_whole(tmp_path):
    kept = {}

    def fill(moment):
        if moment.step == 7:
            kept["last"] = (tmp_path / "last.pt").read_bytes()
            # A real limit of the system: files may not grow past 2 kB from now on.
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limits[1]))

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        config = CONFIG.model_copy(update={"log_every": 1000, "validate_every": 5})
        with pytest.raises(DdsrError) as told:
            run(tmp_path, LineTask(hook=fill), config)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    text = str(told.value)
    assert "last.pt: cannot write (File too large); check the folder and free space" in text
    assert "the last checkpoint (last.pt) is intact, go on from it with --resume" in text
    assert "\n" not in text
    assert (tmp_path / "last.pt").read_bytes() == kept["last"]
    assert not list(tmp_path.glob(".*.part"))
    _, outcome = run(tmp_path, config=config, resume=True)
    assert outcome.resumed_at == 6
    assert outcome.steps == 24


def test_a_log_that_cannot_be_written_ends_in_one_line(tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.raises(DdsrError, match=r"log\.jsonl: cannot write \(File too large\); the last checkpoint is"):
            run(tmp_path, LineTask(hook=lambda now: resource.setrlimit(resource.RLIMIT_FSIZE, (1, limits[1]))))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_training_stops_early_and_keeps_the_best(tmp_path):
    class Worse(LineTask):
        scores = iter([0.1, 0.5, 0.4, 0.45, 0.3, 0.2])

        def validate(self, modules, ranks):
            return super().validate(modules, ranks).__class__({"score": next(self.scores)})

    task, outcome = run(tmp_path, Worse(), CONFIG.model_copy(update={"patience": 2}))
    assert outcome.early
    assert (outcome.best, outcome.best_epoch, outcome.epochs) == (0.5, 2, 4)
    assert task.exported == 2
    assert [line["best"] for line in read_log(tmp_path / "log.jsonl") if line["kind"] == "validation"] == [
        True, True, False, False,
    ]  # fmt: skip


def test_where_no_validation_gives_a_number_the_last_weights_are_kept(tmp_path):
    class Blind(LineTask):
        def validate(self, modules, ranks):
            return super().validate(modules, ranks).__class__({"score": math.nan})

    task, outcome = run(tmp_path, Blind())
    assert (outcome.best, outcome.best_epoch, task.exported) == (None, 0, 1)
    assert json.loads((tmp_path / "log.jsonl").read_text().splitlines()[-1])["values"] == {"score": None}


def test_progress_is_told(tmp_path):
    seen = []
    run(tmp_path, progress=seen.append)
    kinds = [report.kind for report in seen]
    assert kinds[0] == "begin"
    assert kinds[-1] == "end"
    assert kinds.count("step") == 24
    assert kinds.count("validation") == 6
    steps = [report for report in seen if report.kind == "step"]
    assert (steps[0].step, steps[0].steps, steps[0].epoch) == (1, 24, 1)
    assert set(steps[0].values) == {"similarity", "l1", "norm"}
    assert any(report.kind == "validation" and report.best for report in seen)


def test_bf16_trains_too(tmp_path):
    config = LoopConfig(epochs=40, learning_rate=0.02, weight_decay=0, precision="bf16")
    assert run(tmp_path, config=config)[1].best > 0.9


def test_precisions_and_devices_that_are_not_here_are_refused(tmp_path):
    with pytest.raises(DdsrError, match="precision fp16: not on cpu"):
        run(tmp_path, config=CONFIG.model_copy(update={"precision": "fp16"}))
    with pytest.raises(DdsrError, match="device 'cuda:9'"):
        train(LineTask(), CONFIG, tmp_path, device="cuda:9")
