"""Moving averages of weights, which generalise better than the weights of any one step."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
from torch import nn

_SLOW = 10  # steps that the decay needs to come near its value


class Average:
    """Averaged copies of networks.

    After step t (from 0) ``a <- d a + (1 - d) w`` with ``d = min(decay, (1 + t) / (10 + t))``, so that the first
    weights are soon forgotten. Buffers (running statistics) are copied. With a decay of 0 the copies are the weights.

    Args:
        modules: the networks, by name.
        decay: in [0, 1).
    """

    def __init__(self, modules: Mapping[str, nn.Module], decay: float) -> None:
        self._decay = decay
        self.modules = {name: copy.deepcopy(one).eval().requires_grad_(False) for name, one in modules.items()}

    @torch.no_grad()
    def update(self, modules: Mapping[str, nn.Module], step: int) -> None:
        """Take in the weights that step ``step`` (from 0) has left."""
        decay = min(self._decay, (1 + step) / (_SLOW + step))
        for name, averaged in self.modules.items():
            for old, new in zip(averaged.parameters(), modules[name].parameters(), strict=True):
                old.lerp_(new, 1 - decay)
            for kept, found in zip(averaged.buffers(), modules[name].buffers(), strict=True):
                kept.copy_(found)
