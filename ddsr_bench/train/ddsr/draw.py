"""Which part of which clip a sample is; a function of (seed, epoch, place) alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.seeding import generator
from ddsr_bench.train.ddsr.footage import Footage
from ddsr_bench.train.ddsr.stock import Stock

Clip = NDArray[np.uint8]


@dataclass(frozen=True)
class Cut:
    """How samples are cut.

    Attributes:
        crop: side in LR pixels.
        frames: in a sequence.
        samples: of each clip in an epoch.
        reuse: epochs that a degraded clip serves.
    """

    crop: int
    frames: int
    samples: int
    reuse: int


def epoch_order(clips: Sequence[Footage], cut: Cut, seed: int, epoch: int) -> list[int]:
    """The clip of each sample of an epoch: each clip ``samples`` times, in random order."""
    order = np.tile(np.arange(len(clips)), cut.samples)
    return [int(one) for one in generator("ddsr order", seed, epoch).permutation(order)]


def turn_of(clip: int, epoch: int, reuse: int) -> int:
    """Which degraded version of a clip an epoch uses; in each epoch about 1 / ``reuse`` of the clips are renewed."""
    return (epoch + clip % reuse) // reuse


def sample_of(
    stock: Stock, clips: Sequence[Footage], number: int, cut: Cut, address: tuple[int, int, int]
) -> tuple[Clip, Clip]:
    """One sample: LR uint8 (T, C, c, c) and HR uint8 (T, 3, s c, s c).

    Mirrored along either axis, transposed and reversed in time, each with probability 1/2.

    Args:
        stock: of the clips.
        clips: all of them.
        number: which clip.
        cut: sizes.
        address: (seed, epoch, place in the epoch).
    """
    footage = clips[number]
    rng = generator("ddsr sample", *address)
    low, sharp = stock.lr(footage, turn_of(number, address[1], cut.reuse)), stock.hr(footage)
    start = int(rng.integers(len(low) - cut.frames + 1))
    top = int(rng.integers(low.shape[1] - cut.crop + 1))
    left = int(rng.integers(low.shape[2] - cut.crop + 1))
    kinds = rng.integers(0, 2, 4).astype(bool)
    window = slice(start, start + cut.frames)
    return (
        _turned(_crop(low[window], top, left, cut.crop, 1), kinds),
        _turned(_crop(sharp[window], top, left, cut.crop, stock.scale), kinds),
    )


def _crop(clip: Clip, top: int, left: int, side: int, scale: int) -> Clip:
    return clip[:, top * scale : (top + side) * scale, left * scale : (left + side) * scale]


def _turned(clip: Clip, kinds: Any) -> Clip:
    across, down, swapped, backwards = kinds
    clip = clip[:: -1 if backwards else 1, :: -1 if down else 1, :: -1 if across else 1]
    axes = (0, 3, 2, 1) if swapped else (0, 3, 1, 2)
    return np.ascontiguousarray(clip.transpose(axes))
