"""FSRCNN: C. Dong et al., "Accelerating the super-resolution convolutional neural network", ECCV 2016
(arXiv:1608.00367), as the graphs behind OpenCV's models hold it: a pixel shuffle in place of the last deconvolution.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.archs.espcn import convolutions
from ddsr_bench.vsr.frozen_graph import constant

_WIDE, _NARROW, _MAPPINGS = 56, 12, 4


class FSRCNN(nn.Module):
    """Features, shrinking, four mappings, expanding, each with PReLU; then a 1x1 convolution and a pixel shuffle."""

    def __init__(self, scale: int) -> None:
        super().__init__()
        self._scale = scale
        shapes = [(1, _WIDE, 5), (_WIDE, _NARROW, 1), *[(_NARROW, _NARROW, 3)] * _MAPPINGS, (_NARROW, _WIDE, 1)]
        self._count = len(shapes)
        for layer, (inputs, outputs, kernel) in enumerate(shapes, 1):
            self.add_module(f"conv{layer}", nn.Conv2d(inputs, outputs, kernel, 1, kernel // 2))
            self.add_module(f"prelu{layer}", nn.PReLU(outputs))
        # One bias for all phases, added behind the shuffle.
        self.conv8 = nn.Conv2d(_WIDE, scale**2, 1, bias=False)
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        """Y' in [0, 1], (N, 1, H, W) -> (N, 1, scale H, scale W)."""
        for layer in range(1, self._count + 1):
            x = getattr(self, f"prelu{layer}")(getattr(self, f"conv{layer}")(x))
        return functional.pixel_shuffle(self.conv8(x), self._scale) + self.bias


def from_graph(constants: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, Tensor]:
    """The state dict from a frozen graph's constants ``f1`` .. ``f8`` (HWIO), ``b1`` .. ``b8``, ``alpha1`` ..

    Raises:
        DdsrError: one of them is missing or has another number of axes.
    """
    state = convolutions(constants, 8)
    state["bias"] = state.pop("conv8.bias")
    for layer in range(1, 8):
        state[f"prelu{layer}.weight"] = torch.from_numpy(constant(constants, f"alpha{layer}", 1).copy())
    return state
