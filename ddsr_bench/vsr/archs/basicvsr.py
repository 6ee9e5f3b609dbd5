"""BasicVSR: K. C. K. Chan et al., "BasicVSR: the search for essential components in video super-resolution and beyond",
CVPR 2021 (doi:10.1109/CVPR46437.2021.00491). Parameter names of MMagic.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ddsr_bench.vsr.blocks.convs import ResidualTrunk, lrelu
from ddsr_bench.vsr.blocks.spynet import SPyNet
from ddsr_bench.vsr.blocks.stretches import Stretching
from ddsr_bench.vsr.blocks.warp import flow_warp


@dataclass(frozen=True)
class Carried:
    """What goes from a stretch of a clip to the next.

    Attributes:
        frame: the last frame that has its output, (N, 3, H, W).
        features: what is carried forwards from it, (N, C, H, W).
        flows: backward flows of the pairs behind it, as many as are known, (N, K, 2, H, W).
    """

    frame: Tensor
    features: Tensor
    flows: Tensor


class BasicVSR(Stretching[Carried]):
    """Features are carried through the whole clip, backwards and forwards, along the flow.

    Args:
        mid_channels: of the features.
        num_blocks: residual blocks in each direction.
    """

    def __init__(self, mid_channels: int = 64, num_blocks: int = 30) -> None:
        super().__init__()
        self.channels = mid_channels
        self.spynet = SPyNet()
        self.backward_resblocks = ResidualTrunk(mid_channels + 3, mid_channels, num_blocks)
        self.forward_resblocks = ResidualTrunk(mid_channels + 3, mid_channels, num_blocks)
        self.fusion = nn.Conv2d(mid_channels * 2, mid_channels, 1)
        self.add_tail(mid_channels)

    def stretch(self, frames: Tensor, keep: int, state: Carried | None) -> Generator[Tensor, None, Carried]:
        """As :meth:`Stretching.stretch` says."""
        length = frames.shape[1]
        known = None if state is None else state.flows
        to_earlier, to_later = self.spynet.both_ways(frames, keep, known)
        behind = self._way_back(frames, to_earlier, keep)
        carried = self.nothing(frames)
        for t in range(keep):
            if t:
                carried = flow_warp(carried, to_later[:, t - 1])
            elif state is not None:
                carried = flow_warp(state.features, self.spynet(frames[:, 0], state.frame))
            carried = self.forward_resblocks(torch.cat((frames[:, t], carried), 1))
            yield self.enlarge(lrelu(self.fusion(torch.cat((behind.pop(), carried), 1))), frames[:, t])
        return Carried(frames[:, keep - 1], carried, to_earlier[:, min(keep, length - 1) :])

    def _way_back(self, frames: Tensor, to_earlier: Tensor, keep: int) -> list[Tensor]:
        """What is carried backwards to each of the first ``keep`` frames, the last of them first."""
        length = frames.shape[1]
        carried = self.nothing(frames)
        behind = []
        for t in reversed(range(length)):
            if t < length - 1:
                carried = flow_warp(carried, to_earlier[:, t])
            carried = self.backward_resblocks(torch.cat((frames[:, t], carried), 1))
            if t < keep:
                behind.append(carried)
        return behind
