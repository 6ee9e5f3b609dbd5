"""One step: losses, gradients averaged over processes, clipped, applied; and the guard against what is no number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ddsr_bench.errors import DdsrError
from ddsr_bench.seeding import derive_seed
from ddsr_bench.train.loop.average import Average
from ddsr_bench.train.loop.config import LoopConfig
from ddsr_bench.train.loop.norms import join_norms
from ddsr_bench.train.loop.optimisers import optimiser, parameters, set_rate
from ddsr_bench.train.loop.ranks import Ranks
from ddsr_bench.train.loop.schedule import rate_of
from ddsr_bench.train.loop.task import Moment, Part, Task
from ddsr_bench.vsr.drive.place import Place

_SMALLEST_SCALE = 2.0**-14  # of fp16 losses: below it, gradients are infinite whatever they are multiplied by


@dataclass
class Machine:
    """The networks of a run, and what moves them."""

    parts: Mapping[str, Part]
    optimisers: Mapping[str, Optimizer]
    scaler: torch.amp.GradScaler
    average: Average
    place: Place
    config: LoopConfig

    @property
    def modules(self) -> dict[str, nn.Module]:
        """The networks being trained, by name."""
        return {name: part.module for name, part in self.parts.items()}


def machine(task: Task, config: LoopConfig, place: Place, ranks: Ranks) -> Machine:
    """Bring a task's networks to their device and give them optimisers and averages."""
    parts = task.parts()
    for part in parts.values():
        part.module.to(place.device)
    ranks.unite(part.module for part in parts.values())
    held = Machine(
        parts=parts,
        optimisers={name: optimiser(part, config) for name, part in parts.items()},
        scaler=torch.amp.GradScaler(place.device.type, enabled=place.precision == "fp16"),
        average=Average({name: part.module for name, part in parts.items()}, config.average),
        place=place,
        config=config,
    )
    for part in parts.values():
        join_norms(part.module, ranks)
    return held


def take_step(task: Task, held: Machine, batch: Any, moment: Moment, ranks: Ranks) -> dict[str, float]:
    """Train every part on a batch once; returns what is logged: losses and ``<part>.norm``, means over processes.

    Draws of the networks themselves (dropout, noise) are addressed by the moment and the process.

    Raises:
        DdsrError: a loss or a gradient is no finite number; the text says which and when.
    """
    torch.manual_seed(derive_seed("train", moment.seed, moment.epoch, moment.index, ranks.rank))
    share = rate_of(moment.step, moment.steps, held.config)
    batch = moved(batch, held.place.device)
    logged: dict[str, float] = {}
    for name, part in held.parts.items():
        part.module.train()
        set_rate(held.optimisers[name], share)
        logged |= _part_step(task, held, name, batch, moment, ranks)
    held.scaler.update()
    if held.scaler.is_enabled() and held.scaler.get_scale() < _SMALLEST_SCALE:
        raise DdsrError(f"gradients at step {moment.step + 1}: infinite in fp16 at any scale; train in bf16 or fp32")
    held.average.update(held.modules, moment.step)
    return logged


def _part_step(task: Task, held: Machine, name: str, batch: Any, moment: Moment, ranks: Ranks) -> dict[str, float]:
    start = f"{name}." if len(held.parts) > 1 else ""
    with held.place.autocast():
        losses = task.losses(name, batch, moment, ranks)
    values = {start + loss: value for loss, value in _means(losses, ranks).items()}
    _check(values, moment)
    total = torch.stack([task.weights.get(loss, 1.0) * value.float() for loss, value in losses.items()]).sum()
    trained = parameters(held.parts[name])
    found = torch.autograd.grad(held.scaler.scale(total), trained, allow_unused=True)
    for parameter, gradient in zip(trained, found, strict=True):
        # Zero, not None: with several processes each must send as much as the others.
        parameter.grad = torch.zeros_like(parameter) if gradient is None else gradient.to(parameter.dtype)
    ranks.average([parameter.grad for parameter in trained if parameter.grad is not None])
    norm = _apply(held, name, trained)
    if not held.scaler.is_enabled():
        _check({f"gradient of {name!r}": norm}, moment, what="")
    return {**values, f"{start}norm": norm}


def _apply(held: Machine, name: str, trained: list[torch.nn.Parameter]) -> float:
    chosen = held.optimisers[name]
    held.scaler.unscale_(chosen)
    largest = held.config.clip or math.inf
    norm = torch.nn.utils.clip_grad_norm_(trained, largest)
    # A gradient that is no number would spoil the weights; where precision allows for none, the run ends here.
    if held.scaler.is_enabled() or bool(torch.isfinite(norm)):
        held.scaler.step(chosen)
    chosen.zero_grad(set_to_none=True)
    return float(norm)


def _means(losses: Mapping[str, Tensor], ranks: Ranks) -> dict[str, float]:
    together = torch.stack([value.detach().float() for value in losses.values()])
    ranks.average([together])
    return dict(zip(losses, together.tolist(), strict=True))


def _check(values: Mapping[str, float], moment: Moment, what: str = "loss ") -> None:
    for name, value in values.items():
        if not math.isfinite(value):
            shown = f"{what}{name!r}" if what else name
            raise DdsrError(
                f"{shown}: {value} at step {moment.step + 1} (epoch {moment.epoch + 1}); the last checkpoint is whole; "
                "train anew with a lower loop.learning_rate, or in fp32"
            )


def moved(batch: Any, device: torch.device) -> Any:
    """A batch with its tensors on ``device``; dictionaries, lists and tuples are rebuilt, all else stays."""
    if isinstance(batch, Tensor):
        return batch.to(device, non_blocking=True)
    if isinstance(batch, dict):
        return {key: moved(value, device) for key, value in batch.items()}
    if isinstance(batch, list | tuple):
        return type(batch)(moved(value, device) for value in batch)
    return batch
