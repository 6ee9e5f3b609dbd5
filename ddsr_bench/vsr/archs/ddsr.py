"""DDSR, ours at full size: RealBasicVSR's plan (K. C. K. Chan et al., CVPR 2022) with heads for x2 and x4.

Frames are cleaned (noise, artefacts, blur), then features travel through the clip backwards and forwards along the flow
between cleaned frames.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ddsr_bench.vsr.blocks.convs import ResidualTrunk, lrelu
from ddsr_bench.vsr.blocks.frames import stacked
from ddsr_bench.vsr.blocks.precision import at_least_float32
from ddsr_bench.vsr.blocks.spynet import SPyNet
from ddsr_bench.vsr.blocks.upsample import PixelShuffle, base_image
from ddsr_bench.vsr.blocks.warp import flow_warp


@dataclass(frozen=True)
class Carried:
    """What goes from a stretch of a clip to the next.

    Attributes:
        last: the last cleaned frame that has its output, (N, 3, H, W).
        features: what is carried forwards from it, (N, C, H, W).
        cleaned: the frames behind it that are clean already, (N, K, 3, H, W).
    """

    last: Tensor
    features: Tensor
    cleaned: Tensor


class Ddsr(nn.Module):
    """RGB in 0..1.

    Args:
        scale: 2 or 4.
        channels: of the features.
        cleaning: residual blocks of the front.
        blocks: residual blocks in each direction.

    Attributes:
        sizes: these arguments but the scale, for who writes the weights down.
    """

    def __init__(self, scale: int = 4, channels: int = 64, cleaning: int = 20, blocks: int = 20) -> None:
        super().__init__()
        self.scale, self.channels = scale, channels
        self.sizes = {"channels": channels, "cleaning": cleaning, "blocks": blocks}
        self.front = nn.Sequential(ResidualTrunk(3, channels, cleaning), nn.Conv2d(channels, 3, 3, 1, 1))
        self.spynet = SPyNet()
        self.backward_trunk = ResidualTrunk(channels + 3, channels, blocks)
        self.forward_trunk = ResidualTrunk(2 * channels + 3, channels, blocks)
        self.doublings = nn.ModuleList(PixelShuffle(channels, channels) for _ in range(scale.bit_length() - 1))
        self.conv_hr = nn.Conv2d(channels, channels, 3, 1, 1)
        self.conv_last = nn.Conv2d(channels, 3, 3, 1, 1)
        # Untrained, the network is bilinear enlargement.
        for layer in (self.front[1], self.conv_last):
            nn.init.zeros_(layer.weight)  # type: ignore[arg-type]
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(self, frames: Tensor) -> Tensor:
        """(N, T, 3, H, W) -> (N, T, 3, sH, sW): the whole clip as one stretch."""
        return stacked(self.stretch(frames, frames.shape[1], None), frames.shape[1])

    def restore(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """As :meth:`forward`, and the cleaned LR frames (N, T, 3, H, W) that it rests on; for training."""
        cleaned = self._cleaned(frames)
        return torch.stack([out for out, _ in self._outputs(cleaned, None, frames.shape[1])], 1), cleaned

    def stretch(self, frames: Tensor, keep: int, state: Carried | None) -> Generator[Tensor, None, Carried]:
        """As :meth:`ddsr_bench.vsr.archs.ddsr_lite.DdsrLite.stretch` says."""
        known = frames[:, :0] if state is None else state.cleaned[:, : frames.shape[1]]
        cleaned = torch.cat((at_least_float32(known), self._cleaned(frames[:, known.shape[1] :])), 1)
        features = None
        for out, carried in self._outputs(cleaned, state, keep):
            features = carried
            yield out
        assert features is not None
        return Carried(cleaned[:, keep - 1], features, cleaned[:, keep:])

    def _cleaned(self, frames: Tensor) -> Tensor:
        if not frames.shape[1]:
            return at_least_float32(frames)
        flat = frames.flatten(0, 1)
        return (at_least_float32(flat) + self.front(flat)).unflatten(0, frames.shape[:2])

    def _outputs(
        self, cleaned: Tensor, state: Carried | None, keep: int
    ) -> Generator[tuple[Tensor, Tensor], None, None]:
        """Output and forward features of each of the first ``keep`` frames."""
        to_earlier, to_later = self.spynet.both_ways(cleaned)
        behind = self._way_back(cleaned, to_earlier, keep)
        carried = self._nothing(cleaned)
        for t in range(keep):
            if t:
                carried = flow_warp(carried, to_later[:, t - 1])
            elif state is not None:
                carried = flow_warp(state.features, self.spynet(cleaned[:, 0], state.last))
            carried = self.forward_trunk(torch.cat((cleaned[:, t], behind.pop(), carried), 1))
            yield self._picture(carried, cleaned[:, t]), carried

    def _way_back(self, cleaned: Tensor, to_earlier: Tensor, keep: int) -> list[Tensor]:
        """What is carried backwards to each of the first ``keep`` frames, the last of them first."""
        length = cleaned.shape[1]
        carried = self._nothing(cleaned)
        behind = []
        for t in reversed(range(length)):
            if t < length - 1:
                carried = flow_warp(carried, to_earlier[:, t])
            carried = self.backward_trunk(torch.cat((cleaned[:, t], carried), 1))
            if t < keep:
                behind.append(carried)
        return behind

    def _nothing(self, frames: Tensor) -> Tensor:
        count, _, _, height, width = frames.shape
        return frames.new_zeros((count, self.channels, height, width))

    def _picture(self, features: Tensor, cleaned: Tensor) -> Tensor:
        for doubling in self.doublings:
            features = lrelu(doubling(features))
        return base_image(cleaned, self.scale) + self.conv_last(lrelu(self.conv_hr(features)))
