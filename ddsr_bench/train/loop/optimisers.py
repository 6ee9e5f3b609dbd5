"""An optimiser for each part, with the rates and decays that its parameters are to have."""

from __future__ import annotations

from typing import Any

import torch
from torch.optim import Optimizer

from ddsr_bench.train.loop.config import LoopConfig
from ddsr_bench.train.loop.task import Part


def parameters(part: Part) -> list[torch.nn.Parameter]:
    """What of a part is trained."""
    return [one for one in part.module.parameters() if one.requires_grad]


def optimiser(part: Part, config: LoopConfig) -> Optimizer:
    """Adam or AdamW over a part; its groups hold ``height``, their highest rate."""
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in part.module.named_parameters():
        if parameter.requires_grad:
            slow = next((factor for start, factor in part.slow.items() if name.startswith(start)), 1.0)
            decay = config.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((part.rate * slow, decay), []).append(parameter)
    described: list[dict[str, Any]] = [
        {"params": members, "height": config.learning_rate * factor, "weight_decay": decay}
        for (factor, decay), members in groups.items()
    ]
    kind = torch.optim.AdamW if config.optimiser == "adamw" else torch.optim.Adam
    return kind(described, lr=config.learning_rate, betas=config.betas)


def set_rate(chosen: Optimizer, share: float) -> None:
    """Set the learning rates to a share of their heights."""
    for group in chosen.param_groups:
        group["lr"] = group["height"] * share
