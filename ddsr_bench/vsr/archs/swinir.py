"""SwinIR for real-world x4: J. Liang et al., "SwinIR: image restoration using Swin Transformer", ICCV workshops 2021
(arXiv:2108.10257), under the official parameter and buffer names.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.blocks.convs import lrelu
from ddsr_bench.vsr.blocks.windows import Mlp, attend, in_windows, position_index, shift_mask
from ddsr_bench.vsr.official import fixed

#: Mean of the training pictures, taken off before and put back behind; of SwinIR, HAT and DAT.
MEAN = (0.4488, 0.4371, 0.4040)


class WindowAttention(nn.Module):
    """``qkv``, attention with a table of position biases, ``proj``."""

    relative_position_index: Tensor

    def __init__(self, channels: int, window: int, heads: int) -> None:
        super().__init__()
        self._heads = heads
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        self.register_buffer("relative_position_index", position_index(window, window))
        self.qkv, self.proj = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """(windows, n, C) -> the same shape."""
        index = self.relative_position_index
        bias = self.relative_position_bias_table[index.flatten()].view(*index.shape, -1).permute(2, 0, 1)
        return self.proj(attend(self.qkv(x), self._heads, bias, mask))


class SwinBlock(nn.Module):
    """Attention in windows, shifted in every other block, then two linear layers; both added to what goes in."""

    def __init__(self, channels: int, window: int, heads: int, ratio: float, shift: int, size: int) -> None:
        super().__init__()
        self._window, self._shift = window, shift
        self.norm1, self.norm2 = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.attn = WindowAttention(channels, window, heads)
        self.mlp = Mlp(channels, int(channels * ratio))
        if shift:
            # Published files hold the mask of the training size; it is the one computed for that size.
            self.register_buffer("attn_mask", shift_mask(size, size, (window, window), (shift, shift)).clone())

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C) -> the same shape; sides multiples of the window."""
        x = x + in_windows(self.norm1(x), self._window, self._shift, self.attn)
        return x + self.mlp(self.norm2(x))


class SwinGroup(nn.Module):
    """Blocks, a convolution, and what went in."""

    def __init__(self, blocks: list[nn.Module], channels: int) -> None:
        super().__init__()
        self.residual_group = nn.Module()
        self.residual_group.blocks = nn.ModuleList(blocks)
        self.conv = nn.Conv2d(channels, channels, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C) -> the same shape."""
        y = x
        for block in self.residual_group.blocks:  # type: ignore[union-attr]
            y = block(y)
        return x + self.conv(y.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


class SwinIR(nn.Module):
    """Real-world SwinIR, medium size: six groups of six blocks, 180 channels, doublings by repetition.

    Args:
        size: of the training patches, for the masks that published files hold.
        window: side of windows.
        depths, heads: blocks and heads of each group.
        channels: of features.
        ratio: hidden size of the linear layers / channels.
    """

    def __init__(
        self,
        size: int = 64,
        window: int = 8,
        depths: tuple[int, ...] = (6,) * 6,
        channels: int = 180,
        heads: tuple[int, ...] = (6,) * 6,
        ratio: float = 2,
    ) -> None:
        super().__init__()
        self._window = window
        self.conv_first = nn.Conv2d(3, channels, 3, 1, 1)
        self.patch_embed = nn.Module()
        self.patch_embed.norm = nn.LayerNorm(channels)
        self.layers = nn.ModuleList(
            SwinGroup(
                [SwinBlock(channels, window, head, ratio, window // 2 * (k % 2), size) for k in range(depth)], channels
            )
            for depth, head in zip(depths, heads, strict=True)
        )
        self.norm = nn.LayerNorm(channels)
        self.conv_after_body = nn.Conv2d(channels, channels, 3, 1, 1)
        self.conv_before_upsample = nn.Sequential(nn.Conv2d(channels, 64, 3, 1, 1), nn.LeakyReLU(inplace=True))
        self.conv_up1, self.conv_up2, self.conv_hr = (nn.Conv2d(64, 64, 3, 1, 1) for _ in range(3))
        self.conv_last = nn.Conv2d(64, 3, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """RGB in [0, 1], (N, 3, H, W) -> (N, 3, 4H, 4W); sides are mirrored out to multiples of the window."""
        height, width = x.shape[-2:]
        x = functional.pad(x, (0, -width % self._window, 0, -height % self._window), "reflect")
        mean = x.new_tensor(MEAN).view(1, 3, 1, 1)
        first = self.conv_first(x - mean)
        y = self.patch_embed.norm(first.permute(0, 2, 3, 1))  # type: ignore[operator]
        for layer in self.layers:
            y = layer(y)
        y = self.conv_after_body(self.norm(y).permute(0, 3, 1, 2)) + first
        y = self.conv_before_upsample(y)
        for conv in (self.conv_up1, self.conv_up2):
            y = lrelu(conv(functional.interpolate(y, scale_factor=2, mode="nearest")), 0.2)
        y = self.conv_last(lrelu(self.conv_hr(y), 0.2)) + mean
        return y[..., : 4 * height, : 4 * width]


def official_swinir(**given: Any) -> SwinIR:
    """KAIR's ``SwinIR`` for real-world x4."""
    fixed("SwinIR", given, upscale=4, in_chans=3, img_range=1.0, upsampler="nearest+conv", resi_connection="1conv")
    return SwinIR(
        given.get("img_size", 64),
        given.get("window_size", 8),
        tuple(given.get("depths", (6,) * 6)),
        given.get("embed_dim", 180),
        tuple(given.get("num_heads", (6,) * 6)),
        given.get("mlp_ratio", 2),
    )
