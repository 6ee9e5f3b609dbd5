"""Attention within windows: cutting pictures into them, masks for shifted ones, and tables of position biases."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional

Slices = tuple[slice, ...]
#: What is added to logits between places that are neighbours only by the wrapping of a shifted picture.
APART = -100.0


def to_windows(x: Tensor, height: int, width: int) -> Tensor:
    """(N, H, W, C) -> (N H/h W/w, h w, C), windows in rows; H and W are multiples of the window's sides."""
    count, rows, columns, channels = x.shape
    cut = x.view(count, rows // height, height, columns // width, width, channels)
    return cut.transpose(2, 3).reshape(-1, height * width, channels)


def from_windows(x: Tensor, height: int, width: int, rows: int, columns: int) -> Tensor:
    """The inverse of :func:`to_windows`, to (N, rows, columns, C)."""
    cut = x.view(-1, rows // height, columns // width, height, width, x.shape[-1])
    return cut.transpose(2, 3).reshape(-1, rows, columns, x.shape[-1])


@lru_cache(maxsize=32)
def shift_mask(rows: int, columns: int, window: tuple[int, int], shift: tuple[int, int]) -> Tensor:
    """What to add to the logits of each window of a picture rolled by ``-shift``: 0 or -100, (windows, n, n).

    Source: Z. Liu et al., "Swin Transformer", ICCV 2021: places of different regions do not see each other.
    """
    regions = torch.zeros(1, rows, columns, 1, device="cpu")  # kept for others, whatever device this caller is on
    number = 0
    for down in _bands(window[0], shift[0]):
        for across in _bands(window[1], shift[1]):
            regions[:, down, across] = number
            number += 1
    label = to_windows(regions, *window).squeeze(-1)
    return torch.where(label.unsqueeze(1) == label.unsqueeze(2), 0.0, APART)


def _bands(window: int, shift: int) -> Slices:
    return slice(0, -window), slice(-window, -shift), slice(-shift, None)


def position_index(height: int, width: int) -> Tensor:
    """Which entry of a table of (2h - 1)(2w - 1) position biases belongs to query and key, int64 (h w, h w)."""
    places = torch.stack(torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")).flatten(1)
    apart = places[:, :, None] - places[:, None, :]
    return (apart[0] + height - 1) * (2 * width - 1) + apart[1] + width - 1


def attend(qkv: Tensor, heads: int, bias: Tensor, mask: Tensor | None) -> Tensor:
    """Attention within windows.

    Args:
        qkv: (windows, n, 3 C): query, key and value, each split into heads.
        heads: how many.
        bias: (heads, n, n), added to the logits.
        mask: (m, n, n), added too; windows are m of a picture after m of another.

    Returns:
        (windows, n, C).
    """
    count, places, triple = qkv.shape
    q, k, v = qkv.view(count, places, 3, heads, triple // 3 // heads).permute(2, 0, 3, 1, 4)
    added = bias.unsqueeze(0)
    if mask is not None:
        added = (added + mask.to(bias).unsqueeze(1)).repeat(count // len(mask), 1, 1, 1)
    out = functional.scaled_dot_product_attention(q, k, v, attn_mask=added.to(q.dtype))
    return out.transpose(1, 2).reshape(count, places, triple // 3)


def in_windows(x: Tensor, window: int, shift: int, attention: Callable[[Tensor, Tensor | None], Tensor]) -> Tensor:
    """Give a picture to ``attention`` in windows that are shifted down and right.

    Args:
        x: (N, H, W, C), sides multiples of the window.
        window: side of the windows.
        shift: by how much; 0 needs no mask.
        attention: windows (M, n, C) and the mask of :func:`shift_mask` or None -> (M, n, C).

    Returns:
        (N, H, W, C).
    """
    _, height, width, _ = x.shape
    mask = None
    if shift:
        mask = shift_mask(height, width, (window, window), (shift, shift)).to(x.device)
        x = torch.roll(x, (-shift, -shift), (1, 2))
    x = from_windows(attention(to_windows(x, window, window), mask), window, window, height, width)
    return torch.roll(x, (shift, shift), (1, 2)) if shift else x


class Mlp(nn.Module):
    """Two linear layers (``fc1``, ``fc2``) with an exact GELU between."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(channels, hidden), nn.Linear(hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        """(..., channels) -> (..., channels)."""
        return self.fc2(functional.gelu(self.fc1(x)))
