"""What the losses on scores share: their arguments checked and widened, centred vectors, nothing to learn from."""

from __future__ import annotations

import torch
from torch import Tensor


def widened(x: Tensor) -> Tensor:
    """``x`` in float32, or in float64 where it is that: sums of squares of half precision overflow at 65504."""
    return x if x.dtype == torch.float64 else x.float()


def checked(predictions: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Both as (N,) of one floating type, float32 or float64; gradients pass to the predictions alone.

    Raises:
        ValueError: no vectors, or of unequal lengths; the text holds the shapes.
    """
    if predictions.ndim != 1 or predictions.shape != labels.shape:
        shapes = f"{tuple(predictions.shape)} and {tuple(labels.shape)}"
        raise ValueError(f"predictions and labels of shapes {shapes}; give two vectors of one length")
    wide = widened(predictions)
    return wide, labels.detach().to(wide)


def nothing(predictions: Tensor) -> Tensor:
    """A loss of 0 with a gradient of 0; a prediction that is NaN makes it NaN, so that the loop notices."""
    return widened(predictions).sum() * 0.0


def centred(x: Tensor) -> Tensor:
    """``x`` (N,) less its mean."""
    return x - x.mean()


def is_constant(x: Tensor) -> bool:
    """Whether ``x`` (N,) has one element, or none that differs by more than rounding does."""
    if x.numel() < 2:
        return True
    largest = float(x.abs().max())
    return float(x.max() - x.min()) <= 4 * torch.finfo(x.dtype).eps * largest
