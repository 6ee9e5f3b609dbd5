"""DDSR as a task of the loop."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ddsr_bench.train.ddsr.config import DdsrConfig
from ddsr_bench.train.ddsr.footage import Sides
from ddsr_bench.train.ddsr.judge import Judged, judge
from ddsr_bench.train.ddsr.objectives import Made, Objectives
from ddsr_bench.train.ddsr.stream import Stream
from ddsr_bench.train.loop.ranks import Ranks
from ddsr_bench.train.loop.task import Moment, Part, Validated
from ddsr_bench.vsr.shipped import save_weights

NETWORK, CRITIC = "network", "critic"


@dataclass
class DdsrTask:
    """Network, clips and settings put together for the loop.

    Attributes:
        network: the generator.
        config: all settings.
        sides: clips to train on and kept apart.
        stream: the batches.
        objectives: the losses.
        critic: the discriminator, where there is one.
        init: SHA-256 of the weights that training begins with; empty for random ones.
        best: what the validation said of the best weights, once there was one in this process.
    """

    network: nn.Module
    config: DdsrConfig
    sides: Sides
    stream: Stream
    objectives: Objectives
    critic: nn.Module | None = None
    init: str = ""
    best: dict[str, float] = field(default_factory=dict, init=False)
    _made: Made | None = field(default=None, init=False)
    _began: dict[str, float] = field(default_factory=dict, init=False)

    @property
    def watch(self) -> str:
        """See the protocol."""
        return "watched"

    @property
    def weights(self) -> Mapping[str, float]:
        """See the protocol."""
        return {name: value for name, value in self.config.loss.model_dump().items() if isinstance(value, float)}

    @property
    def steps(self) -> int:
        """See the protocol."""
        return self.stream.steps

    def parts(self) -> Mapping[str, Part]:
        """See the protocol."""
        if self.critic is None:
            return {NETWORK: Part(self.network)}
        return {NETWORK: Part(self.network), CRITIC: Part(self.critic, rate=self.config.critic_rate)}

    def facts(self) -> Mapping[str, Any]:
        """See the protocol."""
        return {
            "recipe": "ddsr",
            "settings": self.config.model_dump(mode="json", exclude={"loop", "title"}),
            "spec": self.stream.samples.stock.spec.sha256,
            "data": [[[clip.id, clip.sha256] for clip in side] for side in (self.sides.train, self.sides.validation)],
            "init": self.init,
        }

    def batches(self, epoch: int, first: int, ranks: Ranks) -> Iterator[dict[str, Tensor]]:
        """See the protocol."""
        return self.stream.epoch(epoch + self.config.data.skip, first, ranks)

    def losses(self, part: str, batch: Any, moment: Moment, ranks: Ranks) -> Mapping[str, Tensor]:
        """See the protocol."""
        if part == NETWORK:
            self._made = self.objectives.made(self.network, batch, moment)
            return self.objectives.of_generator(self._made)
        # What the generator made of this batch a moment ago serves the discriminator, too.
        assert self._made is not None
        made, self._made = self._made, None
        return self.objectives.of_critic(made)

    def begin(self, device: torch.device, ranks: Ranks) -> None:
        """Judge the network as it is before the first step, which the guard of the first process compares with."""
        if ranks.first and self.config.watch == "quality":
            with torch.no_grad():
                self._began = self._judged(self.network.to(device).eval()).values

    def validate(self, modules: Mapping[str, nn.Module], ranks: Ranks) -> Validated:
        """See the protocol."""
        if not ranks.first:
            return Validated({})
        found = self._judged(modules[NETWORK])
        watched = self._watched(found.values)
        if math.isfinite(watched) and watched > self.best.get(self.watch, -math.inf):
            self.best = {**found.values, self.watch: watched}
        return Validated({**found.values, self.watch: watched}, found.pictures)

    def _judged(self, network: nn.Module) -> Judged:
        data = self.config.data
        clips = self.sides.validation[: data.judged_clips]
        return judge(network, self.stream.samples.stock, clips, data.judged_frames)

    def _watched(self, values: Mapping[str, float]) -> float:
        """PSNR, or quality where nothing says that the network has learnt to please RW-VSR-QA alone; else NaN."""
        if self.config.watch == "psnr":
            return values["psnr"]
        guard, began = self.config.guard, self._began
        gamed = bool(began) and (
            values["ssim"] < began["ssim"] - guard.ssim or values["gmsd"] > began["gmsd"] + guard.gmsd
        )
        return math.nan if gamed else values["rw_vsr_qa"]

    def export(self, modules: Mapping[str, nn.Module], path: Path) -> None:
        """See the protocol."""
        config = self.config
        save_weights(modules[NETWORK], path, kind=config.network.kind, scale=config.data.scale)
