"""TDAN: Y. Tian et al., "TDAN: temporally-deformable alignment network for video super-resolution", CVPR 2020
(doi:10.1109/CVPR42600.2020.00342). Parameter names of MMagic.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ddsr_bench.vsr.blocks.convs import ConvLayer, residual_blocks
from ddsr_bench.vsr.blocks.deform import OwnOffsets
from ddsr_bench.vsr.blocks.strips import in_strips
from ddsr_bench.vsr.blocks.upsample import PixelShuffle

_FRAMES = 5
_CENTRE = 2
# Rows of half the output size above and below that a row of the output depends on.
_CONTEXT = 2


class TDAN(nn.Module):
    """Each neighbour is drawn again as the middle frame sees it; five such pictures make the enlargement.

    Args:
        in_channels, out_channels: planes of frames.
        mid_channels: of the features.
        num_blocks_before_align, num_blocks_after_align: residual blocks.
    """

    def __init__(
        self,
        in_channels: int = 3,
        mid_channels: int = 64,
        out_channels: int = 3,
        num_blocks_before_align: int = 5,
        num_blocks_after_align: int = 10,
    ) -> None:
        super().__init__()
        channels = mid_channels
        self.feat_extract = nn.Sequential(
            ConvLayer(in_channels, channels), residual_blocks(channels, num_blocks_before_align)
        )
        self.feat_aggregate = nn.Sequential(
            nn.Conv2d(channels * 2, channels, 3, 1, 1), OwnOffsets(channels, channels), OwnOffsets(channels, channels)
        )
        self.align_1 = OwnOffsets(channels, channels)
        self.align_2 = OwnOffsets(channels, channels)
        self.to_rgb = nn.Conv2d(channels, in_channels, 3, 1, 1)
        self.reconstruct = nn.Sequential(
            ConvLayer(in_channels * _FRAMES, channels),
            residual_blocks(channels, num_blocks_after_align),
            PixelShuffle(channels, channels),
            PixelShuffle(channels, channels),
            nn.Conv2d(channels, out_channels, 3, 1, 1, bias=False),
        )

    def forward(self, frames: Tensor) -> Tensor:
        """(N, 5, 3, H, W), .5 subtracted -> (N, 3, 4H, 4W), .5 to be added."""
        return self.fuse(self._each(frames))

    def features(self, frame: Tensor) -> tuple[Tensor, ...]:
        """(N, 3, H, W) -> the features (N, C, H, W), and the frame."""
        return self.feat_extract(frame), frame

    def fuse(self, frames: Sequence[tuple[Tensor, ...]]) -> Tensor:
        """What ``features`` gave for each frame of a window -> (N, 3, 4H, 4W)."""
        half: Tensor = self.reconstruct[:3](torch.cat(self._aligned(frames), 1))
        last = self.reconstruct[3:]
        return in_strips(last, half, scale=2, context=_CONTEXT, channels=half.shape[1])

    def aligned(self, frames: Tensor) -> Tensor:
        """(N, 5, 3, H, W) -> the same shape: the frames as the middle one sees them."""
        return torch.stack(self._aligned(self._each(frames)), 1)

    def _each(self, frames: Tensor) -> list[tuple[Tensor, ...]]:
        return [self.features(frames[:, t]) for t in range(frames.shape[1])]

    def _aligned(self, frames: Sequence[tuple[Tensor, ...]]) -> list[Tensor]:
        centre = frames[_CENTRE][0]
        return [
            picture if number == _CENTRE else self._drawn_again(centre, features)
            for number, (features, picture) in enumerate(frames)
        ]

    def _drawn_again(self, centre: Tensor, features: Tensor) -> Tensor:
        together = self.feat_aggregate(torch.cat((centre, features), 1))
        out: Tensor = self.to_rgb(self.align_2(self.align_1(features, together)))
        return out
