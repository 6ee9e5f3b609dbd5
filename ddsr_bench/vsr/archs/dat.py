"""DAT: Z. Chen et al., "Dual aggregation transformer for image super-resolution", ICCV 2023 (arXiv:2308.03364), under
the official parameter and buffer names.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.archs.hat import shuffle_twice
from ddsr_bench.vsr.archs.swinir import MEAN
from ddsr_bench.vsr.blocks.windows import attend, from_windows, position_index, shift_mask, to_windows
from ddsr_bench.vsr.official import fixed


class PositionBias(nn.Module):
    """Position biases of all heads, made from offsets by a small network."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.pos_proj = nn.Linear(2, width)
        for name, outputs in (("pos1", width), ("pos2", width), ("pos3", heads)):
            self.add_module(name, nn.Sequential(nn.LayerNorm(width), nn.ReLU(), nn.Linear(width, outputs)))

    def forward(self, offsets: Tensor) -> Tensor:
        """(n, 2) -> (n, heads)."""
        x = self.pos_proj(offsets)
        for name in ("pos1", "pos2", "pos3"):
            x = getattr(self, name)(x)
        return x


class Branch(nn.Module):
    """One half of the heads in windows of one shape."""

    rpe_biases: Tensor
    relative_position_index: Tensor

    def __init__(self, channels: int, heads: int, window: tuple[int, int]) -> None:
        super().__init__()
        self.window, self._heads = window, heads
        self.pos = PositionBias(channels // 4 // 4, heads)
        axes = [torch.arange(1 - side, side) for side in window]
        self.register_buffer("rpe_biases", torch.stack(torch.meshgrid(*axes, indexing="ij")).flatten(1).t().float())
        self.register_buffer("relative_position_index", position_index(*window))

    def forward(self, qkv: Tensor, mask: Tensor | None) -> Tensor:
        """(N, H, W, 3 C) -> (N, H, W, C)."""
        _, height, width, _ = qkv.shape
        index = self.relative_position_index
        bias = self.pos(self.rpe_biases)[index.flatten()].view(*index.shape, -1).permute(2, 0, 1)
        out = attend(to_windows(qkv, *self.window), self._heads, bias, mask)
        return from_windows(out, *self.window, height, width)


class Interaction(nn.Module):
    """What both kinds of attention share: ``qkv``, a convolution beside, gates across, ``proj``."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.qkv, self.proj = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)
        self.dwconv = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1, groups=channels), nn.BatchNorm2d(channels), nn.GELU()
        )
        self.channel_interaction = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, channels // 8, 1),
            nn.BatchNorm2d(channels // 8),
            nn.GELU(),
            nn.Conv2d(channels // 8, channels, 1),
        )
        self.spatial_interaction = nn.Sequential(
            nn.Conv2d(channels, channels // 16, 1),
            nn.BatchNorm2d(channels // 16),
            nn.GELU(),
            nn.Conv2d(channels // 16, 1, 1),
        )

    def gated(self, by_channel: Tensor, by_place: Tensor) -> Tensor:
        """``by_channel`` times the other's channel gate, plus ``by_place`` times the other's spatial gate."""
        channel = torch.sigmoid(self.channel_interaction(by_place))
        place = torch.sigmoid(self.spatial_interaction(by_channel))
        return by_channel * channel + by_place * place


class SpatialAttention(Interaction):
    """Attention among places, half of the channels in flat windows and half in tall ones."""

    def __init__(self, channels: int, heads: int, split: tuple[int, int], shifted: bool, size: int) -> None:
        super().__init__(channels)
        self._longest = max(split)
        windows = (split, split[::-1])
        self._shifts = tuple((w[0] // 2, w[1] // 2) if shifted else (0, 0) for w in windows)
        self.attns = nn.ModuleList(Branch(channels // 2, heads // 2, window) for window in windows)
        if shifted:
            for place, (window, shift) in enumerate(zip(windows, self._shifts, strict=True)):
                self.register_buffer(f"attn_mask_{place}", shift_mask(size, size, window, shift).clone())

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C) -> the same shape."""
        _, height, width, channels = x.shape
        qkv = self.qkv(x)
        beside = self.dwconv(qkv[..., 2 * channels :].permute(0, 3, 1, 2))
        # Padded places are zeros that take part.
        padded = functional.pad(qkv, (0, 0, 0, -width % self._longest, 0, -height % self._longest))
        halves = [self._branch(padded, place) for place in range(2)]
        attended = torch.cat(halves, -1)[:, :height, :width].permute(0, 3, 1, 2)
        return self.proj(self.gated(attended, beside).permute(0, 2, 3, 1))

    def _branch(self, qkv: Tensor, place: int) -> Tensor:
        branch, shift = self.attns[place], self._shifts[place]
        _, height, width, triple = qkv.shape
        half = triple // 6
        own = torch.cat([part[..., place * half : (place + 1) * half] for part in qkv.split(triple // 3, -1)], -1)
        if not any(shift):
            return branch(own, None)
        window: tuple[int, int] = branch.window  # type: ignore[assignment]
        mask = shift_mask(height, width, window, shift).to(qkv.device)
        out = branch(torch.roll(own, (-shift[0], -shift[1]), (1, 2)), mask)
        return torch.roll(out, shift, (1, 2))


class ChannelSelfAttention(Interaction):
    """Attention among the channels of each head, over all places."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__(channels)
        self._heads = heads
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C) -> the same shape."""
        count, height, width, channels = x.shape
        qkv = self.qkv(x)
        beside = self.dwconv(qkv[..., 2 * channels :].permute(0, 3, 1, 2))
        q, k, v = qkv.view(count, height * width, 3, self._heads, -1).permute(2, 0, 3, 4, 1)
        logits = functional.normalize(q, dim=-1) @ functional.normalize(k, dim=-1).transpose(-2, -1)
        out = (logits * self.temperature).softmax(-1) @ v
        attended = out.reshape(count, channels, height, width)
        return self.proj(self.gated(beside, attended).permute(0, 2, 3, 1))


class SpatialGate(nn.Module):
    """One half of the channels times the other, normalised and convolved."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.conv = nn.Conv2d(channels, channels, 3, 1, 1, groups=channels)

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, 2 C) -> (N, H, W, C)."""
        first, second = x.chunk(2, -1)
        return first * self.conv(self.norm(second).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


class GatedFeedForward(nn.Module):
    """``fc1``, GELU, the spatial gate ``sg``, ``fc2``."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(channels, hidden), nn.Linear(hidden // 2, channels)
        self.sg = SpatialGate(hidden // 2)

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C) -> the same shape."""
        return self.fc2(self.sg(functional.gelu(self.fc1(x))))


class DatBlock(nn.Module):
    """Attention of one kind, then the gated linear layers; both added to what goes in."""

    def __init__(self, attention: nn.Module, channels: int, expansion: float) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.attn = attention
        self.ffn = GatedFeedForward(channels, int(channels * expansion))

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C) -> the same shape."""
        x = x + self.attn(self.norm1(x))
        return x + self.ffn(self.norm2(x))


class DatGroup(nn.Module):
    """Blocks, a convolution, and what went in."""

    def __init__(self, blocks: list[nn.Module], channels: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.conv = nn.Conv2d(channels, channels, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C) -> the same shape."""
        y = x
        for block in self.blocks:
            y = block(y)
        return x + self.conv(y.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


class DAT(nn.Module):
    """DAT for x4: six groups of six blocks, attention among places and among channels in turn."""

    def __init__(
        self,
        size: int = 64,
        split: tuple[int, int] = (8, 32),
        depths: tuple[int, ...] = (6,) * 6,
        channels: int = 180,
        heads: tuple[int, ...] = (6,) * 6,
        expansion: float = 4,
    ) -> None:
        super().__init__()
        self.conv_first = nn.Conv2d(3, channels, 3, 1, 1)
        # A rearrangement stands first in the official network, so the norm's index is 1.
        self.before_RG = nn.Sequential(nn.Identity(), nn.LayerNorm(channels))
        self.layers = nn.ModuleList(
            DatGroup([_block(g, b, channels, head, split, size, expansion) for b in range(depth)], channels)
            for g, (depth, head) in enumerate(zip(depths, heads, strict=True))
        )
        self.norm = nn.LayerNorm(channels)
        self.conv_after_body = nn.Conv2d(channels, channels, 3, 1, 1)
        self.conv_before_upsample = nn.Sequential(nn.Conv2d(channels, 64, 3, 1, 1), nn.LeakyReLU(inplace=True))
        self.upsample = shuffle_twice()
        self.conv_last = nn.Conv2d(64, 3, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """RGB in [0, 1], (N, 3, H, W) -> (N, 3, 4H, 4W)."""
        mean = x.new_tensor(MEAN).view(1, 3, 1, 1)
        first = self.conv_first(x - mean)
        y = self.before_RG(first.permute(0, 2, 3, 1))
        for layer in self.layers:
            y = layer(y)
        y = self.conv_after_body(self.norm(y).permute(0, 3, 1, 2)) + first
        return self.conv_last(self.upsample(self.conv_before_upsample(y))) + mean


def _block(
    group: int, place: int, channels: int, heads: int, split: tuple[int, int], size: int, expansion: float
) -> DatBlock:
    if place % 2:
        return DatBlock(ChannelSelfAttention(channels, heads), channels, expansion)
    shifted = place % 4 == (0 if group % 2 else 2)
    return DatBlock(SpatialAttention(channels, heads, split, shifted, size), channels, expansion)


def official_dat(**given: Any) -> DAT:
    """The official ``DAT`` for x4."""
    fixed("DAT", given, upscale=4, in_chans=3, img_range=1.0, resi_connection="1conv", upsampler="pixelshuffle")
    return DAT(
        given.get("img_size", 64),
        tuple(given.get("split_size", (8, 32))),
        tuple(given.get("depth", (6,) * 6)),
        given.get("embed_dim", 180),
        tuple(given.get("num_heads", (6,) * 6)),
        given.get("expansion_factor", 4),
    )
