"""The blocks of a stage, and what halves the map after it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.quality.fast_vqa.network.attention import WindowAttention
from ddsr_bench.quality.fast_vqa.network.windows import Grid, Size, from_windows, grid, to_windows


class Mlp(nn.Module):
    """Two linear layers with an exact GELU between."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(channels, hidden), nn.Linear(hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        """(..., channels) -> (..., channels)."""
        out: Tensor = self.fc2(functional.gelu(self.fc1(x)))
        return out


class Block(nn.Module):
    """Attention in windows, then an MLP; both of the normalised input, and added to it."""

    def __init__(self, channels: int, heads: int, window: Size, gated: bool) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.attn = WindowAttention(channels, heads, window, gated)
        self.mlp = Mlp(channels, 4 * channels)

    def forward(self, x: Tensor, cut: Grid) -> Tensor:
        """(N, D, H, W, C) -> the same shape."""
        x = x + self._attended(self.norm1(x), cut)
        out: Tensor = x + self.mlp(self.norm2(x))
        return out

    def _attended(self, x: Tensor, cut: Grid) -> Tensor:
        depth, height, width = x.shape[1:4]
        missing = [whole - side for whole, side in zip(cut.shape, (depth, height, width), strict=True)]
        if any(missing):
            x = functional.pad(x, (0, 0, 0, missing[2], 0, missing[1], 0, missing[0]))
        if any(cut.shift):
            x = torch.roll(x, tuple(-by for by in cut.shift), (1, 2, 3))
        out = from_windows(self.attn(to_windows(x, cut.window), cut), cut.window, cut.shape)
        if any(cut.shift):
            out = torch.roll(out, cut.shift, (1, 2, 3))
        return out[:, :depth, :height, :width]


class Merging(nn.Module):
    """Four neighbours become one place with twice the channels; time stays."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm, self.reduction = nn.LayerNorm(4 * channels), nn.Linear(4 * channels, 2 * channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, D, H, W, C) -> (N, D, ceil(H / 2), ceil(W / 2), 2 C)."""
        height, width = x.shape[2:4]
        if height % 2 or width % 2:
            x = functional.pad(x, (0, 0, 0, width % 2, 0, height % 2))
        four = [x[:, :, row::2, column::2] for column in (0, 1) for row in (0, 1)]
        out: Tensor = self.reduction(self.norm(torch.cat(four, -1)))
        return out


class Stage(nn.Module):
    """Blocks of one size, every other one on a shifted map.

    Args:
        channels: of the blocks.
        depth: how many.
        heads: of their attention.
        window: the largest window.
        gated: whether their position biases know fragments.
        halved: whether the map is halved behind them.
    """

    def __init__(self, channels: int, depth: int, heads: int, window: Size, *, gated: bool, halved: bool) -> None:
        super().__init__()
        self._shift: Size = (window[0] // 2, window[1] // 2, window[2] // 2)
        self.blocks = nn.ModuleList([Block(channels, heads, window, gated) for _ in range(depth)])
        self.downsample = Merging(channels) if halved else None

    def forward(self, x: Tensor, window: Size) -> Tensor:
        """(N, D, H, W, C) -> the same, or halved with twice the channels.

        Args:
            x: the map.
            window: sides of the window for clips of this size.
        """
        _, depth, height, width, _ = x.shape
        cuts = [grid((depth, height, width), window, shift) for shift in ((0, 0, 0), self._shift)]
        for place, block in enumerate(self.blocks):
            x = block(x, cuts[place % 2])
        return x if self.downsample is None else self.downsample(x)
