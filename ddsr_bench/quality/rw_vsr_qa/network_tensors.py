"""What RW-VSR-QA sees of a frame, from tensors and with gradients: for losses that guide a network by its opinion.

As :mod:`.fragments`, but in float throughout, along flows that are given: what moves is known from the sharp clip, and
a network must not be able to change its score by bending the flow.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ddsr_bench.quality.flow import flow
from ddsr_bench.quality.rw_vsr_qa.fragments import PATCH, SCORING, Layout, patch_corners

_GAIN = 2
_LUMA = (0.299, 0.587, 0.114)


def flows_between(now: Tensor, then: Tensor) -> Tensor:
    """Where each pixel of ``now`` was in ``then``, by DIS at half size as the measure has it; without gradients.

    Args:
        now, then: float (N, 3, H, W), RGB in 0..1.

    Returns:
        float32 (N, 2, H, W), x and y in pixels.
    """
    height, width = now.shape[-2:]
    ratio = np.array([width / (width // 2), height / (height // 2)], np.float32)
    found = []
    for one, other in zip(_greys(now), _greys(then), strict=True):
        there = cv2.resize(flow(one, other), (width, height), interpolation=cv2.INTER_LINEAR)
        found.append(torch.from_numpy((there * ratio).transpose(2, 0, 1)))
    return torch.stack(found).to(now.device)


def _greys(frames: Tensor) -> list[np.ndarray[tuple[int, int], np.dtype[np.uint8]]]:
    height, width = frames.shape[-2:]
    luma = (_luma(frames.detach().float()) * 255).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
    return [cv2.resize(one, (width // 2, height // 2), interpolation=cv2.INTER_AREA) for one in luma]  # type: ignore[misc]


def moved(frames: Tensor, flows: Tensor) -> Tensor:
    """``frames`` (N, C, H, W) fetched from where ``flows`` (N, 2, H, W) lead; beyond the border the nearest pixel."""
    height, width = frames.shape[-2:]
    x = flows[:, 0] + torch.arange(width, device=flows.device)
    y = flows[:, 1] + torch.arange(height, device=flows.device)[:, None]
    grid = torch.stack((x * (2 / max(width - 1, 1)) - 1, y * (2 / max(height - 1, 1)) - 1), -1)
    return functional.grid_sample(frames, grid.to(frames.dtype), "bilinear", "border", align_corners=True)


def key_patches(before: Tensor, frames: Tensor, flows: Tensor, layout: Layout = SCORING) -> tuple[Tensor, int]:
    """Cut the patches of key frames.

    Args:
        before: float (N, 3, H, W) in 0..1, the frame before each.
        frames: the key frames; sides of at least 128.
        flows: of :func:`flows_between` (frames, before).
        layout: how many patches.

    Returns:
        float (N, 1, P, 4, 64, 64) in 0..255 for :class:`~.network.RwVsrQa`, and how many of the P are native.

    Raises:
        ValueError: frames too small.
    """
    if min(frames.shape[-2:]) < 2 * PATCH:
        raise ValueError(f"frames of {frames.shape[-1]}x{frames.shape[-2]}; at least {2 * PATCH} pixels a side")
    frames, before = (one.float() * 255 for one in (frames, before))
    change = _luma(frames) - _luma(moved(before, flows))
    planes = torch.cat((frames, (128 + _GAIN * change[:, None]).clamp(0, 255)), 1)
    small = functional.interpolate(planes, scale_factor=0.5, mode="area")
    native, half = _cut(planes, layout.native), _cut(small, layout.half)
    return torch.cat((native, half), 1)[:, None], native.shape[1]


def _cut(planes: Tensor, count: int) -> Tensor:
    corners = patch_corners(planes.shape[-2], planes.shape[-1], count)
    return torch.stack([planes[..., top : top + PATCH, left : left + PATCH] for top, left in corners], 1)


def _luma(frames: Tensor) -> Tensor:
    """(N, 3, H, W) -> (N, H, W)."""
    red, green, blue = frames.unbind(1)
    return _LUMA[0] * red + _LUMA[1] * green + _LUMA[2] * blue
