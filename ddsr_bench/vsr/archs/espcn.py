"""ESPCN: W. Shi et al., "Real-time single image and video super-resolution using an efficient sub-pixel convolutional
neural network", CVPR 2016 (arXiv:1609.05158), as two public repositories trained it. Both see Y' alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.blocks.convs import relu
from ddsr_bench.vsr.frozen_graph import constant


class ESPCN(nn.Module):
    """Three convolutions at LR size, a pixel shuffle, tanh: the graph that OpenCV's models for x2 to x4 hold."""

    def __init__(self, scale: int) -> None:
        super().__init__()
        self._scale = scale
        self.conv1, self.conv2 = nn.Conv2d(1, 64, 5, 1, 2), nn.Conv2d(64, 32, 3, 1, 1)
        self.conv3 = nn.Conv2d(32, scale**2, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Y' in [0, 1], (N, 1, H, W) -> (N, 1, scale H, scale W)."""
        out = self.conv3(relu(self.conv2(relu(self.conv1(x)))))
        return torch.tanh(functional.pixel_shuffle(out, self._scale))


class TanhESPCN(nn.Module):
    """As EGVSR's repository has it, x4: tanh throughout, one layer more, a sigmoid; ``reconv`` and ``deconv`` belong to
    two other ways of enlarging that the checkpoint carries and nothing uses.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 64, 5, 1, 2), nn.Conv2d(64, 32, 3, 1, 1)
        self.conv3, self.pwconv = nn.Conv2d(32, 32, 3, 1, 1), nn.Conv2d(32, 16, 1)
        self.reconv, self.deconv = nn.Conv2d(32, 1, 1), nn.ConvTranspose2d(32, 1, 5, 4, 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Y' in [0, 1], (N, 1, H, W) -> (N, 1, 4H, 4W)."""
        for conv in (self.conv1, self.conv2, self.conv3):
            x = torch.tanh(conv(x))
        return torch.sigmoid(functional.pixel_shuffle(self.pwconv(x), 4))


def from_graph(constants: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, Tensor]:
    """The state dict of :class:`ESPCN` from a frozen graph's constants ``f1`` .. ``f3`` (HWIO) and ``b1`` .. ``b3``.

    Raises:
        DdsrError: one of them is missing or has another number of axes.
    """
    return convolutions(constants, 3)


def convolutions(constants: Mapping[str, np.ndarray[Any, Any]], count: int) -> dict[str, Tensor]:
    """Weights and biases of ``conv1`` .. from constants ``f1``, ``b1`` ..; as :func:`from_graph`."""
    state = {}
    for layer in range(1, count + 1):
        kernel = constant(constants, f"f{layer}", 4).transpose(3, 2, 0, 1)
        state[f"conv{layer}.weight"] = torch.from_numpy(np.ascontiguousarray(kernel))
        state[f"conv{layer}.bias"] = torch.from_numpy(constant(constants, f"b{layer}", 1).copy())
    return state
