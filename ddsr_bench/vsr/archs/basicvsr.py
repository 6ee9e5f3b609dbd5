"""BasicVSR: K. C. K. Chan et al., "BasicVSR: the search for essential components in video super-resolution and beyond",
CVPR 2021 (doi:10.1109/CVPR46437.2021.00491). Parameter names of MMagic.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from ddsr_bench.vsr.blocks.convs import ResidualTrunk, lrelu
from ddsr_bench.vsr.blocks.frames import stacked
from ddsr_bench.vsr.blocks.spynet import SPyNet
from ddsr_bench.vsr.blocks.upsample import Enlarging
from ddsr_bench.vsr.blocks.warp import flow_warp


class BasicVSR(Enlarging):
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

    def forward(self, frames: Tensor) -> Tensor:
        """(N, T, 3, H, W) in 0..1 -> (N, T, 3, 4H, 4W)."""
        return stacked(self._outputs(frames), frames.shape[1])

    def _outputs(self, frames: Tensor) -> Iterator[Tensor]:
        length = frames.shape[1]
        to_earlier, to_later = self.spynet.both_ways(frames)
        state = self._nothing(frames)
        behind = []
        for t in reversed(range(length)):
            if t < length - 1:
                state = flow_warp(state, to_earlier[:, t])
            state = self.backward_resblocks(torch.cat((frames[:, t], state), 1))
            behind.append(state)
        state = self._nothing(frames)
        for t in range(length):
            if t:
                state = flow_warp(state, to_later[:, t - 1])
            state = self.forward_resblocks(torch.cat((frames[:, t], state), 1))
            yield self.enlarge(lrelu(self.fusion(torch.cat((behind.pop(), state), 1))), frames[:, t])

    def _nothing(self, frames: Tensor) -> Tensor:
        """The state before the first frame."""
        count, _, _, height, width = frames.shape
        return frames.new_zeros((count, self.channels, height, width))
