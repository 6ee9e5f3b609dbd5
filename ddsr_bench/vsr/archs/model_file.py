"""A function on arrays in the place of a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn


class Called(nn.Module):
    """Frame by frame through ``call``, float32 (1, C, H, W) -> (1, C, sH, sW); gradients do not pass."""

    def __init__(self, call: Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]) -> None:
        super().__init__()
        self._call = call

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, sH, sW), on the device of ``x``."""
        arrays = x.detach().float().cpu().contiguous().numpy()
        made = [self._call(arrays[index : index + 1]) for index in range(len(arrays))]
        return torch.from_numpy(np.concatenate(made)).to(x.device)
