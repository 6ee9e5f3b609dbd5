"""Frames of a clip that are made one after the other."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


def stacked(frames: Iterable[Tensor], count: int) -> Tensor:
    """``count`` tensors (N, ...) as one (N, count, ...).

    Without gradients each is written where it belongs as soon as it is made, so that they are never held twice.
    """
    if torch.is_grad_enabled():
        return torch.stack(list(frames), 1)
    out: Tensor | None = None
    for index, frame in enumerate(frames):
        if out is None:
            out = frame.new_empty((len(frame), count, *frame.shape[1:]))
        out[:, index] = frame
    if out is None:
        raise ValueError("no frames to stack")
    return out
