"""The losses of a step, of those that are switched on, and the frozen networks that they ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.rw_vsr_qa.network import Opinion, RwVsrQa
from ddsr_bench.quality.rw_vsr_qa.network_tensors import flows_between, key_patches, moved
from ddsr_bench.seeding import generator
from ddsr_bench.train.ddsr.config import LossConfig
from ddsr_bench.train.loop.task import Moment
from ddsr_bench.train.losses import opinion
from ddsr_bench.train.losses.adversarial import discriminator_losses, generator_loss
from ddsr_bench.train.losses.charbonnier import charbonnier
from ddsr_bench.train.losses.denoised import Denoiser, denoised, guided

_SCUNET_MULTIPLE = 64


@dataclass(frozen=True)
class Made:
    """What a step's batch has become.

    Attributes:
        low: LR (N, T, 3, H, W) in 0..1, without what may come beside it.
        sharp: HR (N, T, 3, sH, sW).
        out: SR, the same shape.
        cleaned: LR frames cleaned, or None.
        key: the frame that is looked at closely, neither the first nor the last.
    """

    low: Tensor
    sharp: Tensor
    out: Tensor
    cleaned: Tensor | None
    key: int


class Objectives:
    """The losses.

    Args:
        config: which, and in which form.
        scale: HR size / LR size.
        critic: the discriminator, where ``config.adversarial`` is above 0.

    Raises:
        DdsrError: a frozen network's weights are not here; the text says which command brings them.
    """

    def __init__(self, config: LossConfig, scale: int, critic: nn.Module | None) -> None:
        self._config, self._scale, self._critic = config, scale, critic
        self._judge: RwVsrQa | None = None
        self._slope = 1.0
        if config.quality or config.features:
            self._judge, self._slope = _judge()
        self._denoiser = denoiser_of(config.denoiser) if config.denoised else None

    def made(self, network: Any, batch: Mapping[str, Tensor], moment: Moment) -> Made:
        """Run the generator on a batch."""
        low, sharp = (batch[name].float() / 255 for name in ("lr", "hr"))
        out, cleaned = network.restore(low)
        rng = generator("ddsr key", moment.seed, moment.epoch, moment.index)
        frames = low.shape[1]
        key = int(rng.integers(1, frames - 1)) if frames > 2 else frames - 1
        return Made(low[:, :, :3], sharp, out.float(), None if cleaned is None else cleaned.float(), key)

    def of_generator(self, made: Made) -> dict[str, Tensor]:
        """Its losses by name."""
        config = self._config
        found: dict[str, Tensor] = {}
        if config.pixel:
            found["pixel"] = charbonnier(made.out, made.sharp)
        if config.clean and made.cleaned is not None:
            found["clean"] = charbonnier(made.cleaned, averaged_down(made.sharp, self._scale))
        if self._denoiser is not None:
            found["denoised"] = denoised(made.out[:, made.key], made.sharp[:, made.key], self._denoiser)
        if self._judge is not None:
            found |= self._guided(made, self._judge)
        if self._critic is not None:
            with _still(self._critic):
                found["adversarial"] = generator_loss(self._critic(triplets(made, made.out)))
        return found

    def of_critic(self, made: Made) -> dict[str, Tensor]:
        """The discriminator's losses by name."""
        assert self._critic is not None
        real, fake = (self._critic(triplets(made, clip.detach())) for clip in (made.sharp, made.out))
        return discriminator_losses(real, fake)

    def _guided(self, made: Made, judge: RwVsrQa) -> dict[str, Tensor]:
        judge.to(made.out.device)
        key = made.key
        flows = flows_between(made.sharp[:, key], made.sharp[:, key - 1])
        found, native = key_patches(made.out[:, key - 1], made.out[:, key], flows)
        wanted, _ = key_patches(made.sharp[:, key - 1], made.sharp[:, key], flows)
        motion = flows.norm(dim=1).mean((1, 2))[:, None]
        losses = {}
        if self._config.quality:
            with torch.no_grad():
                sharp: Opinion = judge(wanted, native, motion)
            losses["quality"] = opinion.quality(
                judge(found, native, motion), sharp, self._slope, self._config.quality_form
            )
        if self._config.features:
            losses["features"] = opinion.features(judge.trunk, found, wanted)
        return losses


@contextmanager
def _still(network: nn.Module) -> Iterator[None]:
    """A network that is asked, not trained: its weights gather no gradients meanwhile."""
    network.requires_grad_(False)
    try:
        yield
    finally:
        network.requires_grad_(True)


def triplets(made: Made, clip: Tensor) -> Tensor:
    """What the discriminator sees of ``clip``, SR or HR: (N, 27, sH, sW) around the key frame."""
    key, last = made.key, clip.shape[1] - 1
    around = (key - 1, key, min(key + 1, last))
    frames = [clip[:, t] for t in around]
    middle = made.sharp[:, key]
    onto = [
        frame if t == key else moved(frame, flows_between(middle, made.sharp[:, t]))
        for t, frame in zip(around, frames, strict=True)
    ]
    size = clip.shape[-2:]
    enlarged = [functional.interpolate(made.low[:, t], size, mode="bilinear", align_corners=False) for t in around]
    return torch.cat((*frames, *onto, *enlarged), 1) * 2 - 1


def averaged_down(clip: Tensor, scale: int) -> Tensor:
    """(N, T, 3, sH, sW) -> (N, T, 3, H, W): the mean of each s x s pixels."""
    small = functional.avg_pool2d(clip.flatten(0, 1), scale)
    return torch.unflatten(small, 0, clip.shape[:2])


def _judge() -> tuple[RwVsrQa, float]:
    from ddsr_bench.quality.metrics.rw_vsr_qa import shipped_weights
    from ddsr_bench.quality.rw_vsr_qa.checkpoint import load_network

    network, calibration = load_network(shipped_weights())
    return opinion.frozen(network), calibration.slope


def denoiser_of(name: str) -> Denoiser:
    """``guided``, or ``scunet`` with its published weights.

    Raises:
        DdsrError: SCUNet's weights are not in the store; the text says which command brings them, and what goes
            without.
    """
    if name == "guided":
        return guided
    from ddsr_bench.vsr.method import Settings
    from ddsr_bench.vsr.methods.scunet import NETWORK
    from ddsr_bench.vsr.networked import loaded_network

    try:
        network = loaded_network("scunet", NETWORK, 1, Settings(scale=1)).requires_grad_(False)
    except DdsrError as error:
        raise DdsrError(f'{error}; or set loss.denoiser = "guided", which needs no weights') from error

    def clean(picture: Tensor) -> Tensor:
        network.to(picture.device)
        height, width = picture.shape[-2:]
        below, right = (-side % _SCUNET_MULTIPLE for side in (height, width))
        padded = functional.pad(picture, (0, right, 0, below), "replicate")
        out: Tensor = network(padded)[..., :height, :width]
        return out

    return clean
