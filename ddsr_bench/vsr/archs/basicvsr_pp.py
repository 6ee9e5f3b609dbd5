"""BasicVSR++: K. C. K. Chan et al., "BasicVSR++: improving video super-resolution with enhanced propagation and
alignment", CVPR 2022 (doi:10.1109/CVPR52688.2022.00588). Parameter names of MMagic.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ddsr_bench.vsr.blocks.convs import ResidualTrunk
from ddsr_bench.vsr.blocks.deform import deform_conv, offset_and_mask, zeroed
from ddsr_bench.vsr.blocks.precision import at_least_float32, full_precision
from ddsr_bench.vsr.blocks.spynet import SPyNet
from ddsr_bench.vsr.blocks.stretches import Stretching
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


@dataclass(frozen=True)
class Way:
    """Where a branch has come to.

    Attributes:
        last, second: its states of the last frame and the one before, (N, C, H, W).
        flow: what fetched the frame before onto the last, (N, 2, H, W), None at the branch's first frame.
    """

    last: Tensor
    second: Tensor
    flow: Tensor | None


@dataclass(frozen=True)
class Carried:
    """What goes from a stretch of a clip to the next.

    Attributes:
        frame: the last frame that has its output, (N, 3, H, W).
        ways: where the branches have come to there.
        flows: backward flows of the pairs behind it, as many as are known, (N, K, 2, H, W).
    """

    frame: Tensor
    ways: Mapping[str, Way]
    flows: Tensor


class BasicVSRPlusPlus(Stretching[Carried]):
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

    def stretch(self, frames: Tensor, keep: int, state: Carried | None) -> Generator[Tensor, None, Carried]:
        """As :meth:`Stretching.stretch` says."""
        length = frames.shape[1]
        to_earlier, to_later = self.spynet.both_ways(frames, known=None if state is None else state.flows)
        backward = {t: to_earlier[:, t] for t in range(length - 1)}
        forward = {t: to_later[:, t - 1] for t in range(1, length)}
        if state is not None:
            forward[0] = self.spynet(frames[:, 0], state.frame)
        # What is known of each frame: its own features, then those of each branch that is done.
        known = [[self.feat_extract(frames[:, t])] for t in range(length)]
        ways = {} if state is None else dict(state.ways)
        for branch in _BRANCHES[:-1]:
            back = branch.startswith("backward")
            order = range(length - 1, -1, -1) if back else range(length)
            going = self._branch(
                branch, order, backward if back else forward, known, None if back else ways.get(branch)
            )
            for t, way in zip(order, going, strict=True):
                known[t].append(way.last)
                if t == keep - 1:
                    ways[branch] = way
        last = self._branch(_BRANCHES[-1], range(keep), forward, known, ways.get(_BRANCHES[-1]))
        for t, way in enumerate(last):
            features = self.reconstruction(torch.cat((*known[t], way.last), 1))
            known[t] = []
            ways[_BRANCHES[-1]] = way
            yield self.enlarge(features, frames[:, t])
        return Carried(frames[:, keep - 1], ways, to_earlier[:, min(keep, length - 1) :])

    def _branch(
        self, branch: str, order: range, flows: Mapping[int, Tensor], known: list[list[Tensor]], way: Way | None
    ) -> Iterator[Way]:
        """One branch in the order of its propagation; ``flows[t]`` fetches the frame before onto t."""
        align, backbone = self.deform_align[branch], self.backbone[branch]
        nothing = torch.zeros_like(known[0][0])
        for t in order:
            aligned, flow = nothing, None
            if way is not None:
                flow = flows[t]
                second = torch.zeros_like(flow) if way.flow is None else flow + flow_warp(way.flow, flow)
                aligned = align((way.last, way.second), known[t][0], (flow, second))
            state = aligned + backbone(torch.cat((*known[t], aligned), 1))
            way = Way(state, nothing if way is None else way.last, flow)
            yield way


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
