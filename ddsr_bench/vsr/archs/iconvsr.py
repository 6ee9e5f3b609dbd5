"""IconVSR: K. C. K. Chan et al., "BasicVSR: the search for essential components in video super-resolution and beyond",
CVPR 2021 (doi:10.1109/CVPR46437.2021.00491), section 4. Parameter names of MMagic.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.archs.edvr import EdvrFeatures
from ddsr_bench.vsr.blocks.convs import ResidualTrunk
from ddsr_bench.vsr.blocks.spynet import SPyNet
from ddsr_bench.vsr.blocks.stretches import Stretching
from ddsr_bench.vsr.blocks.warp import flow_warp

_MULTIPLE = 4


@dataclass(frozen=True)
class Carried:
    """What goes from a stretch of a clip to the next.

    Attributes:
        number: of the next stretch's first frame in the clip.
        past: the last frames that have their outputs, (N, up to 2 padding + 1, 3, H, W).
        features: what is carried forwards from the last of them, (N, C, H, W).
        flows: backward flows of the pairs behind it, as many as are known, (N, K, 2, H, W).
    """

    number: int
    past: Tensor
    features: Tensor
    flows: Tensor


class IconVSR(Stretching[Carried]):
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

    def stretch(self, frames: Tensor, keep: int, state: Carried | None) -> Generator[Tensor, None, Carried]:
        """As :meth:`Stretching.stretch` says; the last of ``frames`` is taken for a key frame."""
        height, width = frames.shape[-2:]
        frames = _padded(frames)
        length, number = frames.shape[1], 0 if state is None else state.number
        to_earlier, to_later = self.spynet.both_ways(frames, keep, None if state is None else state.flows)
        past = frames[:, :0] if state is None else state.past
        refills = self._refills(torch.cat((past, frames), 1), past.shape[1], number)
        behind = self._way_back(frames, to_earlier, refills, keep)
        carried = self.nothing(frames)
        for t in range(keep):
            if t:
                carried = flow_warp(carried, to_later[:, t - 1])
            elif state is not None:
                carried = flow_warp(state.features, self.spynet(frames[:, 0], past[:, -1]))
            if t in refills:
                carried = self.forward_fusion(torch.cat((carried, refills.pop(t)), 1))
            carried = self.forward_resblocks(torch.cat((frames[:, t], behind.pop(), carried), 1))
            yield self.enlarge(carried, frames[:, t])[..., : 4 * height, : 4 * width]
        seen = torch.cat((past, frames[:, :keep]), 1)[:, -2 * self.padding - 1 :]
        return Carried(number + keep, seen, carried, to_earlier[:, min(keep, length - 1) :])

    def _way_back(self, frames: Tensor, to_earlier: Tensor, refills: Mapping[int, Tensor], keep: int) -> list[Tensor]:
        """What is carried backwards to each of the first ``keep`` frames, the last of them first."""
        length = frames.shape[1]
        carried = self.nothing(frames)
        behind = []
        for t in reversed(range(length)):
            if t < length - 1:
                carried = flow_warp(carried, to_earlier[:, t])
            if t in refills:
                carried = self.backward_fusion(torch.cat((carried, refills[t]), 1))
            carried = self.backward_resblocks(torch.cat((frames[:, t], carried), 1))
            if t < keep:
                behind.append(carried)
        return behind

    def _refills(self, frames: Tensor, past: int, number: int) -> dict[int, Tensor]:
        """Features of the key frames, from the frames around each; levels of a frame are made once.

        Args:
            frames: the last ones before the stretch, then the stretch.
            past: how many those before are.
            number: of the stretch's first frame in the clip.

        Returns:
            By frame of the stretch.
        """
        length = frames.shape[1]
        keys = {t for t in range(length - past) if (number + t) % self.stride == 0} | {length - past - 1}
        reach = range(-self.padding, self.padding + 1)
        levels: dict[int, tuple[Tensor, ...]] = {}
        refills = {}
        for key in sorted(keys):
            around = [_mirrored(past + key + beside, length, self.padding) for beside in reach]
            levels = {at: levels[at] if at in levels else self.edvr.levels(frames[:, at]) for at in around}
            refills[key] = self.edvr.fused([levels[at] for at in around])
        return refills


def _padded(frames: Tensor) -> Tensor:
    """Reflected at the right and bottom to multiples of 4."""
    height, width = frames.shape[-2:]
    down, right = -height % _MULTIPLE, -width % _MULTIPLE
    if not (down or right):
        return frames
    padded = functional.pad(frames.flatten(0, 1), (0, right, 0, down), "reflect")
    return padded.view(*frames.shape[:3], height + down, width + right)


def _mirrored(at: int, length: int, padding: int) -> int:
    """The frame shown at ``at``, which may lie beyond an end.

    In front of frame 0 stand frames 2p, 2p-1, ..., p+1, so that none is shown twice in a window; behind likewise.
    """
    if at < 0:
        return padding - at
    if at >= length:
        return length - 1 - padding - (at - length + 1)
    return at
