"""PCD: alignment by deformable convolutions over a pyramid of three levels.

X. Wang et al., "EDVR: video restoration with enhanced deformable convolutional networks", CVPR workshops 2019
(doi:10.1109/CVPRW.2019.00247), section 3.2.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.blocks.convs import ConvLayer, identity, lrelu
from ddsr_bench.vsr.blocks.deform import Modulated

_GROUPS = 8


class PcdAlignment(nn.Module):
    """Brings a neighbour's features onto those of the reference. Parameter names of MMagic."""

    cas_offset_conv1: nn.Module
    cas_offset_conv2: nn.Module

    def __init__(self, channels: int = 64, groups: int = _GROUPS) -> None:
        super().__init__()
        self.offset_conv1, self.offset_conv2 = nn.ModuleDict(), nn.ModuleDict()
        self.offset_conv3, self.dcn_pack, self.feat_conv = nn.ModuleDict(), nn.ModuleDict(), nn.ModuleDict()
        for level in (3, 2, 1):
            key = f"l{level}"
            self.offset_conv1[key] = ConvLayer(channels * 2, channels, act=lrelu)
            self.offset_conv2[key] = ConvLayer(channels * (1 if level == 3 else 2), channels, act=lrelu)
            if level < 3:
                self.offset_conv3[key] = ConvLayer(channels, channels, act=lrelu)
            self.dcn_pack[key] = Modulated(channels, channels, groups)
            if level < 3:
                self.feat_conv[key] = ConvLayer(channels * 2, channels, act=lrelu if level == 2 else identity)
        self.cas_offset_conv1 = ConvLayer(channels * 2, channels, act=lrelu)
        self.cas_offset_conv2 = ConvLayer(channels, channels, act=lrelu)
        self.cas_dcnpack = Modulated(channels, channels, groups)

    def forward(self, neighbour: Sequence[Tensor], reference: Sequence[Tensor]) -> Tensor:
        """Features of full, half and quarter size of both frames -> the neighbour's (N, C, H, W), aligned."""
        offset = feature = torch.empty(0)
        for level in (3, 2, 1):
            here = neighbour[level - 1]
            above = offset, feature
            offset = self._offset(1, level, torch.cat((here, reference[level - 1]), 1))
            if level == 3:
                offset = self._offset(2, level, offset)
                feature = lrelu(self._deform(level, here, offset))
                continue
            offset = self._offset(2, level, torch.cat((offset, _twice(above[0]) * 2), 1))
            offset = self._offset(3, level, offset)
            feature = self._merge(level, torch.cat((self._deform(level, here, offset), _twice(above[1])), 1))
        offset = self._cascade_offset(torch.cat((feature, reference[0]), 1))
        return lrelu(self.cas_dcnpack(feature, offset))

    def _offset(self, number: int, level: int, x: Tensor) -> Tensor:
        layers = (self.offset_conv1, self.offset_conv2, self.offset_conv3)[number - 1]
        out: Tensor = layers[f"l{level}"](x)
        return out

    def _deform(self, level: int, x: Tensor, source: Tensor) -> Tensor:
        out: Tensor = self.dcn_pack[f"l{level}"](x, source)
        return out

    def _merge(self, level: int, x: Tensor) -> Tensor:
        out: Tensor = self.feat_conv[f"l{level}"](x)
        return out

    def _cascade_offset(self, x: Tensor) -> Tensor:
        out: Tensor = self.cas_offset_conv2(self.cas_offset_conv1(x))
        return out


def _twice(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
