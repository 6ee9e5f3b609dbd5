"""Norm-in-norm: the distance of normalised predictions and labels."""

from __future__ import annotations

import math

from torch import Tensor

from ddsr_bench.train.losses.similarity import SMALLEST_SPREAD
from ddsr_bench.train.losses.vectors import centred, checked, is_constant, nothing


def norm_in_norm(
    predictions: Tensor, labels: Tensor, p: float = 1.0, q: float = 2.0, smallest: float = SMALLEST_SPREAD
) -> Tensor:
    """``(|p' - y'|_p / c)^p``, where ``x' = (x - mean(x)) / |x - mean(x)|_q`` and ``c = 2 N^max(0, 1/p - 1/q)``.

    c is the largest that the distance can be, so the loss is in [0, 1]. With p = q = 2 it is ``(1 - r) / 2``, as
    :func:`~ddsr_bench.train.losses.plcc.plcc`; p = 1 weighs outliers less. Source: Li, Jiang and Jiang,
    "Norm-in-Norm Loss with Faster Convergence and Better Performance for Image Quality Assessment", ACM MM 2020.

    Args:
        predictions, labels: (N,).
        p: order of the norm of the distance, 1 or more.
        q: order of the norm that normalises, 1 or more.
        smallest: predictions that spread less are divided by the norm that this spread has.

    Returns:
        A scalar; 0 with a gradient of 0 for a batch of one, or labels that do not differ.

    Raises:
        ValueError: other shapes, or an order below 1.
    """
    if p < 1 or q < 1:
        raise ValueError(f"norms of orders {p:g} and {q:g}; give 1 or more")
    x, y = checked(predictions, labels)
    if is_constant(y):
        return nothing(predictions)
    count = x.numel()
    x, y = centred(x), centred(y)
    y = y / y.abs().max()
    x = x / _norm(x, q).clamp_min(smallest * count ** (1 / q))
    y = y / _norm(y, q)
    largest = 2.0 * count ** max(0.0, 1 / p - 1 / q)
    distance: Tensor = (x - y).abs().pow(p).sum()
    return distance / math.pow(largest, p)


def _norm(x: Tensor, order: float) -> Tensor:
    """The norm of a vector (N,); its gradient is 0, not NaN, at the vector of zeros."""
    largest = x.detach().abs().max().clamp_min(1e-30)
    total = (x / largest).abs().pow(order).sum()
    return largest * total.clamp_min(1e-12).pow(1 / order)
