"""Validation: clips kept apart, restored whole and measured against their HR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ddsr_bench.quality.catalogue import get_metric
from ddsr_bench.quality.runner import score_frames
from ddsr_bench.train.ddsr.footage import Footage
from ddsr_bench.train.ddsr.stock import Stock

Clip = NDArray[np.uint8]
#: Measures by the name that the log has.
MEASURES = {
    "psnr": "psnr-y",
    "ssim": "ssim",
    "gmsd": "gmsd",
    "niqe_fit": "niqe-fit",
    "rw_vsr_qa": "rw-vsr-qa",
    "flicker": "flicker",
}


@dataclass(frozen=True)
class Judged:
    """What the clips kept apart say.

    Attributes:
        values: mean over clips of each of ``MEASURES``.
        pictures: uint8 (H, W, 3) by name: strips of LR, SR and HR, and temporal profiles, SR above HR.
    """

    values: dict[str, float]
    pictures: dict[str, Clip]


def judge(network: nn.Module, stock: Stock, clips: Sequence[Footage], frames: int) -> Judged:
    """Restore and measure the first ``frames`` frames of each clip; the network is in evaluation mode.

    Raises:
        DdsrError: a clip cannot be read.
    """
    metrics = [get_metric(name) for name in MEASURES.values()]
    found: dict[str, list[float]] = {name: [] for name in MEASURES}
    pictures: dict[str, Clip] = {}
    for clip in clips:
        low, sharp = stock.lr(clip, 0)[:frames], stock.hr(clip)[:frames]
        made = restored(network, np.asarray(low))
        scores = score_frames(iter(made), metrics, reference=iter(np.asarray(sharp)), crop_border=stock.scale)
        for name, metric in MEASURES.items():
            if metric in scores.values:
                found[name].append(float(np.mean(scores.values[metric][:, 0])))
        if len(pictures) < 4:
            pictures[f"{clip.id}/strip"] = strip(low[..., :3], made, np.asarray(sharp))
            pictures[f"{clip.id}/profile"] = np.vstack([profile(made), profile(np.asarray(sharp))])
    values = {name: float(np.mean(of_it)) if of_it else float("nan") for name, of_it in found.items()}
    return Judged(values, pictures)


def restored(network: nn.Module, low: Clip) -> Clip:
    """The whole clip through the network: uint8 (T, h, w, C) -> uint8 (T, s h, s w, 3); odd sides are mirrored."""
    height, width = low.shape[1:3]
    padded = np.pad(low, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)), mode="symmetric")
    device = next(network.parameters()).device
    given = torch.from_numpy(np.ascontiguousarray(padded.transpose(0, 3, 1, 2))).to(device)
    out = network(given[None].float() / 255)[0]
    scale = out.shape[-1] // given.shape[-1]
    made: Any = (out.float() * 255).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
    return np.ascontiguousarray(made.transpose(0, 2, 3, 1)[:, : scale * height, : scale * width])


def strip(low: Clip, made: Clip, sharp: Clip) -> Clip:
    """The middle frame three times side by side: LR (each pixel repeated), SR, HR."""
    middle, scale = len(made) // 2, made.shape[1] // low.shape[1]
    large = np.asarray(low[middle]).repeat(scale, 0).repeat(scale, 1)
    return np.hstack([large, made[middle], sharp[middle]])


def profile(clip: Clip) -> Clip:
    """The middle row of each frame, below one another, four rows each: what flickers shows as stripes."""
    return clip[:, clip.shape[1] // 2].repeat(4, 0)
