"""RFDN and RLFN, small image networks, as the NTIRE 2022 efficient super-resolution challenge published them.

J. Liu et al., "Residual feature distillation network", ECCV workshops 2020 (arXiv:2009.11551); F. Kong et al.,
"Residual local feature network", CVPR workshops 2022 (arXiv:2205.07514). Both read RGB from 0 to 255.

In tiles they make another picture than from the whole frame, by some levels: see :class:`Esa`, and their cards for
measured figures.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.blocks.convs import lrelu, relu

_SLOPE = 0.05


class Esa(nn.Module):
    """Enhanced spatial attention: a gate for each place and channel, made at low resolution.

    The grid of the gate begins at the picture's corner and is stretched to the picture's size, which is no multiple of
    its step; so what a place gets depends on the size of what the network is given, however wide the margins of a tile.

    Args:
        channels: gated.
        inner: channels within.
        deep: three convolutions behind the pooling (RFDN) in place of one (RLFN).
    """

    def __init__(self, channels: int, inner: int, deep: bool) -> None:
        super().__init__()
        self._deep = deep
        self.conv1, self.conv_f = nn.Conv2d(channels, inner, 1), nn.Conv2d(inner, inner, 1)
        self.conv2 = nn.Conv2d(inner, inner, 3, 2, 0)
        self.conv3, self.conv4 = nn.Conv2d(inner, inner, 3, 1, 1), nn.Conv2d(inner, channels, 1)
        if deep:
            self.conv_max, self.conv3_ = nn.Conv2d(inner, inner, 3, 1, 1), nn.Conv2d(inner, inner, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape; sides of 15 at least."""
        first = self.conv1(x)
        small = functional.max_pool2d(self.conv2(first), 7, 3)
        small = self.conv3_(relu(self.conv3(relu(self.conv_max(small))))) if self._deep else self.conv3(small)
        wide = functional.interpolate(small, x.shape[-2:], mode="bilinear", align_corners=False)
        return x * torch.sigmoid(self.conv4(wide + self.conv_f(first)))


class Distillation(nn.Module):
    """Three steps that keep half of the channels aside and refine the rest; all that was kept goes on."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        half = channels // 2
        for step in (1, 2, 3):
            self.add_module(f"c{step}_d", nn.Conv2d(channels, half, 1))
            self.add_module(f"c{step}_r", nn.Conv2d(channels, channels, 3, 1, 1))
        self.c4, self.c5 = nn.Conv2d(channels, half, 3, 1, 1), nn.Conv2d(4 * half, channels, 1)
        self.esa = Esa(channels, channels // 4, deep=True)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        kept = []
        for step in (1, 2, 3):
            aside: nn.Conv2d = getattr(self, f"c{step}_d")
            refine: nn.Conv2d = getattr(self, f"c{step}_r")
            kept.append(lrelu(aside(x), _SLOPE))
            x = lrelu(refine(x) + x, _SLOPE)
        kept.append(lrelu(self.c4(x), _SLOPE))
        return self.esa(self.c5(torch.cat(kept, 1)))


class RFDN(nn.Module):
    """Four distillation blocks, fused; a pixel shuffle to x4."""

    def __init__(self, channels: int = 50) -> None:
        super().__init__()
        self.fea_conv = nn.Conv2d(3, channels, 3, 1, 1)
        self.B1, self.B2, self.B3, self.B4 = (Distillation(channels) for _ in range(4))
        self.c = nn.Sequential(nn.Conv2d(4 * channels, channels, 1), nn.LeakyReLU(_SLOPE, inplace=True))
        self.LR_conv = nn.Conv2d(channels, channels, 3, 1, 1)
        self.upsampler = nn.Sequential(nn.Conv2d(channels, 48, 3, 1, 1), nn.PixelShuffle(4))

    def forward(self, x: Tensor) -> Tensor:
        """RGB in [0, 255], (N, 3, H, W) -> (N, 3, 4H, 4W)."""
        first = y = self.fea_conv(x)
        seen = []
        for block in (self.B1, self.B2, self.B3, self.B4):
            y = block(y)
            seen.append(y)
        return self.upsampler(self.LR_conv(self.c(torch.cat(seen, 1))) + first)


class LocalFeatures(nn.Module):
    """Three convolutions, what went in, and the gate."""

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.c1_r, self.c2_r = nn.Conv2d(channels, inner, 3, 1, 1), nn.Conv2d(inner, inner, 3, 1, 1)
        self.c3_r, self.c5 = nn.Conv2d(inner, channels, 3, 1, 1), nn.Conv2d(channels, channels, 1)
        self.esa = Esa(channels, 16, deep=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        y = x
        for conv in (self.c1_r, self.c2_r, self.c3_r):
            y = lrelu(conv(y), _SLOPE)
        return self.esa(self.c5(y + x))


class RLFN(nn.Module):
    """Four such blocks; a pixel shuffle to x4."""

    def __init__(self, channels: int = 46, inner: int = 48) -> None:
        super().__init__()
        self.fea_conv = nn.Conv2d(3, channels, 3, 1, 1)
        self.B1, self.B2, self.B3, self.B4 = (LocalFeatures(channels, inner) for _ in range(4))
        self.LR_conv = nn.Conv2d(channels, channels, 3, 1, 1)
        self.upsampler = nn.Sequential(nn.Conv2d(channels, 48, 3, 1, 1), nn.PixelShuffle(4))

    def forward(self, x: Tensor) -> Tensor:
        """RGB in [0, 255], (N, 3, H, W) -> (N, 3, 4H, 4W)."""
        first = y = self.fea_conv(x)
        for block in (self.B1, self.B2, self.B3, self.B4):
            y = block(y)
        return self.upsampler(self.LR_conv(y) + first)
