"""Degraded clips: the same whoever makes them, and what it is made of decides them."""

import errno

import numpy as np
import pytest

from ddsr_bench import video
from ddsr_bench.degrade.pipeline import apply
from ddsr_bench.degrade.recipe import ClipInfo
from ddsr_bench.degrade.sampling import sample
from ddsr_bench.degrade.spec import load_preset
from ddsr_bench.errors import DdsrError
from ddsr_bench.train.ddsr.stock import Stock
from ddsr_bench.vsr.classical.aligned import aligned


@pytest.fixture
def stock(tmp_path):
    return Stock(tmp_path / "clips", load_preset("ddsr"), 4, seed=3)


def test_clips_are_what_the_generator_makes(stock, hr_footage):
    clip = hr_footage[1]
    sharp = np.stack(list(video.read_frames(clip.path)))
    np.testing.assert_array_equal(stock.hr(clip), sharp)
    info = ClipInfo(id=clip.id, width=80, height=72, frames=9, fps="24")
    recipe = sample(stock.spec, seed=3, clip=info, scale=4, variant=2)
    np.testing.assert_array_equal(stock.lr(clip, 2), np.stack(list(apply(recipe, iter(sharp)))))
    assert stock.lr(clip, 2).shape == (9, 18, 20, 3)


def test_turns_seeds_presets_and_clips_differ_and_another_process_finds_the_same(stock, hr_footage, tmp_path):
    first = np.asarray(stock.lr(hr_footage[0], 0))
    assert not np.array_equal(first, stock.lr(hr_footage[0], 1))
    assert not np.array_equal(first, stock.lr(hr_footage[1], 0))
    for other in (Stock(stock.folder, stock.spec, 4, 4), Stock(stock.folder, load_preset("srwd"), 4, 3)):
        assert not np.array_equal(first, other.lr(hr_footage[0], 0))
    again = Stock(stock.folder, stock.spec, 4, 3)
    made = {path.name: path.stat().st_mtime_ns for path in stock.folder.iterdir()}
    np.testing.assert_array_equal(again.lr(hr_footage[0], 0), first)
    assert {path.name: path.stat().st_mtime_ns for path in stock.folder.iterdir()} == made
    elsewhere = Stock(tmp_path / "elsewhere", stock.spec, 4, 3)
    np.testing.assert_array_equal(elsewhere.lr(hr_footage[0], 0), first)


def test_old_turns_go(stock, hr_footage):
    for turn in range(4):
        stock.lr(hr_footage[0], turn)
    assert len(list(stock.folder.glob("lr-*"))) == 2


def test_means_of_neighbours_stand_beside_frames(stock, hr_footage):
    beside = Stock(stock.folder, stock.spec, 4, 3, aligned=True)
    found, plain = beside.lr(hr_footage[0], 0), stock.lr(hr_footage[0], 0)
    assert (beside.channels, stock.channels, found.shape) == (7, 3, (*plain.shape[:3], 7))
    np.testing.assert_array_equal(found, np.stack(list(aligned(iter(plain)))))
    for turn in range(1, 4):
        beside.lr(hr_footage[0], turn)
    assert len(list(stock.folder.glob("aligned-*"))) == len(list(stock.folder.glob("lr-*"))) == 2
    taken = sum(path.stat().st_size for path in stock.folder.iterdir())
    assert beside.bytes_needed((hr_footage[0],)) == pytest.approx(taken, rel=0.35)


def test_a_full_disk_and_a_broken_array_are_told(stock, hr_footage, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(DdsrError, match=r"hr-\w+\.npy: cannot write \(No space left on device\); .*free space"):
        stock.hr(hr_footage[0])
    assert list(stock.folder.iterdir()) == []
    monkeypatch.undo()
    stock.hr(hr_footage[0])
    next(stock.folder.iterdir()).write_bytes(b"nothing")
    with pytest.raises(DdsrError, match="not an array of this program"):
        Stock(stock.folder, stock.spec, 4, 3).hr(hr_footage[0])


def test_room_is_about_what_the_arrays_take(stock, hr_footage):
    for turn in range(2):
        stock.lr(hr_footage[0], turn)
    taken = sum(path.stat().st_size for path in stock.folder.iterdir())
    assert stock.bytes_needed((hr_footage[0],)) == pytest.approx(taken, rel=0.1)
