"""Batches made ahead by worker processes, the same whatever their number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

from ddsr_bench.degrade.linear import single_thread
from ddsr_bench.train.ddsr.draw import Cut, epoch_order, sample_of
from ddsr_bench.train.ddsr.footage import Footage
from ddsr_bench.train.ddsr.stock import Stock
from ddsr_bench.train.loop.ranks import Ranks

Place = tuple[int, int]  # epoch, and place of the sample in it


@dataclass
class Samples(Dataset[dict[str, torch.Tensor]]):
    """Samples by (epoch, place)."""

    stock: Stock
    clips: Sequence[Footage]
    cut: Cut
    seed: int

    def __post_init__(self) -> None:
        self._epoch, self._order = -1, list[int]()

    def __getitem__(self, place: Place) -> dict[str, torch.Tensor]:
        """``lr`` uint8 (T, C, c, c) and ``hr`` uint8 (T, 3, s c, s c)."""
        epoch, index = place
        if epoch != self._epoch:
            self._epoch, self._order = epoch, epoch_order(self.clips, self.cut, self.seed, epoch)
        low, sharp = sample_of(self.stock, self.clips, self._order[index], self.cut, (self.seed, epoch, index))
        return {"lr": torch.from_numpy(low), "hr": torch.from_numpy(sharp)}


@dataclass
class Stream:
    """An endless row of batches that can begin anywhere.

    Attributes:
        samples: what they are made of.
        batch: samples in a batch, over all processes of torchrun.
        workers: processes that make them ahead; 0 makes them in passing.
    """

    samples: Samples
    batch: int
    workers: int = 0

    def __post_init__(self) -> None:
        self.steps = len(self.samples.clips) * self.samples.cut.samples // self.batch
        self._at: Place | None = None
        self._batches: Iterator[dict[str, torch.Tensor]] = iter(())

    def epoch(self, epoch: int, first: int, ranks: Ranks) -> Iterator[dict[str, torch.Tensor]]:
        """This process's shares of batches ``first`` and on of an epoch.

        Workers go on from one epoch into the next, so nobody waits between them.
        """
        if self._at != (epoch, first):
            self._batches = iter(self._loader(epoch, first, ranks))
        for index in range(first, self.steps):
            self._at = (epoch, index + 1) if index + 1 < self.steps else (epoch + 1, 0)
            yield next(self._batches)

    def _loader(self, epoch: int, first: int, ranks: Ranks) -> Any:
        return DataLoader(
            self.samples,
            batch_sampler=_Places(self, epoch, first, ranks),  # type: ignore[arg-type]
            num_workers=self.workers,
            # Forked workers would inherit locks of the thread pools around them.
            multiprocessing_context="spawn" if self.workers else None,
            worker_init_fn=_alone if self.workers else None,
            prefetch_factor=4 if self.workers else None,
        )


@dataclass
class _Places:
    """The places of each batch from one on, without end."""

    stream: Stream
    epoch: int
    first: int
    ranks: Ranks

    def __iter__(self) -> Iterator[list[Place]]:
        epoch, index, batch = self.epoch, self.first, self.stream.batch
        while True:
            yield list(self.ranks.share([(epoch, index * batch + k) for k in range(batch)]))
            index += 1
            if index == self.stream.steps:
                epoch, index = epoch + 1, 0


def _alone(worker: int) -> None:
    """One thread in each worker."""
    del worker
    torch.set_num_threads(1)
    single_thread()
