"""Ladders for training whose damage is done to the LR clip: strengths, labels, first clips that are soiled."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[3] / "reports" / "rw-vsr-qa"


@pytest.fixture(scope="module")
def ladders():
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield importlib.import_module("lr_ladders")
    # Scripts have names that others may have, too.
    for name in set(sys.modules) - before:
        if str(FOLDER) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def frames() -> list[np.ndarray]:
    return [np.random.default_rng(k).integers(0, 256, (48, 64, 3), np.uint8) for k in range(3)]


@pytest.mark.parametrize("kind", ["blur", "oblong", "motion", "shake", "noise", "grain", "h264", "hevc"])
def test_rungs_grow_and_labels_fall(ladders, kind) -> None:
    for seed in range(20):
        levels = ladders.strengths(kind, np.random.default_rng(seed))
        shares = [ladders.share(kind, level) for level in levels]
        assert len(levels) == ladders.RUNGS
        assert np.diff(levels).min() > 0
        assert np.diff(shares).max() < -0.01
        assert 0.05 < shares[-1] < shares[0] <= 1


def test_a_tone_is_drawn_by_the_generator_alone(ladders, frames) -> None:
    grey, flat = 0, 0
    for seed in range(40):
        first, again = (ladders.toned(frames, np.random.default_rng(seed)) for _ in range(2))
        assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
        assert {(f.shape, f.dtype.name) for f in first} == {((48, 64, 3), "uint8")}
        grey += int(all(np.ptp(f.astype(int), axis=2).max() == 0 for f in first))
        # Grey pictures of such noise span less than their colours did, so they are not counted here.
        flat += int(all(np.ptp(f) < 245 for f in first) and np.ptp(first[0].astype(int), axis=2).max() > 0)
    assert 5 <= grey <= 20
    assert 5 <= flat <= 20


def test_soil_is_of_each_kind_and_little(ladders, frames, tmp_path) -> None:
    smooth = [np.full_like(f, 128) + (np.arange(64) % 32)[None, :, None].astype(np.uint8) for f in frames]
    source = ladders.source_of(0)[0]
    changes, kinds = [], set()
    for seed in range(40):
        kinds.add(str(np.random.default_rng(seed).choice(list(ladders.SOILS))))
        first, again = (ladders.soiled(smooth, np.random.default_rng(seed), source, tmp_path) for _ in range(2))
        assert [f.shape for f in first] == [f.shape for f in smooth]
        assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
        changes.append(float(np.mean([np.abs(a.astype(float) - b).mean() for a, b in zip(first, smooth, strict=True)])))
    assert kinds == set(ladders.SOILS)
    assert min(changes) == 0
    assert sum(one > 0.2 for one in changes) >= 20
    assert max(changes) < 12
