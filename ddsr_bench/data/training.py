"""Clips for training quality models and upscalers: what is drawn depends on (seed, epoch, video), never on workers.

:class:`Clips` is a map-style dataset for ``torch.utils.data.DataLoader``; it imports nothing of torch, for a loader
takes any object with ``__len__`` and ``__getitem__``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ddsr_bench.data.load import LazyClip
from ddsr_bench.errors import DdsrError
from ddsr_bench.seeding import generator
from ddsr_bench.video.info import Frame

Array = np.ndarray[Any, np.dtype[Any]]
GRID, PATCH = 7, 32  # of fragments (Wu et al., "FAST-VQA", ECCV 2022)


@dataclass(frozen=True)
class Sampling:
    """What is drawn of a clip.

    Attributes:
        frames: how many frames.
        interval: take each n-th frame.
        fragments: a 7x7 grid of patches of 32x32 from all over the frame, put together to 224x224 (FAST-VQA's rule),
            the same places in all frames; else a crop.
        crop: side of the crop in pixels; None takes whole frames.
    """

    frames: int = 16
    interval: int = 1
    fragments: bool = False
    crop: int | None = None


class Clips:
    """Samples of the videos of a table, one a video.

    Args:
        table: of :func:`ddsr_bench.load`, or a part of it (``table[table.split == "train"]``).
        sampling: what is drawn.
        seed: decides every draw.
        column: which clip: ``"video"``, ``"hr"`` or ``"lr"``.
    """

    def __init__(self, table: Any, sampling: Sampling | None = None, *, seed: int = 0, column: str = "video") -> None:
        if column not in table:
            raise DdsrError(f"table: has no column {column!r}; load a dataset that holds such clips")
        self._clips: list[LazyClip] = list(table[column])
        self._names = [str(name) for name in table["video_id"]]
        self._mos = table["mos"].to_numpy(np.float32, na_value=np.nan)
        self._lengths = table["frames"].to_numpy(np.int64)
        self._sampling, self._seed, self._epoch = sampling or Sampling(), seed, 0

    def __len__(self) -> int:
        return len(self._clips)

    def set_epoch(self, epoch: int) -> None:
        """Draw anew: call it before each epoch, before the loader makes its workers."""
        self._epoch = epoch

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Return ``frames`` (uint8 (T, 3, h, w)), ``mos`` (float32, NaN where unrated), ``video_id``, ``start``.

        Raises:
            IndexError: past the end.
            DdsrError: the video is not there or cannot be read.
        """
        if not 0 <= index < len(self):
            raise IndexError(index)
        rng = generator("training", self._seed, self._epoch, self._names[index])
        sampling = self._sampling
        span = (sampling.frames - 1) * sampling.interval + 1
        start = int(rng.integers(0, max(1, self._lengths[index] - span + 1)))
        frames = self._read(index, start, span)
        if sampling.fragments:
            picture = fragments(frames, rng)
        else:
            picture = frames if sampling.crop is None else crop(frames, sampling.crop, rng)
        return {
            "frames": np.ascontiguousarray(picture.transpose(0, 3, 1, 2)),
            "mos": self._mos[index],
            "video_id": self._names[index],
            "start": start,
        }

    def _read(self, index: int, start: int, span: int) -> Array:
        """The frames, uint8 (T, H, W, 3); a clip that is too short goes to and fro."""
        taken: list[Frame] = list(self._clips[index].frames(start, start + span))[:: self._sampling.interval]
        while len(taken) < self._sampling.frames:
            taken += taken[-2::-1] if len(taken) > 1 else taken
        return np.stack(taken[: self._sampling.frames])


def crop(frames: Array, side: int, rng: np.random.Generator) -> Array:
    """A square of ``side`` pixels, the same in all frames of uint8 (T, H, W, 3); smaller ones are mirrored."""
    height, width = frames.shape[1:3]
    pad = [(0, max(0, side - height)), (0, max(0, side - width))]
    if any(after for _, after in pad):
        frames = np.pad(frames, [(0, 0), *pad, (0, 0)], mode="symmetric")
    top = int(rng.integers(0, frames.shape[1] - side + 1))
    left = int(rng.integers(0, frames.shape[2] - side + 1))
    return frames[:, top : top + side, left : left + side]


def fragments(frames: Array, rng: np.random.Generator) -> Array:
    """FAST-VQA's fragments of uint8 (T, H, W, 3): uint8 (T, 224, 224, 3).

    Cell (i, j) of a 7x7 grid begins at ``min(H // 7 * i, H - 32)``; within it a patch of 32x32 is taken at a random
    place (rows are drawn before columns), the same in all frames. Frames smaller than 224 are mirrored outwards
    first, where the published code enlarges them.
    """
    side = GRID * PATCH
    height, width = frames.shape[1:3]
    if min(height, width) < side:
        pad = [(0, 0), (0, max(0, side - height)), (0, max(0, side - width)), (0, 0)]
        frames = np.pad(frames, pad, mode="symmetric")
        height, width = frames.shape[1:3]
    rows = _places(height, rng)
    columns = _places(width, rng).T
    out = np.empty((len(frames), side, side, 3), np.uint8)
    for i in range(GRID):
        for j in range(GRID):
            top, left = rows[i, j], columns[i, j]
            out[:, i * PATCH : (i + 1) * PATCH, j * PATCH : (j + 1) * PATCH] = frames[
                :, top : top + PATCH, left : left + PATCH
            ]
    return out


def _places(length: int, rng: np.random.Generator) -> Array:
    """First sample of each cell's patch along one axis, int (7, 7); the first index is the cell along this axis."""
    cell = length // GRID
    starts = np.minimum(cell * np.arange(GRID), length - PATCH)[:, None]
    return np.asarray(starts + rng.integers(0, max(1, cell - PATCH), (GRID, GRID)))


def collate(samples: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Put samples of one size together: arrays along a new first axis, names in a list; for ``collate_fn=``."""
    joined: dict[str, Any] = {key: [sample[key] for sample in samples] for key in samples[0]}
    joined["frames"] = np.stack(joined["frames"])
    joined["mos"] = np.array(joined["mos"], np.float32)
    return joined
