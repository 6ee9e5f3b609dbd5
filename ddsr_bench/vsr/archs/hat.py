"""HAT: X. Chen et al., "Activating more pixels in image super-resolution transformer", CVPR 2023 (arXiv:2205.04437) and
"HAT: hybrid attention transformer for image restoration", 2023 (arXiv:2309.05239), under the official names.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.archs.swinir import MEAN
from ddsr_bench.vsr.blocks.windows import Mlp, attend, from_windows, in_windows, position_index, to_windows
from ddsr_bench.vsr.official import fixed

_SCALE_OF_CONV = 0.01


class ChannelAttention(nn.Module):
    """Each channel times a gate made from the means of all."""

    def __init__(self, channels: int, squeeze: int) -> None:
        super().__init__()
        self.attention = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, channels // squeeze, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels // squeeze, channels, 1),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        return x * self.attention(x)


class Cab(nn.Module):
    """Two convolutions through a third of the channels, then channel attention."""

    def __init__(self, channels: int, compress: int, squeeze: int) -> None:
        super().__init__()
        self.cab = nn.Sequential(
            nn.Conv2d(channels, channels // compress, 3, 1, 1),
            nn.GELU(),
            nn.Conv2d(channels // compress, channels, 3, 1, 1),
            ChannelAttention(channels, squeeze),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        return self.cab(x)


class Attention(nn.Module):
    """Window attention whose position index the network holds."""

    def __init__(self, channels: int, window: int, heads: int) -> None:
        super().__init__()
        self._heads = heads
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        self.qkv, self.proj = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)

    def forward(self, x: Tensor, index: Tensor, mask: Tensor | None) -> Tensor:
        """(windows, n, C) -> the same shape."""
        bias = self.relative_position_bias_table[index.flatten()].view(*index.shape, -1).permute(2, 0, 1)
        return self.proj(attend(self.qkv(x), self._heads, bias, mask))


class Hab(nn.Module):
    """Window attention and, beside it, a little of the channel-attention convolutions; then two linear layers."""

    def __init__(
        self, channels: int, window: int, heads: int, shift: int, compress: int, squeeze: int, ratio: float
    ) -> None:
        super().__init__()
        self._window, self._shift = window, shift
        self.norm1, self.norm2 = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.attn = Attention(channels, window, heads)
        self.conv_block = Cab(channels, compress, squeeze)
        self.mlp = Mlp(channels, int(channels * ratio))

    def forward(self, x: Tensor, index: Tensor) -> Tensor:
        """(N, H, W, C) -> the same shape; sides multiples of the window."""
        y = self.norm1(x)
        beside = self.conv_block(y.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        y = in_windows(y, self._window, self._shift, lambda windows, mask: self.attn(windows, index, mask))
        x = x + y + beside * _SCALE_OF_CONV
        return x + self.mlp(self.norm2(x))


class Ocab(nn.Module):
    """Attention of each window over a larger one around it."""

    def __init__(self, channels: int, window: int, around: int, heads: int, ratio: float) -> None:
        super().__init__()
        self._window, self._around, self._heads = window, around, heads
        self.norm1, self.norm2 = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.qkv, self.proj = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)
        self.relative_position_bias_table = nn.Parameter(torch.zeros((window + around - 1) ** 2, heads))
        self.mlp = Mlp(channels, int(channels * ratio))

    def forward(self, x: Tensor, index: Tensor) -> Tensor:
        """(N, H, W, C) -> the same shape; keys beyond the picture are zeros that take part with their bias alone."""
        count, height, width, channels = x.shape
        window, around, heads = self._window, self._around, self._heads
        qkv = self.qkv(self.norm1(x))
        q = _heads(to_windows(qkv[..., :channels].contiguous(), window, window), heads)
        wide = functional.unfold(
            qkv[..., channels:].permute(0, 3, 1, 2), around, stride=window, padding=(around - window) // 2
        )
        keys = wide.view(count, 2 * channels, around * around, -1).permute(0, 3, 2, 1)
        keys = keys.reshape(-1, around * around, 2 * channels)
        k, v = (_heads(part.contiguous(), heads) for part in keys.split(channels, -1))
        # The official index runs below zero and counts from the end of the table there.
        bias = self.relative_position_bias_table[index.flatten()].view(*index.shape, -1).permute(2, 0, 1)
        out = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias.unsqueeze(0).to(q.dtype))
        y = from_windows(out.transpose(1, 2).reshape(-1, window**2, channels), window, window, height, width)
        x = self.proj(y) + x
        return x + self.mlp(self.norm2(x))


def _heads(x: Tensor, heads: int) -> Tensor:
    """(windows, n, C) -> (windows, heads, n, C / heads)."""
    return x.view(*x.shape[:2], heads, -1).transpose(1, 2)


class HatGroup(nn.Module):
    """Blocks, the overlapping attention, a convolution, and what went in."""

    def __init__(self, blocks: list[nn.Module], overlap: nn.Module, channels: int) -> None:
        super().__init__()
        self.residual_group = nn.Module()
        self.residual_group.blocks = nn.ModuleList(blocks)
        self.residual_group.overlap_attn = overlap
        self.conv = nn.Conv2d(channels, channels, 3, 1, 1)

    def forward(self, x: Tensor, within: Tensor, around: Tensor) -> Tensor:
        """(N, H, W, C) -> the same shape."""
        y = x
        for block in self.residual_group.blocks:  # type: ignore[union-attr]
            y = block(y, within)
        y = self.residual_group.overlap_attn(y, around)  # type: ignore[operator]
        return x + self.conv(y.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


class HAT(nn.Module):
    """HAT for x4, as Real-HAT-GAN has it: six groups of six blocks, 180 channels, windows of 16."""

    def __init__(
        self,
        window: int = 16,
        compress: int = 3,
        squeeze: int = 30,
        overlap: float = 0.5,
        depths: tuple[int, ...] = (6,) * 6,
        channels: int = 180,
        heads: tuple[int, ...] = (6,) * 6,
        ratio: float = 2,
    ) -> None:
        super().__init__()
        around = int(window * overlap) + window
        self.register_buffer("relative_position_index_SA", position_index(window, window))
        self.register_buffer("relative_position_index_OCA", overlap_index(window, around))
        self.conv_first = nn.Conv2d(3, channels, 3, 1, 1)
        self.patch_embed = nn.Module()
        self.patch_embed.norm = nn.LayerNorm(channels)
        self.layers = nn.ModuleList(
            HatGroup(
                [Hab(channels, window, head, window // 2 * (k % 2), compress, squeeze, ratio) for k in range(depth)],
                Ocab(channels, window, around, head, ratio),
                channels,
            )
            for depth, head in zip(depths, heads, strict=True)
        )
        self.norm = nn.LayerNorm(channels)
        self.conv_after_body = nn.Conv2d(channels, channels, 3, 1, 1)
        self.conv_before_upsample = nn.Sequential(nn.Conv2d(channels, 64, 3, 1, 1), nn.LeakyReLU(inplace=True))
        self.upsample = shuffle_twice()
        self.conv_last = nn.Conv2d(64, 3, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """RGB in [0, 1], (N, 3, H, W) -> (N, 3, 4H, 4W); sides must be multiples of the window."""
        mean = x.new_tensor(MEAN).view(1, 3, 1, 1)
        first = self.conv_first(x - mean)
        y = self.patch_embed.norm(first.permute(0, 2, 3, 1))  # type: ignore[operator]
        for layer in self.layers:
            y = layer(y, *self.buffers(recurse=False))
        y = self.conv_after_body(self.norm(y).permute(0, 3, 1, 2)) + first
        return self.conv_last(self.upsample(self.conv_before_upsample(y))) + mean


def shuffle_twice() -> nn.Sequential:
    """Two 3x3 convolutions to four times the channels, each with a pixel shuffle; indices 0 and 2 hold weights."""
    layers: list[nn.Module] = []
    for _ in range(2):
        layers += [nn.Conv2d(64, 256, 3, 1, 1), nn.PixelShuffle(2)]
    return nn.Sequential(*layers)


def overlap_index(window: int, around: int) -> Tensor:
    """Entries of the table for queries of a window and keys of the larger one, int64 (w w, a a), some below zero."""
    own, wide = (
        torch.stack(torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")).flatten(1)
        for side in (window, around)
    )
    apart = wide[:, None, :] - own[:, :, None] + window - around + 1
    return apart[0] * (window + around - 1) + apart[1]


def official_hat(**given: Any) -> HAT:
    """The official ``HAT`` for x4."""
    fixed(
        "HAT", given, upscale=4, in_chans=3, img_range=1.0, conv_scale=0.01, upsampler="pixelshuffle",
        resi_connection="1conv",
    )  # fmt: skip
    return HAT(
        given.get("window_size", 16),
        given.get("compress_ratio", 3),
        given.get("squeeze_factor", 30),
        given.get("overlap_ratio", 0.5),
        tuple(given.get("depths", (6,) * 6)),
        given.get("embed_dim", 180),
        tuple(given.get("num_heads", (6,) * 6)),
        given.get("mlp_ratio", 2),
    )
