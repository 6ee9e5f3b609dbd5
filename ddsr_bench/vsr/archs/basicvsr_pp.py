"""BasicVSR++: K. C. K. Chan et al., "BasicVSR++: improving video super-resolution with enhanced propagation and
alignment", CVPR 2022 (doi:10.1109/CVPR52688.2022.00588). Parameter names of MMagic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from ddsr_bench.vsr.blocks.convs import ResidualTrunk
from ddsr_bench.vsr.blocks.deform import deform_conv, offset_and_mask, zeroed
from ddsr_bench.vsr.blocks.frames import stacked
from ddsr_bench.vsr.blocks.precision import at_least_float32, full_precision
from ddsr_bench.vsr.blocks.spynet import SPyNet
from ddsr_bench.vsr.blocks.upsample import Enlarging
from ddsr_bench.vsr.blocks.warp import flow_warp

_BRANCHES = ("backward_1", "forward_1", "backward_2", "forward_2")


class FlowGuided(nn.Module):
    """Deformable alignment of the last two states, whose offsets are flows plus what ``conv_offset`` finds."""

    def __init__(self, channels: int = 64, groups: int = 16, reach: float = 10.0) -> None:
        super().__init__()
        self.reach = reach
        self.weight = nn.Parameter(torch.empty(channels, channels * 2, 3, 3))
        self.bias = nn.Parameter(torch.zeros(channels))
        nn.init.kaiming_uniform_(self.weight, nonlinearity="relu")
        self.conv_offset = nn.Sequential(
            nn.Conv2d(channels * 3 + 4, channels, 3, 1, 1),
            nn.LeakyReLU(0.1, inplace=True),
            nn.Conv2d(channels, channels, 3, 1, 1),
            nn.LeakyReLU(0.1, inplace=True),
            nn.Conv2d(channels, channels, 3, 1, 1),
            nn.LeakyReLU(0.1, inplace=True),
            zeroed(nn.Conv2d(channels, groups * 27, 3, 1, 1)),
        )

    def forward(self, states: tuple[Tensor, Tensor], current: Tensor, flows: tuple[Tensor, Tensor]) -> Tensor:
        """States of one and two frames ago (N, C, H, W), this frame's features, flows to both -> (N, C, H, W)."""
        conditions = [flow_warp(state, flow) for state, flow in zip(states, flows, strict=True)]
        places = self.conv_offset(torch.cat((conditions[0], current, conditions[1], *flows), 1))
        with full_precision(places):
            offset, mask = offset_and_mask(places)
            offset = torch.tanh(offset) * self.reach
            count, channels, height, width = offset.shape
            # Half of the groups see each state; a flow is (x, y), an offset (y, x).
            towards = torch.stack([at_least_float32(flow).flip(1) for flow in flows], 1)[:, :, None]
            offset = (offset.view(count, 2, channels // 4, 2, height, width) + towards).view_as(offset)
        return deform_conv(torch.cat(states, 1), offset, self.weight, self.bias, mask)


class BasicVSRPlusPlus(Enlarging):
    """Two rounds of propagation in each direction, from the last two frames. Frames are 64x64 or larger.

    Args:
        channels: of the features.
        blocks: residual blocks of each branch.
        reach: largest offset beyond the flow, in pixels.
    """

    def __init__(self, channels: int = 64, blocks: int = 7, reach: float = 10.0) -> None:
        super().__init__()
        self.channels = channels
        self.spynet = SPyNet()
        self.feat_extract = ResidualTrunk(3, channels, 5)
        self.deform_align, self.backbone = nn.ModuleDict(), nn.ModuleDict()
        for number, branch in enumerate(_BRANCHES):
            self.deform_align[branch] = FlowGuided(channels, reach=reach)
            self.backbone[branch] = ResidualTrunk((2 + number) * channels, channels, blocks)
        self.reconstruction = ResidualTrunk(5 * channels, channels, 5)
        self.add_tail(channels)

    def forward(self, frames: Tensor) -> Tensor:
        """(N, T, 3, H, W) in 0..1 -> (N, T, 3, 4H, 4W)."""
        return stacked(self._outputs(frames), frames.shape[1])

    def _outputs(self, frames: Tensor) -> Iterator[Tensor]:
        length = frames.shape[1]
        to_earlier, to_later = self.spynet.both_ways(frames)
        # What is known of each frame: its own features, then those of each branch that is done.
        known = [[self.feat_extract(frames[:, t])] for t in range(length)]
        for branch in _BRANCHES[:-1]:
            backward = branch.startswith("backward")
            order = range(length - 1, -1, -1) if backward else range(length)
            flows = {t: to_earlier[:, t] for t in order[1:]} if backward else _from_before(to_later, length)
            for t, state in zip(order, self._branch(branch, order, flows, known), strict=True):
                known[t].append(state)
        last = self._branch(_BRANCHES[-1], range(length), _from_before(to_later, length), known)
        for t, state in enumerate(last):
            features = self.reconstruction(torch.cat((*known[t], state), 1))
            known[t] = []
            yield self.enlarge(features, frames[:, t])

    def _branch(
        self, branch: str, order: range, flows: Mapping[int, Tensor], known: list[list[Tensor]]
    ) -> Iterator[Tensor]:
        """States of one branch in the order of its propagation; ``flows[t]`` fetches the frame before onto t."""
        align, backbone = self.deform_align[branch], self.backbone[branch]
        nothing = torch.zeros_like(known[0][0])
        states: tuple[Tensor, Tensor] = (nothing, nothing)
        for number, t in enumerate(order):
            aligned = states[0]
            if number:
                flow = flows[t]
                before = flows[order[number - 1]] if number > 1 else None
                second = torch.zeros_like(flow) if before is None else flow + flow_warp(before, flow)
                aligned = align(states, known[t][0], (flow, second))
            state = aligned + backbone(torch.cat((*known[t], aligned), 1))
            states = (state, states[0] if number else nothing)
            yield state


def _from_before(to_later: Tensor, length: int) -> dict[int, Tensor]:
    return {t: to_later[:, t - 1] for t in range(1, length)}


def official_basicvsr_pp(
    mid_channels: int = 64, num_blocks: int = 7, max_residue_magnitude: float = 10, is_low_res_input: bool = True
) -> BasicVSRPlusPlus:
    """From the official arguments.

    Raises:
        TypeError: the variant for inputs of output size.
    """
    if not is_low_res_input:
        raise TypeError("only the variant for low-resolution input is built")
    return BasicVSRPlusPlus(mid_channels, num_blocks, max_residue_magnitude)
