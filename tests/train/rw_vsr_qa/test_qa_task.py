"""The task: its batches, its losses, what its course depends on."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from ddsr_bench.errors import DdsrError
from ddsr_bench.train.loop.ranks import Ranks
from ddsr_bench.train.loop.task import Moment
from ddsr_bench.train.losses.similarity import similarity
from ddsr_bench.train.losses.within_input import within_input
from ddsr_bench.train.rw_vsr_qa.config import LossConfig
from ddsr_bench.train.rw_vsr_qa.run import Options, task_of
from ddsr_bench.train.rw_vsr_qa.task import QaTask, rated_losses

ALL = {name: 1.0 for name in ("similarity", "plcc", "norm_in_norm", "l1", "monotonic", "within_input", "ladder")}
NOW = Moment(0, 0, 0, 0, 10)


@pytest.fixture(scope="module")
def tasks(rated_folders):
    """A task by what it learns from: both, rated or ladders."""
    given = {"data": str(rated_folders / "data")}, {"ladders": rated_folders / "ladders"}
    kinds = {"both": {**given[0], **given[1]}, "rated": given[0], "ladders": given[1]}
    options = Options(out=rated_folders, config="tiny", cache=rated_folders / "cache")
    return {name: task_of(replace(options, **one), Ranks()) for name, one in kinds.items()}


def changed(task, seed=None, loss=None, **data):
    """The task with other settings."""
    parts = {"data": task.config.data.model_copy(update=data), "loss": loss or task.config.loss}
    config = task.config.model_copy(update=parts)
    return QaTask(
        task.network, config, task.samples, task.cache, task.hashes, task.seed if seed is None else seed, task.init
    )


def ids(task, epoch):
    return [[one.id for one in batch] for batch in task._epoch(epoch)]


def test_an_epoch_has_all_rated_videos_once_and_ladders_beside_them(tasks):
    task = changed(tasks["both"], batch=4, per_input=2, ladder_batch=3, per_ladder=3)
    rated = sorted(one.id for one in task.samples.train if one.rated)
    for epoch in range(3):
        batches = task._epoch(epoch)
        assert len(batches) == task.steps == 3
        assert sorted(one.id for batch in batches for one in batch if one.rated) == rated
        assert [sum(not one.rated for one in batch) for batch in batches] == [3, 3, 3]
    # Ladders go on through the epochs: in two steps all six clips, whatever the epoch.
    steps = [batch for epoch in range(4) for batch in task._epoch(epoch)]
    for first, second in zip(steps[::2], steps[1::2], strict=True):
        assert len({one.id for one in (*first, *second) if not one.rated}) == 6


def test_batches_are_the_same_whatever_was_asked_for_before(tasks):
    fresh = [changed(tasks["both"], batch=4, ladder_batch=2) for _ in range(2)]
    forwards = [ids(fresh[0], epoch) for epoch in range(5)]
    assert [ids(fresh[1], epoch) for epoch in (4, 0, 3)] == [forwards[epoch] for epoch in (4, 0, 3)]
    assert forwards[0] != forwards[1]
    assert ids(changed(tasks["both"], batch=4, ladder_batch=2, seed=1), 0) != forwards[0]


def test_a_batch_is_the_same_from_wherever_the_epoch_is_entered(tasks):
    task = changed(tasks["both"], batch=4, per_input=2)
    whole = list(task.batches(1, 0, Ranks()))
    assert len(whole) == task.steps
    for first in range(task.steps):
        for ours, theirs in zip(task.batches(1, first, Ranks()), whole[first:], strict=True):
            assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    again = next(task.batches(2, 0, Ranks()))["patches"]
    assert again.shape != whole[0]["patches"].shape or not torch.equal(again, whole[0]["patches"])


def test_what_a_batch_holds(tasks):
    task = tasks["both"]
    batch = next(task.batches(0, 0, Ranks()))
    samples, data = task.first_batch(), task.config.data
    shape = (len(samples), data.keys, data.native + data.half, 4, 64, 64)
    assert (tuple(batch["patches"].shape), batch["patches"].dtype) == (shape, torch.uint8)
    assert batch["rated"].tolist() == [one.rated for one in samples]
    # Labels of rated videos lie about 0; those of ladders are the steps.
    middle = np.mean([one.label for one in task.samples.train if one.rated])
    for label, one in zip(batch["labels"].tolist(), samples, strict=True):
        assert label == pytest.approx(one.label - middle if one.rated else one.label, abs=1e-5)
    same = batch["groups"][:, None] == batch["groups"][None, :]
    assert same.tolist() == [[one.group == other.group for other in samples] for one in samples]


def test_processes_share_a_batch_in_order(tasks):
    whole = next(tasks["both"].batches(0, 0, Ranks()))
    parts = [next(tasks["both"].batches(0, 0, Ranks(rank, 2))) for rank in range(2)]
    for name, value in whole.items():
        assert torch.equal(torch.cat([part[name] for part in parts]), value)
    task = changed(tasks["rated"], batch=2, per_input=2)
    smallest = min(len(batch) for batch in task._epoch(0))
    with pytest.raises(DdsrError, match=rf"^{smallest} videos in a batch for 16 processes; raise data\.batch$"):
        list(task.batches(0, 0, Ranks(0, 16)))


@pytest.mark.parametrize(
    ("kind", "weights", "expected"),
    [
        ("both", {}, {"similarity", "l1", "monotonic", "within_input", "ladder"}),
        ("both", ALL, set(ALL)),
        ("both", {**ALL, "l1": 0, "ladder": 0}, set(ALL) - {"l1", "ladder"}),
        ("rated", ALL, set(ALL) - {"ladder"}),
        ("ladders", ALL, {"ladder"}),
    ],
)
def test_the_losses_are_those_with_a_weight_and_with_something_to_learn_from(tasks, kind, weights, expected):
    task = changed(tasks[kind], loss=LossConfig(**weights))
    batch = next(task.batches(0, 0, Ranks()))
    task.network.train()
    losses = task.losses("network", batch, NOW, Ranks())
    assert set(losses) == expected
    assert all(value.ndim == 0 and math.isfinite(value.item()) for value in losses.values())
    assert all(task.weights[name] > 0 for name in losses)
    total = sum(losses.values())
    gradients = torch.autograd.grad(total, list(task.network.parameters()), allow_unused=True)
    assert sum(one.abs().sum().item() for one in gradients if one is not None) > 0


def test_rated_videos_and_ladders_do_not_mix_in_a_loss(tasks):
    task = tasks["both"]
    batch = next(task.batches(0, 0, Ranks()))
    task.network.eval()
    with torch.no_grad():
        losses = task.losses("network", batch, NOW, Ranks())
        scores = task.network(batch["patches"], task.config.data.native).frames.mean(1)
    rated, config = batch["rated"], task.config.loss
    assert losses["similarity"] == pytest.approx(float(similarity(scores[rated], batch["labels"][rated])), abs=1e-5)
    others = [one[~rated] for one in (scores, batch["labels"], batch["groups"])]
    assert losses["ladder"] == pytest.approx(float(within_input(*others, config.margin)), abs=1e-6)
    alone = rated_losses(scores[rated], batch["labels"][rated], batch["groups"][rated], config)
    assert set(alone) == set(losses) - {"ladder"}
    for name, value in alone.items():
        assert losses[name] == pytest.approx(float(value), abs=1e-5)


def test_validation_holds_what_is_watched(tasks):
    for kind, expected in (
        ("both", {"srocc", "plcc", "pairs", "ladder_pairs", "agreement"}),
        ("rated", {"srocc", "plcc", "pairs", "agreement"}),
        ("ladders", {"ladder_pairs", "agreement"}),
    ):
        task = tasks[kind]
        task.network.eval()
        found = task.validate({"network": task.network}, Ranks())
        assert set(found.values) == expected
        assert task.watch in found.values


def test_the_course_depends_on_settings_data_and_beginning(tasks):
    task = tasks["both"]
    facts = task.facts()
    assert facts == changed(task).facts()
    assert "loop" not in facts["settings"]
    assert changed(task, keys=2).facts() != facts
    assert changed(task, loss=LossConfig(l1=0.2)).facts() != facts
    assert replace_task(task, init="1" * 64).facts() != facts
    other = dict(task.hashes)
    other[task.samples.train[0].id] = "2" * 64
    assert replace_task(task, hashes=other).data_hash() != task.data_hash()
    label = replace(task.samples.train[0], label=1.25)
    samples = replace(task.samples, train=(label, *task.samples.train[1:]))
    assert replace_task(task, samples=samples).data_hash() != task.data_hash()


def replace_task(task, **changes):
    kept = {name: getattr(task, name) for name in ("network", "config", "samples", "cache", "hashes", "seed", "init")}
    return QaTask(**{**kept, **changes})


def test_centred_labels_are_those_of_one_input_less_their_mean(tasks):
    task = tasks["both"]
    rated = [one for one in task.samples.train if one.rated]
    own = {one.group: np.mean([k.label for k in rated if k.group == one.group]) for one in rated}
    for centred in (False, True):
        used = changed(task, batch=4, per_input=2, centred=centred)
        for samples, batch in zip(used._epoch(0), used.batches(0, 0, Ranks()), strict=True):
            expected = [
                (one.label - (own[one.group] if centred else used.middle)) if one.rated else one.label
                for one in samples
            ]
            assert batch["labels"].tolist() == pytest.approx(expected, abs=1e-5)
