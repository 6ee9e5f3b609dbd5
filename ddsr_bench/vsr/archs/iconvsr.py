"""IconVSR: K. C. K. Chan et al., "BasicVSR: the search for essential components in video super-resolution and beyond",
CVPR 2021 (doi:10.1109/CVPR46437.2021.00491), section 4. Parameter names of MMagic.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.archs.edvr import EdvrFeatures
from ddsr_bench.vsr.blocks.convs import ResidualTrunk
from ddsr_bench.vsr.blocks.frames import stacked
from ddsr_bench.vsr.blocks.spynet import SPyNet
from ddsr_bench.vsr.blocks.upsample import Enlarging
from ddsr_bench.vsr.blocks.warp import flow_warp

_MULTIPLE = 4


class IconVSR(Enlarging):
    """BasicVSR with its states refilled at key frames, and its directions coupled.

    Args:
        mid_channels: of the features.
        num_blocks: residual blocks in each direction.
        keyframe_stride: from one key frame to the next; the last frame is one too.
        padding: frames beside a key frame, on each side, that its refill looks at; a clip has at least 2 padding + 1.
    """

    def __init__(
        self, mid_channels: int = 64, num_blocks: int = 30, keyframe_stride: int = 5, padding: int = 2
    ) -> None:
        super().__init__()
        self.channels, self.stride, self.padding = mid_channels, keyframe_stride, padding
        self.spynet = SPyNet()
        self.edvr = EdvrFeatures(mid_channels, 2 * padding + 1)
        self.backward_fusion = nn.Conv2d(mid_channels * 2, mid_channels, 3, 1, 1)
        self.forward_fusion = nn.Conv2d(mid_channels * 2, mid_channels, 3, 1, 1)
        self.backward_resblocks = ResidualTrunk(mid_channels + 3, mid_channels, num_blocks)
        self.forward_resblocks = ResidualTrunk(mid_channels * 2 + 3, mid_channels, num_blocks)
        self.add_tail(mid_channels)

    def forward(self, frames: Tensor) -> Tensor:
        """(N, T, 3, H, W) in 0..1, T at least 5 -> (N, T, 3, 4H, 4W)."""
        height, width = frames.shape[-2:]
        down, right = -height % _MULTIPLE, -width % _MULTIPLE
        if down or right:
            padded = functional.pad(frames.flatten(0, 1), (0, right, 0, down), "reflect")
            frames = padded.view(*frames.shape[:3], height + down, width + right)
        cropped = (out[..., : 4 * height, : 4 * width] for out in self._outputs(frames))
        return stacked(cropped, frames.shape[1])

    def _outputs(self, frames: Tensor) -> Iterator[Tensor]:
        count, length, _, height, width = frames.shape
        to_earlier, to_later = self.spynet.both_ways(frames)
        refills = self._refills(frames)
        state = frames.new_zeros((count, self.channels, height, width))
        behind = []
        for t in reversed(range(length)):
            if t < length - 1:
                state = flow_warp(state, to_earlier[:, t])
            if t in refills:
                state = self.backward_fusion(torch.cat((state, refills[t]), 1))
            state = self.backward_resblocks(torch.cat((frames[:, t], state), 1))
            behind.append(state)
        state = torch.zeros_like(state)
        for t in range(length):
            if t:
                state = flow_warp(state, to_later[:, t - 1])
            if t in refills:
                state = self.forward_fusion(torch.cat((state, refills.pop(t)), 1))
            state = self.forward_resblocks(torch.cat((frames[:, t], behind.pop(), state), 1))
            yield self.enlarge(state, frames[:, t])

    def _refills(self, frames: Tensor) -> dict[int, Tensor]:
        """Features of the key frames, from the frames around each; levels of a frame are made once."""
        length = frames.shape[1]
        keys = sorted({*range(0, length, self.stride), length - 1})
        levels: dict[int, tuple[Tensor, ...]] = {}
        refills = {}
        for key in keys:
            around = [_mirrored(at, length, self.padding) for at in range(key - self.padding, key + self.padding + 1)]
            levels = {at: levels[at] if at in levels else self.edvr.levels(frames[:, at]) for at in around}
            refills[key] = self.edvr.fused([levels[at] for at in around])
        return refills


def _mirrored(at: int, length: int, padding: int) -> int:
    """The frame shown at ``at``, which may lie beyond an end.

    In front of frame 0 stand frames 2p, 2p-1, ..., p+1, so that none is shown twice in a window; behind likewise.
    """
    if at < 0:
        return padding - at
    if at >= length:
        return length - 1 - padding - (at - length + 1)
    return at
