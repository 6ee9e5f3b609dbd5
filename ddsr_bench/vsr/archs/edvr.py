"""EDVR: X. Wang et al., "EDVR: video restoration with enhanced deformable convolutional networks", CVPR workshops 2019
(doi:10.1109/CVPRW.2019.00247). Parameter names of MMagic; the size EDVR-M by default.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.blocks.convs import ConvLayer, lrelu, residual_blocks
from ddsr_bench.vsr.blocks.pcd import PcdAlignment
from ddsr_bench.vsr.blocks.upsample import Enlarging


class TsaFusion(nn.Module):
    """Frames are weighted by how like the centre they are, fused, and weighted in space."""

    def __init__(self, channels: int = 64, frames: int = 5, centre: int = 2) -> None:
        super().__init__()
        self.centre = centre
        self.temporal_attn1 = nn.Conv2d(channels, channels, 3, 1, 1)
        self.temporal_attn2 = nn.Conv2d(channels, channels, 3, 1, 1)
        self.feat_fusion = ConvLayer(channels * frames, channels, 1, act=lrelu)
        self.spatial_attn1 = ConvLayer(channels * frames, channels, 1, act=lrelu)
        self.spatial_attn2 = ConvLayer(channels * 2, channels, 1, act=lrelu)
        self.spatial_attn3 = ConvLayer(channels, channels, 3, act=lrelu)
        self.spatial_attn4 = ConvLayer(channels, channels, 1, act=lrelu)
        self.spatial_attn5 = nn.Conv2d(channels, channels, 3, 1, 1)
        self.spatial_attn_l1 = ConvLayer(channels, channels, 1, act=lrelu)
        self.spatial_attn_l2 = ConvLayer(channels * 2, channels, 3, act=lrelu)
        self.spatial_attn_l3 = ConvLayer(channels, channels, 3, act=lrelu)
        self.spatial_attn_add1 = ConvLayer(channels, channels, 1, act=lrelu)
        self.spatial_attn_add2 = nn.Conv2d(channels, channels, 1)

    def forward(self, aligned: Sequence[Tensor]) -> Tensor:
        """Features (N, C, H, W) of each frame -> (N, C, H, W)."""
        centre = self.temporal_attn1(aligned[self.centre])
        weights = (torch.sigmoid((centre * self.temporal_attn2(one)).sum(1, keepdim=True)) for one in aligned)
        together = torch.cat([one * weight for one, weight in zip(aligned, weights, strict=True)], 1)
        features = self.feat_fusion(together)
        attention, more = self._attention(together)
        out: Tensor = features * torch.sigmoid(attention) * 2 + more
        return out

    def _attention(self, together: Tensor) -> tuple[Tensor, Tensor]:
        attention = self.spatial_attn2(_pooled(self.spatial_attn1(together)))
        level = self.spatial_attn_l2(_pooled(self.spatial_attn_l1(attention)))
        level = _enlarged(self.spatial_attn_l3(level), attention)
        attention = self.spatial_attn4(self.spatial_attn3(attention) + level)
        attention = self.spatial_attn5(_enlarged(attention, together))
        return attention, self.spatial_attn_add2(self.spatial_attn_add1(attention))


def _pooled(x: Tensor) -> Tensor:
    """The larger and the average of 3x3 at every second pixel, zeros outside counted in the average."""
    return torch.cat((functional.max_pool2d(x, 3, 2, 1), functional.avg_pool2d(x, 3, 2, 1)), 1)


def _enlarged(x: Tensor, like: Tensor) -> Tensor:
    return functional.interpolate(x, like.shape[-2:], mode="bilinear", align_corners=False)


class EdvrFeatures(nn.Module):
    """EDVR up to the fused features of the centre frame."""

    def __init__(
        self, channels: int = 64, frames: int = 5, groups: int = 8, blocks: int = 5, centre: int | None = None
    ) -> None:
        super().__init__()
        self.centre = frames // 2 if centre is None else centre
        self.conv_first = nn.Conv2d(3, channels, 3, 1, 1)
        self.feature_extraction = residual_blocks(channels, blocks)
        self.feat_l2_conv1 = ConvLayer(channels, channels, 3, 2, act=lrelu)
        self.feat_l2_conv2 = ConvLayer(channels, channels, 3, act=lrelu)
        self.feat_l3_conv1 = ConvLayer(channels, channels, 3, 2, act=lrelu)
        self.feat_l3_conv2 = ConvLayer(channels, channels, 3, act=lrelu)
        self.pcd_alignment = PcdAlignment(channels, groups)
        self.fusion = TsaFusion(channels, frames, self.centre)

    def levels(self, frame: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """A frame (N, 3, H, W) -> its features (N, C, ...) at full, half and quarter size."""
        full = self.feature_extraction(lrelu(self.conv_first(frame)))
        half = self.feat_l2_conv2(self.feat_l2_conv1(full))
        return full, half, self.feat_l3_conv2(self.feat_l3_conv1(half))

    def fused(self, frames: Sequence[Sequence[Tensor]]) -> Tensor:
        """The levels of each frame of a window -> features (N, C, H, W) of its centre."""
        centre = frames[self.centre]
        out: Tensor = self.fusion([self.pcd_alignment(one, centre) for one in frames])
        return out


class EDVR(EdvrFeatures, Enlarging):
    """Five frames are aligned to their middle one, fused, and made into its enlargement. Sides are multiples of 4.

    Args:
        channels: of the features.
        frames: of a window.
        groups: of the deformable convolutions.
        front, back: residual blocks before the alignment and behind the fusion.
        centre: number of the frame that is enlarged.
    """

    def __init__(
        self,
        channels: int = 64,
        frames: int = 5,
        groups: int = 8,
        front: int = 5,
        back: int = 10,
        centre: int | None = None,
    ) -> None:
        super().__init__(channels, frames, groups, front, centre)
        self.reconstruction = residual_blocks(channels, back)
        self.add_tail(channels)

    def forward(self, frames: Tensor) -> Tensor:
        """(N, T, 3, H, W) in 0..1 -> (N, 3, 4H, 4W)."""
        return self.fuse([self.features(frames[:, t]) for t in range(frames.shape[1])])

    def features(self, frame: Tensor) -> tuple[Tensor, ...]:
        """(N, 3, H, W) -> its features at three sizes, and the frame."""
        return (*self.levels(frame), frame)

    def fuse(self, frames: Sequence[tuple[Tensor, ...]]) -> Tensor:
        """What ``features`` gave for each frame of a window -> (N, 3, 4H, 4W)."""
        fused = self.fused([one[:3] for one in frames])
        return self.enlarge(self.reconstruction(fused), frames[self.centre][3])


def official_edvr(
    in_channels: int = 3,
    out_channels: int = 3,
    mid_channels: int = 64,
    num_frames: int = 5,
    deform_groups: int = 8,
    num_blocks_extraction: int = 5,
    num_blocks_reconstruction: int = 10,
    center_frame_idx: int | None = None,
    with_tsa: bool = True,
) -> EDVR:
    """From the official arguments.

    Raises:
        TypeError: planes other than RGB, or no TSA.
    """
    if (in_channels, out_channels, with_tsa) != (3, 3, True):
        raise TypeError("only RGB with TSA is built")
    return EDVR(
        mid_channels, num_frames, deform_groups, num_blocks_extraction, num_blocks_reconstruction, center_frame_idx
    )
