"""RW-VSR-QA as a task of the loop."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ddsr_bench.errors import DdsrError
from ddsr_bench.provenance import content_hash
from ddsr_bench.quality.rw_vsr_qa.checkpoint import save_network
from ddsr_bench.seeding import generator
from ddsr_bench.train.loop.ranks import Ranks
from ddsr_bench.train.loop.task import Moment, Part, Validated
from ddsr_bench.train.losses.l1 import l1
from ddsr_bench.train.losses.monotonic import monotonic
from ddsr_bench.train.losses.norm_in_norm import norm_in_norm
from ddsr_bench.train.losses.plcc import plcc
from ddsr_bench.train.losses.similarity import similarity
from ddsr_bench.train.losses.within_input import within_input
from ddsr_bench.train.rw_vsr_qa.batches import Endless, epoch_batches
from ddsr_bench.train.rw_vsr_qa.cache import SCORED, FragmentCache, Fragments
from ddsr_bench.train.rw_vsr_qa.config import LossConfig, QaConfig
from ddsr_bench.train.rw_vsr_qa.draw import drawn
from ddsr_bench.train.rw_vsr_qa.judge import agreement, video_scores
from ddsr_bench.train.rw_vsr_qa.samples import Sample, Samples
from ddsr_bench.train.rw_vsr_qa.shards import is_cut, read_fragments

NETWORK = "network"


@dataclass
class QaTask:
    """Networks, videos and settings put together for the loop.

    Attributes:
        network: an ``RwVsrQa``.
        config: all settings.
        samples: rated videos and clips of ladders, parted into training and validation.
        cache: holds their fragments.
        hashes: SHA-256 of each video by the sample's id.
        seed: of the run.
        init: SHA-256 of the weights that training begins with; empty for random ones.
    """

    network: nn.Module
    config: QaConfig
    samples: Samples
    cache: FragmentCache
    hashes: Mapping[str, str]
    seed: int
    init: str = ""
    _groups: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self._rated = [one for one in self.samples.train if one.rated]
        data = self.config.data
        self._ladders = [one for one in self.samples.train if not one.rated] if data.ladder_batch else []
        groups = [one.group for one in self._ladders]
        self._beside = Endless(groups, max(1, data.ladder_batch), data.per_ladder, self.seed)
        self._groups = {name: k for k, name in enumerate(sorted({one.group for one in self.samples.train}))}
        # Scores have no unit until they are calibrated; labels about 0 spare the network learning an offset.
        self.middle = float(np.mean([one.label for one in self._rated])) if self._rated else 0.0
        self._levels = levels(self._rated, self.middle, self.config.data.centred)
        self._steps = len(self._epoch(0))

    @property
    def watch(self) -> str:
        """See the protocol."""
        return "agreement"

    @property
    def weights(self) -> Mapping[str, float]:
        """See the protocol."""
        return {name: getattr(self.config.loss, name) for name in _NAMES}

    @property
    def steps(self) -> int:
        """See the protocol."""
        return self._steps

    def parts(self) -> Mapping[str, Part]:
        """See the protocol."""
        return {NETWORK: Part(self.network)}

    def facts(self) -> Mapping[str, Any]:
        """See the protocol."""
        return {
            "recipe": "rw-vsr-qa",
            "settings": self.config.model_dump(mode="json", exclude={"loop", "title"}),
            "data": self.data_hash(),
            "init": self.init,
        }

    def data_hash(self) -> str:
        """SHA-256 over ids, labels and contents of all videos, and over which side they are on."""
        sides = (self.samples.train, self.samples.validation)
        return content_hash([[[one.id, one.group, one.label, self.hashes[one.id]] for one in side] for side in sides])

    def batches(self, epoch: int, first: int, ranks: Ranks) -> Iterator[dict[str, Any]]:
        """See the protocol."""
        for index, samples in enumerate(self._epoch(epoch)):
            if len(samples) < ranks.world:
                raise DdsrError(f"{len(samples)} videos in a batch for {ranks.world} processes; raise data.batch")
            if index >= first:
                yield self._batch(list(ranks.share(samples)), epoch, index)

    def losses(self, part: str, batch: Any, moment: Moment, ranks: Ranks) -> Mapping[str, Tensor]:
        """See the protocol."""
        scores = ranks.gather(self.network(batch["patches"], self.config.data.native).frames.float().mean(1))
        labels, groups, rated = (ranks.gather(batch[name]) for name in ("labels", "groups", "rated"))
        found: dict[str, Tensor] = {}
        if self._rated:
            found |= rated_losses(scores[rated], labels[rated], groups[rated], self.config.loss)
        if self._ladders and self.config.loss.ladder:
            margin = self.config.loss.margin
            found["ladder"] = within_input(scores[~rated], labels[~rated], groups[~rated], margin)
        return found

    def validate(self, modules: Mapping[str, nn.Module], ranks: Ranks) -> Validated:
        """See the protocol."""
        mine = list(ranks.share(self.samples.validation))
        scores = torch.tensor(video_scores(modules[NETWORK], mine, self.read), dtype=torch.float64)
        everyone = ranks.gather(scores.to(next(modules[NETWORK].parameters()).device))
        values = agreement(self.samples.validation, everyone.tolist(), self.config.loss.gap)
        return Validated({**values, self.watch: watched(values, self.config.watch)})

    def export(self, modules: Mapping[str, nn.Module], path: Path) -> None:
        """See the protocol."""
        save_network(modules[NETWORK], path)

    def first_batch(self) -> list[Sample]:
        """The samples of the first batch of all."""
        return self._epoch(0)[0]

    def read(self, sample: Sample, view: int = SCORED) -> Fragments:
        """A sample's fragments."""
        return read_fragments(sample) if is_cut(sample) else self.cache.read(self.hashes[sample.id], view)

    def _epoch(self, epoch: int) -> list[list[Sample]]:
        """The samples of each batch of an epoch: rated ones, with clips of ladders beside them; or these alone."""
        data, address = self.config.data, (self.seed, epoch)
        if not self._rated:
            groups = [one.group for one in self._ladders]
            found = epoch_batches(groups, max(2, data.ladder_batch), data.per_ladder, *address)
            return [[self._ladders[k] for k in rows] for rows in found]
        groups = [one.group for one in self._rated]
        rated = epoch_batches(groups, data.batch, data.per_input, *address)
        together = [[self._rated[k] for k in rows] for rows in rated]
        if self._ladders:
            for index, samples in enumerate(together):
                samples += [self._ladders[k] for k in self._beside.rows(epoch * len(together) + index)]
        return together

    def _batch(self, samples: list[Sample], epoch: int, index: int) -> dict[str, Tensor]:
        data = self.config.data
        patches = []
        for one in samples:
            rng = generator("training", self.seed, epoch, index, one.id)
            view = int(rng.integers(data.views))
            patches.append(drawn(self.read(one, view), data, rng))
        labels = [one.label - self._levels[one.group] if one.rated else one.label for one in samples]
        return {
            "patches": torch.from_numpy(np.stack(patches)),
            "labels": torch.tensor(labels, dtype=torch.float32),
            "groups": torch.tensor([self._groups[one.group] for one in samples]),
            "rated": torch.tensor([one.rated for one in samples]),
        }


def levels(rated: Sequence[Sample], middle: float, centred: bool) -> dict[str, float]:
    """What is taken off the labels of each group: ``middle``, or with ``centred`` the mean of the group's own."""
    groups: dict[str, list[float]] = {}
    for one in rated:
        groups.setdefault(one.group, []).append(one.label)
    return {name: float(np.mean(labels)) if centred else middle for name, labels in groups.items()}


_NAMES = ("similarity", "plcc", "norm_in_norm", "l1", "monotonic", "within_input", "ladder")


def rated_losses(scores: Tensor, labels: Tensor, groups: Tensor, config: LossConfig) -> dict[str, Tensor]:
    """The losses on rated videos whose weight is not 0, unweighted; arguments (N,)."""
    ways: dict[str, Callable[[], Tensor]] = {
        "similarity": lambda: similarity(scores, labels),
        "plcc": lambda: plcc(scores, labels),
        "norm_in_norm": lambda: norm_in_norm(scores, labels, config.norm_p, config.norm_q),
        "l1": lambda: l1(scores, labels),
        "monotonic": lambda: monotonic(scores, labels, config.margin, config.gap),
        "within_input": lambda: within_input(scores, labels, groups, config.margin, config.gap),
    }
    return {name: way() for name, way in ways.items() if getattr(config, name)}


def watched(values: Mapping[str, float], watch: str) -> float:
    """One number for a validation: the mean of rank correlation and of pairwise accuracies, of what there is.

    Args:
        values: of :func:`~ddsr_bench.train.rw_vsr_qa.judge.agreement`.
        watch: ``both``, or ``srocc`` or ``pairs`` for one of them where it is there.
    """
    wanted = {"both": ("srocc", "pairs", "ladder_pairs"), "srocc": ("srocc",), "pairs": ("pairs", "ladder_pairs")}
    found = [values[name] for name in wanted[watch] if name in values] or list(values.values())
    return float(np.mean(found)) if found else math.nan
