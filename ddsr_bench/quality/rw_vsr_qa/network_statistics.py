"""What patches measure: their natural-scene statistics and levels of contrast, noise and sharpness, in torch.

Of each scale (native, half) and of luma and unexplained change: the 40 numbers of GM-LOG (W. Xue et al., IEEE TIP 2014;
:mod:`ddsr_bench.quality.metrics.gm_log`), from the joint histogram of all its patches. Of each scale, over blocks of
8x8: how strong luma varies (quantiles), how strong the change is where luma is flattest to busiest (noise and flicker
show in flat places, boiling in busy ones), how sharp edges are against their contrast; then the frame's levels.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from ddsr_bench.quality.gm_log_maps import BINS, RATIO, SIGMA, STABILISER, STEP, gradient_taps, laplacian_window
from ddsr_bench.quality.nss import gaussian

_JOINT = 4 * 4 * BINS
LEVELS = 45
#: How many there are.
STATISTICS = _JOINT + LEVELS
_LUMA = (0.299, 0.587, 0.114)
_BLOCK = 8
_EMPTY, _FAINT = 1e-4, 0.05
_CONTRASTS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9)
_CHANGES = (0.1, 0.5, 0.9)


def statistics(patches: Tensor, native: int) -> Tensor:
    """The statistics of frames.

    Args:
        patches: float (n, P, 4, 64, 64), values 0..255 as :mod:`~ddsr_bench.quality.rw_vsr_qa.fragments` cuts them.
        native: how many of the P, the first ones, are at native resolution; at least one of each scale.

    Returns:
        float (n, 205): 160 shares of histograms (native luma, half luma, native change, half change; 40 each), then 20
        levels of native patches, 20 of half ones, 5 of the frame.
    """
    weights = patches.new_tensor(_LUMA).view(3, 1, 1)
    luma = (patches[:, :, :3] * weights).sum(2)
    change = (patches[:, :, 3] - 128) / 2
    parts = [(luma[:, :native], change[:, :native]), (luma[:, native:], change[:, native:])]
    joint = [gm_log(one) for one in (parts[0][0], parts[1][0], 4 * parts[0][1] + 128, 4 * parts[1][1] + 128)]
    levels = [scale_levels(y, r) for y, r in parts]
    return torch.cat([*joint, *levels, frame_levels(luma, patches[:, :, :3])], 1)


def gm_log(planes: Tensor) -> Tensor:
    """GM-LOG of all patches of a frame together: float (n, p, h, w) -> (n, 40)."""
    gradient, laplacian = _responses(planes.flatten(0, 1).unsqueeze(1))
    first, second = (
        (torch.ceil(one / STEP).clamp(1, BINS) - 1).long()[..., 2:-2, 2:-2] for one in (gradient, laplacian)
    )
    places = (BINS * first + second).reshape(len(planes), -1)
    counts = planes.new_zeros(len(planes), BINS * BINS)
    counts.scatter_add_(1, places, torch.ones_like(places, dtype=planes.dtype))
    joint = counts.view(-1, BINS, BINS) / places.shape[1]
    one, other = joint.sum(2), joint.sum(1)
    given_other = (joint / (other[:, None] + _EMPTY)).sum(2)
    given_one = (joint / (one[:, :, None] + _EMPTY)).sum(1)
    return torch.cat([one, other, *(q / q.sum(1, keepdim=True) for q in (given_other, given_one))], 1)


def _responses(x: Tensor) -> tuple[Tensor, Tensor]:
    """Gradient magnitude and absolute Laplacian over their joint local strength, each (m, 1, h, w)."""
    rise, smooth = (torch.as_tensor(taps.copy(), dtype=x.dtype, device=x.device) for taps in gradient_taps())
    across = _along(_along(x, rise, 3), smooth, 2)
    down = _along(_along(x, smooth, 3), rise, 2)
    laplacian = _filtered(x, torch.as_tensor(laplacian_window().copy(), dtype=x.dtype, device=x.device)).abs()
    squared = (across**2 + down**2) / RATIO**2
    taps = torch.as_tensor(gaussian(2 * math.ceil(6 * SIGMA) + 1, 2 * SIGMA).copy(), dtype=x.dtype, device=x.device)
    strength = (_along(_along(squared + laplacian**2, taps, 3), taps, 2) / 2).sqrt() + STABILISER
    return squared.sqrt() / strength, laplacian / strength


def _along(x: Tensor, taps: Tensor, axis: int) -> Tensor:
    """Correlate along rows or columns, zeros beyond the border. Sums of shifts: ten times faster than convolving
    single channels, on the processor."""
    reach = len(taps) // 2
    padded = functional.pad(x, (reach, reach, 0, 0) if axis == 3 else (0, 0, reach, reach))
    size = x.shape[axis]
    found = torch.zeros_like(x)
    for place, tap in enumerate(taps.tolist()):
        found.add_(padded.narrow(axis, place, size), alpha=tap)
    return found


def _filtered(x: Tensor, window: Tensor) -> Tensor:
    """Correlate with a window, zeros beyond the border."""
    reach = window.shape[0] // 2
    padded = functional.pad(x, (reach, reach, reach, reach))
    found = torch.zeros_like(x)
    for row, taps in enumerate(window.tolist()):
        for column, tap in enumerate(taps):
            if tap:
                found.add_(padded[..., row : row + x.shape[2], column : column + x.shape[3]], alpha=tap)
    return found


def scale_levels(luma: Tensor, change: Tensor) -> Tensor:
    """20 levels of the patches of one scale: float (n, p, 64, 64) twice -> (n, 20), mostly logarithms."""
    contrast, moving = (_blocks(one).std(-1, unbiased=False) for one in (luma, change))
    order = contrast.argsort(1)
    quarter = order.shape[1] // 4
    flat, busy = order[:, :quarter], order[:, -quarter:]
    by_contrast = moving.gather(1, order)[:, : 4 * quarter].unflatten(1, (4, quarter)).mean(2)
    drift = _blocks(change).mean(-1).abs()
    laplacian = _laplacian(luma)
    sharp = torch.log((_blocks(laplacian).std(-1, unbiased=False) + _FAINT) / (contrast + _FAINT))
    step = (luma[..., 1:] - luma[..., :-1]).flatten(1)
    tail = (step**4).mean(1) / ((step**2).mean(1) ** 2 + 1e-3)
    columns = [
        _log(_quantiles(contrast, _CONTRASTS)),
        _log(by_contrast),
        _log(_quantiles(moving, _CHANGES)),
        _log(torch.stack([drift.gather(1, places).mean(1) for places in (flat, busy)], 1)),
        torch.stack([sharp.gather(1, places).mean(1) for places in (flat, busy)], 1),
        _quantiles(sharp, (0.9,)),
        _log(step.abs().mean(1, keepdim=True)),
        torch.log(tail[:, None] + 1e-3),
    ]
    return torch.cat(columns, 1)


def frame_levels(luma: Tensor, colours: Tensor) -> Tensor:
    """Five levels of a frame: brightness, contrast, shares of black and white, saturation; (n, 5)."""
    values = luma.flatten(1)
    chroma = (colours.amax(2) - colours.amin(2)).flatten(1).mean(1)
    dark, bright = ((values < 8).float().mean(1), (values > 247).float().mean(1))
    return torch.stack([values.mean(1) / 64, values.std(1, unbiased=False) / 64, dark, bright, chroma / 64], 1)


def _blocks(planes: Tensor) -> Tensor:
    """(n, p, h, w) -> (n, blocks, 64)."""
    cut = planes.unflatten(3, (-1, _BLOCK)).unflatten(2, (-1, _BLOCK))
    return cut.permute(0, 1, 2, 4, 3, 5).flatten(4).flatten(1, 3)


def _laplacian(planes: Tensor) -> Tensor:
    """Four neighbours less four times the sample; mirrored at the border."""
    x = functional.pad(planes.flatten(0, 1).unsqueeze(1), (1, 1, 1, 1), mode="reflect")
    found = x[..., :-2, 1:-1] + x[..., 2:, 1:-1] + x[..., 1:-1, :-2] + x[..., 1:-1, 2:] - 4 * x[..., 1:-1, 1:-1]
    return found.squeeze(1).unflatten(0, planes.shape[:2])


def _quantiles(values: Tensor, shares: tuple[float, ...]) -> Tensor:
    return torch.quantile(values, values.new_tensor(shares), dim=1).T


def _log(values: Tensor) -> Tensor:
    return torch.log(values + _FAINT)
