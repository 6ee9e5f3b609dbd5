"""Backward warping by a flow: each pixel is fetched from where the flow points, bilinearly."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from ddsr_bench.vsr.blocks.gather import PixelTable
from ddsr_bench.vsr.blocks.precision import at_least_float32, full_precision

Padding = Literal["zeros", "border"]

# Below this many channels a gather of whole pixels gains nothing over grid_sample.
_FEW = 16


def flow_warp(x: Tensor, flow: Tensor, padding: Padding = "zeros") -> Tensor:
    """Sample ``x`` at (column + flow[:, 0], row + flow[:, 1]).

    Args:
        x: (N, C, H, W).
        flow: (N, 2, H, W) in pixels.
        padding: what lies outside the picture; with ``"zeros"`` each neighbour outside counts 0.

    Returns:
        (N, C, H, W), float32 (float64 if ``x`` is).
    """
    with full_precision(x):
        x, flow = at_least_float32(x), at_least_float32(flow)
        if padding == "zeros" and x.device.type == "cpu" and x.shape[1] >= _FEW:
            return _by_pixels(x, flow)
        return functional.grid_sample(x, _grid(flow), "bilinear", padding, align_corners=True)


def _grid(flow: Tensor) -> Tensor:
    """Sampling positions in grid_sample's measure, -1 and 1 at the centres of the outermost pixels."""
    columns, rows = _positions(flow)
    height, width = flow.shape[-2:]
    return torch.stack((columns * (2 / max(width - 1, 1)) - 1, rows * (2 / max(height - 1, 1)) - 1), -1)


def _positions(flow: Tensor) -> tuple[Tensor, Tensor]:
    height, width = flow.shape[-2:]
    columns = torch.arange(width, dtype=flow.dtype, device=flow.device)
    rows = torch.arange(height, dtype=flow.dtype, device=flow.device)
    return flow[:, 0] + columns, flow[:, 1] + rows[:, None]


def _by_pixels(x: Tensor, flow: Tensor) -> Tensor:
    """With zeros outside, all channels of a pixel at once."""
    count, channels, height, width = x.shape
    columns, rows = _positions(flow)
    out = PixelTable(x).sample(rows[..., None, None], columns[..., None, None])
    return out.view(count, height, width, channels).permute(0, 3, 1, 2)
