"""The mean absolute error."""

from __future__ import annotations

from torch import Tensor

from ddsr_bench.train.losses.vectors import checked, nothing


def l1(predictions: Tensor, labels: Tensor) -> Tensor:
    """``mean |p - y|`` of two vectors (N,), in units of the labels; the one loss here that trains offset and scale.

    Raises:
        ValueError: other shapes.

    >>> import torch
    >>> l1(torch.tensor([1.0, 2.0]), torch.tensor([2.0, 4.0])).item()
    1.5
    """
    p, y = checked(predictions, labels)
    return (p - y).abs().mean() if p.numel() else nothing(predictions)
