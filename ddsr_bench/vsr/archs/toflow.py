"""TOFlow: T. Xue et al., "Video enhancement with task-oriented flow", IJCV 127, 2019 (doi:10.1007/s11263-018-01144-2).
Parameter names of MMagic. Frames are brought to the output size before they go in.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.blocks.convs import ConvLayer, identity, relu
from ddsr_bench.vsr.blocks.precision import at_least_float32, full_precision
from ddsr_bench.vsr.blocks.warp import flow_warp

_CHANNELS = (8, 32, 64, 32, 16, 2)
_LEVELS = 4
_FRAMES = 7


class TaskFlow(nn.Module):
    """The flow network: four levels of five 7x7 convolutions, with BatchNorm behind all but the last."""

    def __init__(self) -> None:
        super().__init__()
        self.basic_module = nn.ModuleList(_Level() for _ in range(_LEVELS))

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """The flow (N, 2, H, W) that fetches ``second`` onto ``first``, both (N, 3, H, W), sides multiples of 16."""
        with full_precision(first):
            here, there = (_pyramid(at_least_float32(one)) for one in (first, second))
            flow = here[0].new_zeros((len(first), 2, *(side // 2 for side in here[0].shape[-2:])))
            for module, one, other in zip(self.basic_module, here, there, strict=True):
                flow = functional.interpolate(flow, scale_factor=2, mode="bilinear", align_corners=True) * 2
                flow = flow + module(torch.cat((one, flow_warp(other, flow), flow), 1))
            return flow


class _Level(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.basic_module = nn.Sequential(
            *(
                ConvLayer(inputs, outputs, 7, act=relu if outputs > 2 else identity, norm=outputs > 2)
                for inputs, outputs in pairwise(_CHANNELS)
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, 8, H, W) -> (N, 2, H, W)."""
        flow: Tensor = self.basic_module(x)
        return flow


def _pyramid(frames: Tensor) -> list[Tensor]:
    """Coarsest first."""
    levels = [frames]
    for _ in range(_LEVELS - 1):
        levels.append(functional.avg_pool2d(levels[-1], 2))
    return levels[::-1]


class TOFlow(nn.Module):
    """Six neighbours are warped onto the middle frame, and four convolutions make one of the seven."""

    def __init__(self) -> None:
        super().__init__()
        self.spynet = TaskFlow()
        self.conv1 = nn.Conv2d(3 * _FRAMES, 64, 9, 1, 4)
        self.conv2 = nn.Conv2d(64, 64, 9, 1, 4)
        self.conv3 = nn.Conv2d(64, 64, 1)
        self.conv4 = nn.Conv2d(64, 3, 1)

    def forward(self, frames: Tensor) -> Tensor:
        """(N, 7, 3, H, W), normalised, sides multiples of 16 -> (N, 3, H, W), the middle frame."""
        centre = frames[:, _FRAMES // 2]
        pictures = [centre]
        # The middle frame first, then the others in their order, as the published weights want it.
        for t in range(_FRAMES):
            if t != _FRAMES // 2:
                pictures.append(flow_warp(frames[:, t], self.spynet(centre, frames[:, t])))
        x = relu(self.conv1(torch.cat(pictures, 1)))
        x = relu(self.conv3(relu(self.conv2(x))))
        out: Tensor = at_least_float32(centre) + self.conv4(x)
        return out


def official_toflow(adapt_official_weights: bool = True) -> TOFlow:
    """From the official arguments.

    Raises:
        TypeError: the frame order that no published weights have.
    """
    if not adapt_official_weights:
        raise TypeError("only the frame order of the published weights is built")
    return TOFlow()
