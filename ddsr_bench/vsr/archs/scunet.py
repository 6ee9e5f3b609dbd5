"""SCUNet, a denoiser: K. Zhang et al., "Practical blind image denoising via Swin-Conv-UNet and data synthesis", 2022
(arXiv:2203.13278), under the official parameter names.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.blocks.windows import attend, from_windows, position_index, to_windows
from ddsr_bench.vsr.official import fixed

_WINDOW, _HEAD = 8, 32
_MULTIPLE = 64


class Msa(nn.Module):
    """Attention in windows of 8, shifted by half of that in every other block."""

    def __init__(self, channels: int, shifted: bool) -> None:
        super().__init__()
        self._heads, self._shift = channels // _HEAD, _WINDOW // 2 if shifted else 0
        self.relative_position_params = nn.Parameter(torch.zeros(self._heads, 2 * _WINDOW - 1, 2 * _WINDOW - 1))
        self.embedding_layer, self.linear = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C) -> the same shape."""
        _, height, width, _ = x.shape
        mask, shift = None, self._shift
        if shift:
            x = torch.roll(x, (-shift, -shift), (1, 2))
            mask = _mask(height // _WINDOW, width // _WINDOW).to(x.device)
        index = position_index(_WINDOW, _WINDOW).to(x.device)
        bias = self.relative_position_params.flatten(1)[:, index.flatten()].view(-1, *index.shape)
        out = attend(self.embedding_layer(to_windows(x, _WINDOW, _WINDOW)), self._heads, bias, mask)
        out = from_windows(self.linear(out), _WINDOW, _WINDOW, height, width)
        return torch.roll(out, (shift, shift), (1, 2)) if shift else out


@lru_cache(maxsize=32)
def _mask(rows: int, columns: int) -> Tensor:
    """Minus infinity between the two sides of the last row and column of windows, (windows, 64, 64)."""
    # Kept for others, whatever device this caller is on.
    mask = torch.zeros(rows, columns, _WINDOW, _WINDOW, _WINDOW, _WINDOW, device="cpu")
    half = _WINDOW // 2
    for here, there in ((slice(half), slice(half, None)), (slice(half, None), slice(half))):
        mask[-1, :, here, :, there, :] = -torch.inf
        mask[:, -1, :, here, :, there] = -torch.inf
    return mask.view(rows * columns, _WINDOW**2, _WINDOW**2)


class TransBlock(nn.Module):
    """Attention, then two linear layers; both added to what goes in."""

    def __init__(self, channels: int, shifted: bool) -> None:
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.msa = Msa(channels, shifted)
        self.mlp = nn.Sequential(nn.Linear(channels, 4 * channels), nn.GELU(), nn.Linear(4 * channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C) -> the same shape."""
        x = x + self.msa(self.ln1(x))
        return x + self.mlp(self.ln2(x))


class ConvTransBlock(nn.Module):
    """One half of the channels through convolutions, the other through attention."""

    def __init__(self, channels: int, shifted: bool) -> None:
        super().__init__()
        half = channels // 2
        self._half = half
        self.trans_block = TransBlock(half, shifted)
        self.conv1_1, self.conv1_2 = nn.Conv2d(channels, channels, 1), nn.Conv2d(channels, channels, 1)
        self.conv_block = nn.Sequential(
            nn.Conv2d(half, half, 3, 1, 1, bias=False),
            nn.ReLU(inplace=True),
            nn.Conv2d(half, half, 3, 1, 1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        conv, trans = self.conv1_1(x).split(self._half, 1)
        conv = self.conv_block(conv) + conv
        trans = self.trans_block(trans.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return x + self.conv1_2(torch.cat((conv, trans), 1))


class SCUNet(nn.Module):
    """A U-net of such blocks over three halvings.

    Args:
        counts: blocks on the way down (three), in the middle, and on the way up (three).
        channels: at full size.
    """

    def __init__(self, counts: tuple[int, ...] = (4,) * 7, channels: int = 64) -> None:
        super().__init__()
        self.m_head = nn.Sequential(nn.Conv2d(3, channels, 3, 1, 1, bias=False))
        for level in range(3):
            wide = channels * 2**level
            down = nn.Conv2d(wide, 2 * wide, 2, 2, bias=False)
            self.add_module(f"m_down{level + 1}", nn.Sequential(*_blocks(wide, counts[level]), down))
        self.m_body = nn.Sequential(*_blocks(8 * channels, counts[3]))
        for place, level in enumerate((2, 1, 0)):
            wide = channels * 2**level
            up = nn.ConvTranspose2d(2 * wide, wide, 2, 2, bias=False)
            self.add_module(f"m_up{level + 1}", nn.Sequential(up, *_blocks(wide, counts[4 + place])))
        self.m_tail = nn.Sequential(nn.Conv2d(channels, 3, 3, 1, 1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        """RGB in [0, 1], (N, 3, H, W) -> the same shape; sides are repeated out to multiples of 64."""
        height, width = x.shape[-2:]
        x = functional.pad(x, (0, -width % _MULTIPLE, 0, -height % _MULTIPLE), "replicate")
        levels = [self.m_head(x)]
        for level in range(3):
            levels.append(getattr(self, f"m_down{level + 1}")(levels[-1]))
        y = self.m_body(levels[-1])
        for level in (3, 2, 1):
            y = getattr(self, f"m_up{level}")(y + levels[level])
        return self.m_tail(y + levels[0])[..., :height, :width]


def _blocks(channels: int, count: int) -> list[nn.Module]:
    return [ConvTransBlock(channels, bool(place % 2)) for place in range(count)]


def official_scunet(**given: Any) -> SCUNet:
    """The official ``SCUNet`` for colour pictures."""
    fixed("SCUNet", given, in_nc=3)
    return SCUNet(tuple(given.get("config", (4,) * 7)), given.get("dim", 64))
