"""The loop's pieces: schedule, optimiser groups, averages, checkpoints, two networks trained in turn."""

import pickle

import pytest
import torch
from line_task import LineTask
from torch import nn

from ddsr_bench.errors import DdsrError
from ddsr_bench.train.loop.average import Average
from ddsr_bench.train.loop.config import LoopConfig
from ddsr_bench.train.loop.journal import Journal, read_log
from ddsr_bench.train.loop.optimisers import optimiser, set_rate
from ddsr_bench.train.loop.ranks import Ranks, joined
from ddsr_bench.train.loop.schedule import rate_of
from ddsr_bench.train.loop.task import Part, Validated
from ddsr_bench.train.loop.train import train


def test_the_rate_rises_then_falls_to_its_floor():
    config = LoopConfig(warm_up=0.1, floor=0.02)
    rates = [rate_of(step, 100, config) for step in range(100)]
    assert rates[:10] == pytest.approx([0.1 * k for k in range(1, 11)])
    assert rates[10] == 1
    assert rates[-1] == pytest.approx(0.02)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[10 + 89 // 2] == pytest.approx(0.51, abs=0.02)
    constant = LoopConfig(warm_up=0, schedule="constant")
    assert {rate_of(step, 7, constant) for step in range(7)} == {1.0}
    assert rate_of(0, 1, LoopConfig()) == 1


def test_rates_and_decays_of_parameters():
    module = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
    module[2].bias.requires_grad_(False)
    config = LoopConfig(learning_rate=0.1, weight_decay=0.3)
    chosen = optimiser(Part(module, rate=0.5, slow={"0.": 0.1}), config)
    set_rate(chosen, 0.5)
    found = {
        id(parameter): (group["lr"], group["weight_decay"])
        for group in chosen.param_groups
        for parameter in group["params"]
    }
    assert found == {
        id(module[0].weight): (pytest.approx(0.0025), 0.3),
        id(module[0].bias): (pytest.approx(0.0025), 0.0),
        id(module[1].weight): (pytest.approx(0.025), 0.0),
        id(module[1].bias): (pytest.approx(0.025), 0.0),
        id(module[2].weight): (pytest.approx(0.025), 0.3),
    }
    assert isinstance(chosen, torch.optim.AdamW)
    assert not isinstance(optimiser(Part(module), LoopConfig(optimiser="adam")), torch.optim.AdamW)


def test_averages_follow_their_formula_and_copy_buffers():
    module = nn.BatchNorm1d(1)
    average = Average({"a": module}, 0.5)
    copied = average.modules["a"]
    assert not copied.training
    with torch.no_grad():
        module.weight.fill_(3.0)
        module.running_mean.fill_(7.0)
    average.update({"a": module}, 0)  # d = min(.5, 1/10)
    assert copied.weight.item() == pytest.approx(0.1 * 1 + 0.9 * 3)
    assert copied.running_mean.item() == 7
    average.update({"a": module}, 1000)
    assert copied.weight.item() == pytest.approx(0.5 * 2.8 + 0.5 * 3)
    assert module.weight.item() == 3


def test_no_average_is_the_weights():
    module = nn.Linear(2, 2)
    average = Average({"a": module}, 0.0)
    with torch.no_grad():
        module.weight.add_(1)
    average.update({"a": module}, 0)
    assert torch.equal(average.modules["a"].weight, module.weight)


class Called:
    """Unpickled, it would make a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


def test_bad_checkpoints_are_refused_in_one_line_and_nothing_in_them_runs(tmp_path):
    config = LoopConfig(epochs=1)
    train(LineTask(), config, tmp_path, device="cpu")
    path = tmp_path / "last.pt"
    whole = path.read_bytes()

    def told():
        with pytest.raises(DdsrError) as error:
            train(LineTask(), config, tmp_path, device="cpu", resume=True)
        assert "\n" not in str(error.value)
        return str(error.value)

    path.write_bytes(whole[: len(whole) // 2])
    assert "last.pt: not a state of training (" in told()
    assert "remove it to begin anew" in told()
    path.write_bytes(pickle.dumps({"state_version": 1, "facts": Called(str(tmp_path / "made"))}))
    assert "last.pt: not a state of training (" in told()
    torch.save({"state_version": 1, "facts": Called(str(tmp_path / "made"))}, path)
    assert "last.pt: not a state of training (" in told()
    assert not (tmp_path / "made").exists()
    torch.save({"state_version": 99}, path)
    assert "last.pt: state of version 99, wanted 1; remove it to begin anew" in told()
    torch.save([1, 2], path)
    assert "state of version None" in told()
    torch.save({"state_version": 1}, path)
    assert "not a whole state of training" in told()
    content = torch.load(_write(path, whole), weights_only=True)
    content["parts"]["net"]["0.weight"] = torch.zeros(3, 3)
    torch.save(content, path)
    assert "last.pt: holds other networks (" in told()


def _write(path, data):
    path.write_bytes(data)
    return path


class Rivals(LineTask):
    """Two networks with opposite aims, as generator and discriminator have."""

    def __init__(self):
        super().__init__(dropout=0.0)
        self.rival = nn.Linear(1, 1)

    def parts(self):
        return {"net": Part(self.module), "rival": Part(self.rival, rate=2.0)}

    def losses(self, part, batch, moment, ranks):
        judged = self.rival(self.module(batch["x"]))[:, 0]
        return {"fool": -judged.mean()} if part == "net" else {"tell": (judged - batch["y"]).abs().mean()}

    def validate(self, modules, ranks):
        return Validated({"score": 0.0})


def test_each_part_is_trained_by_its_own_losses_alone(tmp_path):
    task = Rivals()
    seen = []
    held = {}
    base = task.losses

    def losses(part, batch, moment, ranks):
        state = {name: one.module.state_dict() for name, one in task.parts().items()}
        now = {name: {key: value.clone() for key, value in found.items()} for name, found in state.items()}
        if held and part == "rival":
            moved = {name: any(not torch.equal(now[name][k], held["now"][name][k]) for k in now[name]) for name in now}
            seen.append(moved)
        held["now"] = now
        return base(part, batch, moment, ranks)

    task.losses = losses
    train(task, LoopConfig(epochs=1, warm_up=0), tmp_path, device="cpu")
    # Between the two calls of a step only the first part has moved.
    assert seen == [{"net": True, "rival": False}] * 4
    values = read_log(tmp_path / "log.jsonl")[0]["values"]
    assert set(values) == {"net.fool", "net.norm", "rival.tell", "rival.norm"}


def test_journal_drops_what_lies_after_the_step(tmp_path):
    journal = Journal(tmp_path)
    for step in range(1, 5):
        journal.step(step, 1, 0.1, {"a": 1.0}, 0.0)
    Journal(tmp_path, 2)
    assert [line["step"] for line in read_log(tmp_path / "log.jsonl")] == [1, 2]
    (tmp_path / "log.jsonl").write_text('{"step": 1}\nnonsense\n{"step": 2}\n')
    with pytest.raises(DdsrError, match=r"log\.jsonl: line 2 is no JSON"):
        Journal(tmp_path, 2)


def test_shares_of_processes_are_the_whole_in_order():
    for world in (1, 2, 3, 5):
        shares = [Ranks(rank, world).share(list(range(7))) for rank in range(world)]
        assert [item for share in shares for item in share] == list(range(7))
        assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_one_process_is_alone_and_half_of_torchruns_variables_are_refused(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with joined() as ranks:
        assert (ranks.rank, ranks.world, ranks.first) == (0, 1, True)
        assert ranks.agreed("x") == "x"
        x = torch.ones(3)
        assert ranks.gather(x) is x
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(DdsrError, match="WORLD_SIZE=2: cannot join the processes"), joined():
        pass


def test_what_is_no_finite_number_is_null_in_the_log(tmp_path):
    journal = Journal(tmp_path)
    journal.step(1, 1, 0.1, {"norm": float("inf"), "a": 0.5}, 0.0)
    journal.validation(1, 1, Validated({"x": float("-inf"), "y": float("nan"), "z": 2.0}), best=False)
    first, second = read_log(tmp_path / "log.jsonl")
    assert first["values"] == {"norm": None, "a": 0.5}
    assert second["values"] == {"x": None, "y": None, "z": 2.0}
    text = (tmp_path / "log.jsonl").read_text()
    assert "Infinity" not in text
    assert "NaN" not in text
