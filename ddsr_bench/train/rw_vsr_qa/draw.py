"""What of a video's fragments a batch sees: some key frames, some patches, perhaps mirrored; drawn by address."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.train.rw_vsr_qa.cache import Bytes, Fragments
from ddsr_bench.train.rw_vsr_qa.config import DataConfig


def drawn(fragments: Fragments, config: DataConfig, rng: np.random.Generator) -> Bytes:
    """Patches of one video for a batch, uint8 (keys, native + half, 4, 64, 64), native ones first.

    All key frames show the same places. Where there are fewer than asked for, some come again. Every draw is made
    whatever is used of it, so that one setting does not change another's draws.
    """
    keys = np.sort(_picked(len(fragments.patches), config.keys, rng))
    total = fragments.patches.shape[1]
    native = _picked(fragments.native, config.native, rng)
    half = fragments.native + _picked(total - fragments.native, config.half, rng)
    mirrored = bool(rng.uniform() < 0.5) and config.flip
    places = np.concatenate([native, half])
    patches = np.stack([fragments.patches[key][places] for key in keys])
    return np.ascontiguousarray(patches[..., ::-1] if mirrored else patches)


def _picked(there: int, wanted: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """``wanted`` of ``there`` numbers in random order, each as often as any other, to within one."""
    rounds = [rng.permutation(there) for _ in range(-(-wanted // there))]
    return np.concatenate(rounds)[:wanted]
