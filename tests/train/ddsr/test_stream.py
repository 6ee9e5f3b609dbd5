"""Samples and batches: LR lies on HR, and neither workers nor where one begins changes a byte."""

import itertools

import numpy as np
import pytest
import torch

from ddsr_bench.degrade.spec import load_preset
from ddsr_bench.train.ddsr.draw import Cut, epoch_order, sample_of, turn_of
from ddsr_bench.train.ddsr.stock import Stock
from ddsr_bench.train.ddsr.stream import Samples, Stream
from ddsr_bench.train.loop.ranks import Ranks

CUT = Cut(crop=16, frames=4, samples=4, reuse=2)


def stream(folder, footage, workers=0, batch=3):
    stock = Stock(folder, load_preset("bicubic"), 4, seed=1)
    return Stream(Samples(stock, footage, CUT, seed=1), batch, workers)


def taken(batches):
    return [{name: tensor.clone() for name, tensor in batch.items()} for batch in batches]


def same(ours, theirs):
    return len(ours) == len(theirs) and all(
        torch.equal(a[name], b[name]) for a, b in zip(ours, theirs, strict=True) for name in ("lr", "hr")
    )


def test_lr_is_the_hr_made_small_however_it_is_turned(tmp_path, hr_footage):
    stock = Stock(tmp_path, load_preset("bicubic"), 4, seed=1)
    turns = set()
    for place in range(24):
        low, sharp = sample_of(stock, hr_footage, 0, CUT, (1, 0, place))
        assert (low.shape, sharp.shape) == ((4, 3, 16, 16), (4, 3, 64, 64))
        small = sharp.reshape(4, 3, 16, 4, 16, 4).mean((3, 5))
        errors = [np.abs(one - low)[..., 2:-2, 2:-2].mean() for one in (small, small[..., ::-1], small[::-1])]
        assert errors[0] < min(errors[1:]) / 2
        turns.add(low.tobytes())
    assert len(turns) > 12


def test_an_epoch_holds_each_clip_equally_often_and_epochs_differ(hr_footage):
    orders = [epoch_order(hr_footage, CUT, 1, epoch) for epoch in range(2)]
    assert orders[0] != orders[1]
    for order in orders:
        assert np.bincount(order).tolist() == [4] * 5


def test_degraded_clips_serve_as_many_epochs_as_asked_and_are_renewed_by_turns():
    turns = np.array([[turn_of(clip, epoch, 4) for epoch in range(12)] for clip in range(8)])
    assert (np.diff(turns, axis=1) >= 0).all()
    assert (np.diff(turns, axis=1).sum(0) == 2).all()  # a quarter of eight clips
    assert [len(list(group)) for _, group in itertools.groupby(turns[0])] == [4, 4, 4]


def test_batches_begin_anywhere(tmp_path, hr_footage):
    whole = stream(tmp_path, hr_footage)
    assert whole.steps == 6
    epochs = [taken(whole.epoch(epoch, 0, Ranks())) for epoch in range(2)]
    assert not same(epochs[0], epochs[1])
    assert same(taken(stream(tmp_path, hr_footage).epoch(1, 4, Ranks())), epochs[1][4:])


def test_workers_change_nothing_and_go_on_into_the_next_epoch(tmp_path, hr_footage):
    plain, helped = stream(tmp_path / "a", hr_footage), stream(tmp_path / "b", hr_footage, workers=1)
    loaders = []
    loader = helped._loader
    helped._loader = lambda *where: loaders.append(where) or loader(*where)
    for epoch in range(2):
        assert same(taken(helped.epoch(epoch, 0, Ranks())), taken(plain.epoch(epoch, 0, Ranks())))
    assert len(loaders) == 1


def test_processes_share_batches(tmp_path, hr_footage):
    whole = taken(stream(tmp_path, hr_footage, batch=4).epoch(0, 0, Ranks()))
    halves = [taken(stream(tmp_path, hr_footage, batch=4).epoch(0, 0, Ranks(rank, 2, rank))) for rank in (0, 1)]
    joined = [{name: torch.cat((a[name], b[name])) for name in a} for a, b in zip(*halves, strict=True)]
    assert same(joined, whole)


@pytest.mark.parametrize("batch", [19, 20])
def test_what_fills_no_batch_is_left_out(tmp_path, hr_footage, batch):
    assert stream(tmp_path, hr_footage, batch=batch).steps == 1
