"""RealVSR's network, EDVR without enlargement: X. Yang et al., "Real-world video super-resolution: a benchmark dataset
and a decomposition based learning scheme", ICCV 2021 (doi:10.1109/ICCV48922.2021.00475). Its authors' parameter names.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ddsr_bench.vsr.blocks.convs import lrelu, residual_blocks
from ddsr_bench.vsr.blocks.deform import Modulated
from ddsr_bench.vsr.blocks.pcd import PcdAlignment
from ddsr_bench.vsr.blocks.precision import at_least_float32


class NamedPcd(PcdAlignment):
    """The same alignment under the names of EDVR's authors."""

    def __init__(self, channels: int = 64, groups: int = 8) -> None:
        nn.Module.__init__(self)
        for level in (3, 2, 1):
            self._add_level(f"L{level}", level, channels, groups)
        self.cas_offset_conv1 = nn.Conv2d(channels * 2, channels, 3, 1, 1)
        self.cas_offset_conv2 = nn.Conv2d(channels, channels, 3, 1, 1)
        self.cas_dcnpack = Modulated(channels, channels, groups, "conv_offset_mask")

    def _add_level(self, name: str, level: int, channels: int, groups: int) -> None:
        twice = channels * (1 if level == 3 else 2)
        self.add_module(f"{name}_offset_conv1", nn.Conv2d(channels * 2, channels, 3, 1, 1))
        self.add_module(f"{name}_offset_conv2", nn.Conv2d(twice, channels, 3, 1, 1))
        if level < 3:
            self.add_module(f"{name}_offset_conv3", nn.Conv2d(channels, channels, 3, 1, 1))
        self.add_module(f"{name}_dcnpack", Modulated(channels, channels, groups, "conv_offset_mask"))
        if level < 3:
            self.add_module(f"{name}_fea_conv", nn.Conv2d(channels * 2, channels, 3, 1, 1))

    def _offset(self, number: int, level: int, x: Tensor) -> Tensor:
        return lrelu(self.get_submodule(f"L{level}_offset_conv{number}")(x))

    def _deform(self, level: int, x: Tensor, source: Tensor) -> Tensor:
        out: Tensor = self.get_submodule(f"L{level}_dcnpack")(x, source)
        return out

    def _merge(self, level: int, x: Tensor) -> Tensor:
        out: Tensor = self.get_submodule(f"L{level}_fea_conv")(x)
        return lrelu(out) if level == 2 else out

    def _cascade_offset(self, x: Tensor) -> Tensor:
        return lrelu(self.cas_offset_conv2(lrelu(self.cas_offset_conv1(x))))


class RealVSR(nn.Module):
    """Three frames are aligned to their middle one and fused; the size stays. Sides are multiples of 4.

    Args:
        channels: of the features.
        frames: of a window.
        groups: of the deformable convolutions.
        front, back: residual blocks before the alignment and behind the fusion.
        planes: of a frame.
    """

    def __init__(
        self, channels: int = 64, frames: int = 3, groups: int = 8, front: int = 5, back: int = 10, planes: int = 3
    ) -> None:
        super().__init__()
        self.centre = frames // 2
        self.conv_first = nn.Conv2d(planes, channels, 3, 1, 1)
        self.feature_extraction = residual_blocks(channels, front)
        self.fea_L2_conv1 = nn.Conv2d(channels, channels, 3, 2, 1)
        self.fea_L2_conv2 = nn.Conv2d(channels, channels, 3, 1, 1)
        self.fea_L3_conv1 = nn.Conv2d(channels, channels, 3, 2, 1)
        self.fea_L3_conv2 = nn.Conv2d(channels, channels, 3, 1, 1)
        self.pcd_align = NamedPcd(channels, groups)
        self.tsa_fusion = nn.Conv2d(frames * channels, channels, 1)
        self.recon_trunk = residual_blocks(channels, back)
        self.HRconv = nn.Conv2d(channels, channels, 3, 1, 1)
        self.conv_last = nn.Conv2d(channels, planes, 3, 1, 1)

    def forward(self, frames: Tensor) -> Tensor:
        """(N, T, 3, H, W), Y'CbCr in 0..1 -> (N, 3, H, W)."""
        return self.fuse([self.features(frames[:, t]) for t in range(frames.shape[1])])

    def features(self, frame: Tensor) -> tuple[Tensor, ...]:
        """(N, 3, H, W) -> its features at full, half and quarter size, and the frame."""
        full = self.feature_extraction(lrelu(self.conv_first(frame)))
        half = lrelu(self.fea_L2_conv2(lrelu(self.fea_L2_conv1(full))))
        return full, half, lrelu(self.fea_L3_conv2(lrelu(self.fea_L3_conv1(half)))), frame

    def fuse(self, frames: Sequence[tuple[Tensor, ...]]) -> Tensor:
        """What ``features`` gave for each frame of a window -> (N, 3, H, W)."""
        centre = frames[self.centre]
        x = self.tsa_fusion(torch.cat([self.pcd_align(one[:3], centre[:3]) for one in frames], 1))
        x = lrelu(self.HRconv(self.recon_trunk(x)))
        out: Tensor = at_least_float32(centre[3]) + self.conv_last(x)
        return out


def official_realvsr(
    nf: int = 64,
    nc: int = 3,
    nframes: int = 3,
    groups: int = 8,
    front_RBs: int = 5,
    back_RBs: int = 10,
    center: int | None = None,
    predeblur: bool = False,
    HR_in: bool = False,
    w_TSA: bool = False,
) -> RealVSR:
    """From the official arguments.

    Raises:
        TypeError: a variant without published weights.
    """
    if predeblur or HR_in or w_TSA or center not in (None, nframes // 2):
        raise TypeError("only the variant without pre-deblurring, HR input and TSA is built, for the middle frame")
    return RealVSR(nf, nframes, groups, front_RBs, back_RBs, nc)
