"""Deformable convolution, 3x3.

J. Dai et al., "Deformable convolutional networks", ICCV 2017 (doi:10.1109/ICCV.2017.89); with a modulation mask: X. Zhu
et al., "Deformable ConvNets v2: more deformable, better results", CVPR 2019 (doi:10.1109/CVPR.2019.00953).

Channels of the offsets, for each group and each point of the kernel (row by row): first y, then x; of the mask: one for
each group and point. Samples are bilinear, and each of the four neighbours that lies outside counts 0. Positions are
float32 whatever the precision around them; the convolutions that make offsets are like any other.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.blocks.gather import PixelTable
from ddsr_bench.vsr.blocks.precision import at_least_float32, full_precision

_POINTS = 9
# Samples of one stretch of rows: so many that their weights stay in the cache.
_STRETCH = 200_000


def deform_conv(
    x: Tensor, offset: Tensor, weight: Tensor, bias: Tensor | None = None, mask: Tensor | None = None
) -> Tensor:
    """3x3 deformable convolution that keeps the size.

    Args:
        x: (N, C, H, W).
        offset: (N, 18 G, H, W) in pixels; G groups of C / G consecutive channels share their places.
        weight: (O, C, 3, 3).
        bias: (O,), or None.
        mask: (N, 9 G, H, W), factors of the samples, or None for ones.

    Returns:
        (N, O, H, W), float32 (float64 if ``x`` is).
    """
    with full_precision(x):
        x, offset, weight = (at_least_float32(one) for one in (x, offset, weight))
        mask = None if mask is None else at_least_float32(mask)
        bias = None if bias is None else at_least_float32(bias)
        if x.device.type == "cpu":
            return _by_rows(x, offset, weight, bias, mask)
        compiled = _torchvision() if x.device.type == "cuda" else None
        if compiled is not None:
            out: Tensor = compiled(x, offset, weight, bias, padding=1, mask=mask)
            return out
        return _by_grid(x, offset, weight, bias, mask)


def _by_rows(x: Tensor, offset: Tensor, weight: Tensor, bias: Tensor | None, mask: Tensor | None) -> Tensor:
    """A stretch of rows at a time: samples side by side as a convolution's columns, then one product."""
    count, channels, height, width = x.shape
    groups = offset.shape[1] // (2 * _POINTS)
    table = PixelTable(x, groups)
    places = offset.permute(0, 2, 3, 1).reshape(count, height, width, groups, _POINTS, 2)
    factors = None if mask is None else mask.permute(0, 2, 3, 1).reshape(count, height, width, groups, _POINTS)
    kernel = _as_columns(weight, groups)
    step = max(1, _STRETCH // (width * groups * _POINTS))
    down, right = _points(x)
    columns_at = torch.arange(width, dtype=x.dtype, device=x.device)[:, None, None] + right
    stretches = []
    for picture in range(count):
        for first in range(0, height, step):
            part = (picture, slice(first, min(first + step, height)))
            rows_at = torch.arange(first, part[1].stop, dtype=x.dtype, device=x.device)[:, None, None, None] + down
            samples = table.sample(
                (places[part][..., 0] + rows_at)[None],
                (places[part][..., 1] + columns_at)[None],
                None if factors is None else factors[part][None],
                first=picture,
            )
            columns = samples.view(-1, channels * _POINTS)
            stretches.append(columns @ kernel if bias is None else torch.addmm(bias, columns, kernel))
    return torch.cat(stretches).view(count, height, width, len(weight)).permute(0, 3, 1, 2)


def _as_columns(weight: Tensor, groups: int) -> Tensor:
    """(O, C, 3, 3) -> (G * 9 * C / G, O), the order in which samples lie side by side."""
    outputs, channels = weight.shape[:2]
    grouped = weight.reshape(outputs, groups, channels // groups, _POINTS)
    return grouped.permute(1, 3, 2, 0).reshape(channels * _POINTS, outputs)


def _points(x: Tensor) -> tuple[Tensor, Tensor]:
    """(y, x) of the kernel's points, row by row, in pixels from its middle."""
    line = torch.arange(-1, 2, dtype=x.dtype, device=x.device)
    return line.repeat_interleave(3), line.repeat(3)


def _by_grid(x: Tensor, offset: Tensor, weight: Tensor, bias: Tensor | None, mask: Tensor | None) -> Tensor:
    """One grid_sample for all points and groups, then one product."""
    count, channels, height, width = x.shape
    groups = offset.shape[1] // (2 * _POINTS)
    places = offset.reshape(count * groups, _POINTS, 2, height, width)
    down, right = _points(x)
    rows_at = torch.arange(height, dtype=x.dtype, device=x.device)[:, None] + down[:, None, None]
    columns_at = torch.arange(width, dtype=x.dtype, device=x.device) + right[:, None, None]
    rows, columns = places[:, :, 0] + rows_at, places[:, :, 1] + columns_at
    grid = torch.stack((columns * (2 / max(width - 1, 1)) - 1, rows * (2 / max(height - 1, 1)) - 1), -1)
    samples = functional.grid_sample(
        x.reshape(count * groups, channels // groups, height, width),
        grid.view(count * groups, _POINTS * height, width, 2),
        align_corners=True,
    ).view(count, groups, channels // groups, _POINTS, height, width)
    if mask is not None:
        samples = samples * mask.reshape(count, groups, 1, _POINTS, height, width)
    out = weight.reshape(len(weight), -1) @ samples.reshape(count, channels * _POINTS, height * width)
    out = out.view(count, len(weight), height, width)
    return out if bias is None else out + bias.view(-1, 1, 1)


@lru_cache(maxsize=1)
def _torchvision() -> Any:
    """torchvision's operator where it is installed, its kernels load, and it gives what ours gives; else None."""
    try:
        operator = import_module("torchvision.ops").deform_conv2d
        return operator if _agrees(operator) else None
    except (ImportError, AttributeError, RuntimeError, OSError):
        return None


def _agrees(operator: Any) -> bool:
    """Whether an operator gives what ours gives, for offsets within and beyond a small picture."""
    drawn = torch.randn(2, 4, 6, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    offset = drawn.repeat(1, 9, 1, 1) * 3
    mask, weight = drawn.repeat(1, 5, 1, 1)[:, :18].sigmoid(), drawn[0, :, :3, :3].expand(3, -1, -1, -1)
    theirs = operator(drawn, offset, weight, padding=1, mask=mask)
    return bool((theirs - _by_grid(drawn, offset, weight, None, mask)).abs().max() < 1e-9)


def zeroed(conv: nn.Conv2d) -> nn.Conv2d:
    """``conv`` with weights and biases of zero: training starts without offsets."""
    for parameter in conv.parameters():
        nn.init.zeros_(parameter)
    return conv


class DeformConv(nn.Module):
    """Version 1 with offsets from elsewhere: ``weight``, no mask, no bias."""

    def __init__(self, inputs: int = 64, outputs: int = 64) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, 3, 3))
        nn.init.kaiming_uniform_(self.weight, nonlinearity="relu")

    def forward(self, x: Tensor, offset: Tensor) -> Tensor:
        """(N, inputs, H, W), (N, 18 G, H, W) -> (N, outputs, H, W)."""
        return deform_conv(x, offset, self.weight)


class OwnOffsets(DeformConv):
    """Version 1 whose ``conv_offset`` makes the offsets, by default from its own input."""

    def __init__(self, inputs: int = 64, outputs: int = 64, groups: int = 8) -> None:
        super().__init__(inputs, outputs)
        self.conv_offset = zeroed(nn.Conv2d(inputs, groups * 2 * _POINTS, 3, 1, 1))

    def forward(self, x: Tensor, source: Tensor | None = None) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H, W); ``source`` is what the offsets are made of."""
        return deform_conv(x, self.conv_offset(x if source is None else source), self.weight)


class Modulated(nn.Module):
    """Version 2: ``weight`` and ``bias``, and under a name of its own the convolution that makes offsets and mask.

    Args:
        inputs, outputs: channels.
        groups: of input channels that share their places.
        name: of the convolution; its channels are offsets (two thirds), then the mask before its sigmoid.
    """

    def __init__(self, inputs: int = 64, outputs: int = 64, groups: int = 8, name: str = "conv_offset") -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        nn.init.kaiming_uniform_(self.weight, nonlinearity="relu")
        self.add_module(name, zeroed(nn.Conv2d(inputs, groups * 3 * _POINTS, 3, 1, 1)))
        self._name = name

    def forward(self, x: Tensor, source: Tensor) -> Tensor:
        """(N, inputs, H, W), and as many channels that offsets are made of -> (N, outputs, H, W)."""
        offset, mask = offset_and_mask(self.get_submodule(self._name)(source))
        return deform_conv(x, offset, self.weight, self.bias, mask)


def offset_and_mask(places: Tensor) -> tuple[Tensor, Tensor]:
    """(N, 27 G, H, W) -> offsets (N, 18 G, H, W) and mask (N, 9 G, H, W) in 0..1, float32."""
    places = at_least_float32(places)
    offsets = places.shape[1] // 3 * 2
    return places[:, :offsets], places[:, offsets:].sigmoid()
