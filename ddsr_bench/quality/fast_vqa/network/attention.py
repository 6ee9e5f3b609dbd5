"""Attention within windows whose position biases know which places come from one fragment of the frame."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.quality.fast_vqa.network.windows import Grid, Size, corner, position_index

#: What is added to logits between places that are neighbours only by the rolling of the map.
APART = -100.0
# Entries of a bias (windows, heads, n, n) held at once.
_AT_ONCE = 1 << 23


class WindowAttention(nn.Module):
    """Attention within windows, with the paper's gated relative position biases (GRPB).

    The bias between two places is ``g R + (1 - g) F`` of two tables, looked up by how far the places lie apart. ``g``
    is the distance of their fragments, rows and columns summed: 0 within a fragment, and as published it is no flag
    but a whole number.

    Args:
        channels: C.
        heads: of the attention.
        window: the largest window, whose table is kept.
        gated: whether there is a second table.
    """

    def __init__(self, channels: int, heads: int, window: Size, gated: bool) -> None:
        super().__init__()
        self._heads, self._window = heads, window
        entries = (2 * window[0] - 1) * (2 * window[1] - 1) * (2 * window[2] - 1)
        self.relative_position_bias_table = _table(entries, heads)
        self.fragment_position_bias_table = _table(entries, heads) if gated else None
        self.relative_position_index: Tensor
        self.register_buffer("relative_position_index", position_index(window))
        self.qkv, self.proj = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)

    def forward(self, x: Tensor, grid: Grid) -> Tensor:
        """(N windows, n, C) -> the same shape."""
        rows, places, channels = x.shape
        windows = len(grid.fragments)
        qkv = self.qkv(x).view(rows // windows, windows, places, 3, self._heads, channels // self._heads)
        # A clip after the other: the biases of a part of the windows serve all clips.
        parts = [
            torch.stack([_attend(clip[part], bias) for clip in qkv]) for part, bias in self._biases(grid, x.device)
        ]
        out: Tensor = self.proj(torch.cat(parts, dim=1).reshape(rows, places, channels))
        return out

    def _biases(self, grid: Grid, device: torch.device) -> Iterator[tuple[slice, Tensor]]:
        """Some of the windows at a time, and what is added to their logits, (windows or 1, heads, n, n)."""
        index = corner(self.relative_position_index, self._window, grid.window).flatten()
        relative, fragment = (
            None if table is None else _looked_up(table, index)
            for table in (self.relative_position_bias_table, self.fragment_position_bias_table)
        )
        assert relative is not None
        step = max(1, _AT_ONCE // relative.numel())
        for first in range(0, len(grid.fragments), step):
            part = slice(first, first + step)
            bias = relative.unsqueeze(0)
            if fragment is not None:
                gate = _gate(grid.fragments[part]).to(device, relative.dtype)
                bias = torch.addcmul(fragment, gate, relative - fragment)
            if grid.regions is not None:
                bias = bias + _apart(grid.regions[part]).to(device, relative.dtype)
            yield part, bias


def _table(entries: int, heads: int) -> nn.Parameter:
    return nn.Parameter(nn.init.trunc_normal_(torch.empty(entries, heads), std=0.02))


def _looked_up(table: Tensor, index: Tensor) -> Tensor:
    """(entries, heads) by (n n) -> (heads, n, n)."""
    side = round(len(index) ** 0.5)
    return table[index].view(side, side, -1).permute(2, 0, 1).contiguous()


def _gate(fragments: Tensor) -> Tensor:
    """(windows, n, 2) -> distances of the fragments of two places, (windows, 1, n, n)."""
    row, column = (axis.unsqueeze(-1) - axis.unsqueeze(-2) for axis in fragments.float().unbind(-1))
    return row.abs_().add_(column.abs_()).unsqueeze(1)


def _apart(regions: Tensor) -> Tensor:
    """(windows, n) -> 0 or -100, (windows, 1, n, n)."""
    return torch.where(regions[:, :, None] == regions[:, None, :], 0.0, APART).unsqueeze(1)


def _attend(qkv: Tensor, bias: Tensor) -> Tensor:
    """(windows, n, 3, heads, c) -> (windows, n, heads c)."""
    q, k, v = qkv.permute(2, 0, 3, 1, 4)
    added = bias.expand(len(qkv), -1, -1, -1).to(q.dtype)
    out = functional.scaled_dot_product_attention(q, k, v, attn_mask=added)
    return out.transpose(1, 2).flatten(2)
