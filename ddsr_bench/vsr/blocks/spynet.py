"""SPyNet: A. Ranjan, M. J. Black, "Optical flow estimation using a spatial pyramid network", CVPR 2017
(doi:10.1109/CVPR.2017.291), with six levels as BasicVSR and its kin use it.

The pyramid of a frame is made once, however many flows it takes part in; flows of several pairs, and of both
directions, go through the network as one batch. All of it is float32, whatever the precision around it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.blocks.convs import ConvLayer, identity, relu
from ddsr_bench.vsr.blocks.precision import at_least_float32, full_precision
from ddsr_bench.vsr.blocks.warp import flow_warp

_CHANNELS = (8, 32, 64, 32, 16, 2)
_LEVELS = 6
_MULTIPLE = 32
#: Pairs in one batch on a CPU, where larger ones only leave the cache; elsewhere small levels want company.
_PAIRS_ON_CPU = 1
_PAIRS_ELSEWHERE = 8

Pyramid = list[Tensor]


class Level(nn.Module):
    """Five 7x7 convolutions with ReLU between them; ``basic_module`` holds them as layers or in a plain row."""

    def __init__(self, plain: bool) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(_CHANNELS):
            last = outputs == _CHANNELS[-1]
            if plain:
                layers += [nn.Conv2d(inputs, outputs, 7, 1, 3)] + ([] if last else [nn.ReLU(inplace=True)])
            else:
                layers.append(ConvLayer(inputs, outputs, 7, act=identity if last else relu))
        self.basic_module = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 8, H, W) -> (N, 2, H, W)."""
        flow: Tensor = self.basic_module(x)
        return flow


class SPyNet(nn.Module):
    """Flow between frames.

    Args:
        plain: parameter names without ``conv`` in them, as in BasicSR's files.
        narrow: pictures of a resized width of 32 have five levels only (RealViformer's copy).
    """

    mean: Tensor
    std: Tensor

    def __init__(self, plain: bool = False, narrow: bool = False) -> None:
        super().__init__()
        self.narrow = narrow
        self.basic_module = nn.ModuleList(Level(plain) for _ in range(_LEVELS))
        self.register_buffer("mean", torch.tensor((0.485, 0.456, 0.406)).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor((0.229, 0.224, 0.225)).view(1, 3, 1, 1))

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """The flow (N, 2, H, W), in pixels, that fetches ``second`` onto ``first``, both (N, 3, H, W)."""
        return self.between(self.pyramid(first), self.pyramid(second), first.shape[-2:])

    def both_ways(self, frames: Tensor, keep: int | None = None, known: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Flows of a clip.

        Args:
            frames: (N, T, 3, H, W).
            keep: flows forward are wanted among the first ``keep`` frames only; None is all.
            known: flows backward (N, K, 2, H, W) of the first K pairs, which need not be made again.

        Returns:
            Backward (N, T-1, 2, H, W), which fetches t+1 onto t, and forward (N, keep-1, 2, H, W), t onto t+1.
        """
        count, length, _, height, width = frames.shape
        pairs = length - 1
        wanted = pairs if keep is None else max(min(keep - 1, pairs), 0)
        done = 0 if known is None else min(known.shape[1], pairs)
        pyramid = [level.view(count, length, *level.shape[1:]) for level in self.pyramid(frames.flatten(0, 1))]
        none = frames.new_zeros((count, 0, 2, height, width), dtype=pyramid[0].dtype)
        backward, forward = [none if known is None else known[:, :done]], [none]
        step = _PAIRS_ON_CPU if frames.device.type == "cpu" else _PAIRS_ELSEWHERE
        for first, end, back, forth in _stretches(pairs, done, wanted, step):
            flows = self._pairs(pyramid, slice(first, end), (height, width), back, forth)
            backward += flows[:1] if back else []
            forward += flows[-1:] if forth else []
        return torch.cat(backward, 1), torch.cat(forward, 1)

    def _pairs(
        self, pyramid: Pyramid, pairs: slice, size: tuple[int, int], back: bool, forth: bool
    ) -> Sequence[Tensor]:
        """Flows (N, pairs, 2, H, W) of the pairs (t, t+1), t in ``pairs``: backward, forward, or both."""
        behind = slice(pairs.start + 1, pairs.stop + 1)
        earlier = [level[:, pairs].flatten(0, 1) for level in pyramid]
        later = [level[:, behind].flatten(0, 1) for level in pyramid]
        ways = [(earlier, later)] * back + [(later, earlier)] * forth
        first = [torch.cat(levels) for levels in zip(*(one for one, _ in ways), strict=True)]
        second = [torch.cat(levels) for levels in zip(*(other for _, other in ways), strict=True)]
        flows = self.between(first, second, size)
        made: Sequence[Tensor] = flows.view(len(ways), len(pyramid[0]), -1, *flows.shape[1:]).unbind(0)
        return made

    def pyramid(self, frames: Tensor) -> Pyramid:
        """Frames (N, 3, H, W), resized to multiples of 32, normalised, coarsest first."""
        with full_precision(frames):
            frames = at_least_float32(frames)
            height, width = (-(-side // _MULTIPLE) * _MULTIPLE for side in frames.shape[-2:])
            if frames.shape[-2:] != (height, width):
                frames = functional.interpolate(frames, (height, width), mode="bilinear", align_corners=False)
            levels = [(frames - self.mean) / self.std]
            for _ in range(self._pools(width)):
                levels.append(functional.avg_pool2d(levels[-1], 2))
        return levels[::-1]

    def _pools(self, width: int) -> int:
        return _LEVELS - 2 if self.narrow and width <= _MULTIPLE else _LEVELS - 1

    def between(self, first: Sequence[Tensor], second: Sequence[Tensor], size: Sequence[int]) -> Tensor:
        """The flow that fetches the frames of one pyramid onto those of another, for pictures of ``size``."""
        with full_precision(first[0]):
            flow = torch.zeros_like(first[0][:, :2])
            # zip leaves out the finest module for a pyramid of five levels, as the narrow rule wants it.
            for number, (module, here, there) in enumerate(zip(self.basic_module, first, second, strict=False)):
                if number:
                    flow = functional.interpolate(flow, scale_factor=2, mode="bilinear", align_corners=True) * 2
                flow = flow + module(torch.cat((here, flow_warp(there, flow, "border"), flow), 1))
            return _resized(flow, size)


def _stretches(pairs: int, done: int, wanted: int, step: int) -> Iterator[tuple[int, int, bool, bool]]:
    """(first pair, end, backward?, forward?): up to ``step`` pairs of which the same directions are to be made."""
    borders = sorted({0, min(done, pairs), min(wanted, pairs), pairs})
    for start, stop in pairwise(borders):
        back, forth = start >= done, start < wanted
        if back or forth:
            for first in range(start, stop, step):
                yield first, min(first + step, stop), back, forth


def _resized(flow: Tensor, size: Sequence[int]) -> Tensor:
    """To (height, width), displacements along with it."""
    height, width = flow.shape[-2:]
    if tuple(size) == (height, width):
        return flow
    flow = functional.interpolate(flow, tuple(size), mode="bilinear", align_corners=False)
    ratio = torch.tensor((size[1] / width, size[0] / height), dtype=flow.dtype, device=flow.device)
    return flow * ratio.view(1, 2, 1, 1)
