"""Running the last, largest layers a strip of rows at a time: the same result, without their tensors of full size."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

# Numbers in the largest tensor of a strip. On a CPU larger tensors are fetched anew from the system each time.
_ON_CPU = 6_000_000
_ELSEWHERE = 100_000_000


def in_strips(
    layers: Callable[[Tensor], Tensor], x: Tensor, *, scale: int, context: int, channels: int, budget: int | None = None
) -> Tensor:
    """``layers(x)``, in strips where torch is in inference mode.

    Args:
        layers: (N, C, H, W) -> (N, C', scale H, scale W); padded by zeros inside.
        x: (N, C, H, W).
        scale: of the layers.
        context: rows of ``x`` above and below a strip that its result depends on.
        channels: of the largest tensor inside, which has the size of the result.
        budget: numbers in that tensor; None is what suits the device.

    Returns:
        (N, C', scale H, scale W).
    """
    count, _, height, width = x.shape
    if budget is None:
        budget = _ON_CPU if x.device.type == "cpu" else _ELSEWHERE
    rows = budget // (count * channels * scale**2 * width) - 2 * context
    if not torch.is_inference_mode_enabled() or rows >= height - 2 * context:
        return layers(x)
    rows = max(rows, 2 * context, 1)
    out: Tensor | None = None
    for first in range(0, height, rows):
        end = min(first + rows, height)
        above = max(first - context, 0)
        strip = layers(x[:, :, above : min(end + context, height)])
        if out is None:
            out = strip.new_empty((count, strip.shape[1], height * scale, width * scale))
        inside = slice((first - above) * scale, (end - above) * scale)
        out[:, :, first * scale : end * scale] = strip[:, :, inside]
    return layers(x) if out is None else out
