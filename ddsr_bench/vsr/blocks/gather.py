"""Bilinear sampling of pixels with all their channels, as weighted sums of table rows.

Quick on CPUs, since a pixel's channels lie side by side. Positions are exact (no detour over -1..1), and each neighbour
outside the picture counts 0.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


class PixelTable:
    """Pictures whose pixels are rows, with a margin of zeros: one before, two behind in each direction.

    Args:
        x: (N, C, H, W); its channels are sampled in ``groups`` of consecutive ones, each at places of its own.
        groups: how many; divides C.
    """

    def __init__(self, x: Tensor, groups: int = 1) -> None:
        self.count, channels, self.height, self.width = x.shape
        self.groups = groups
        padded = functional.pad(x.permute(0, 2, 3, 1), (0, 0, 1, 2, 1, 2))
        self.rows = padded.reshape(-1, channels // groups)
        self.stride = self.width + 3
        few = len(self.rows) < 2**31
        self.kind = torch.int32 if few else torch.int64

    def sample(self, rows: Tensor, columns: Tensor, scale: Tensor | None = None, first: int = 0) -> Tensor:
        """Sample picture n, counted from ``first``, group g at positions.

        Args:
            rows, columns: (N, ..., G, K) in pixels, of one shape.
            scale: factors of the samples, of that shape, or None.
            first: the picture that the first index means.

        Returns:
            (N * ... * G * K, C / G): a row for each position.
        """
        rows, columns = rows.clamp(-1, self.height), columns.clamp(-1, self.width)
        top, left = rows.detach().floor(), columns.detach().floor()
        return functional.embedding_bag(
            self._neighbours(top, left, first).view(-1, 4),
            self.rows,
            per_sample_weights=_weights(rows - top, columns - left, scale).view(-1, 4),
            mode="sum",
        )

    def _neighbours(self, top: Tensor, left: Tensor, first: int) -> Tensor:
        """Table rows of the four neighbours, (N, ..., G, K, 4)."""
        device, groups = top.device, self.groups
        pictures = torch.arange(first, first + len(top), dtype=self.kind, device=device) * (self.height + 3)
        origin = (pictures + 1) * self.stride + 1
        pixel = top.to(self.kind).mul_(self.stride).add_(left.to(self.kind))
        pixel.add_(origin.view(-1, *(1,) * (top.ndim - 1))).mul_(groups)
        pixel.add_(torch.arange(groups, dtype=self.kind, device=device)[:, None])
        corners = torch.tensor((0, 1, self.stride, self.stride + 1), dtype=self.kind, device=device) * groups
        return (pixel[..., None] + corners).contiguous()


def _weights(down: Tensor, right: Tensor, scale: Tensor | None) -> Tensor:
    """Of the four neighbours, upper left, upper right, lower left, lower right: (..., 4)."""
    lower = down if scale is None else down * scale
    upper = (1 if scale is None else scale) - lower
    upper_right, lower_right = upper * right, lower * right
    return torch.stack((upper - upper_right, upper_right, lower - lower_right, lower_right), -1).contiguous()
