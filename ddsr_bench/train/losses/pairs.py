"""The hinge on ordered pairs, which the rank losses share."""

from __future__ import annotations

import torch
from torch import Tensor

from ddsr_bench.train.losses.vectors import checked, nothing


def pair_hinge(
    predictions: Tensor, labels: Tensor, margin: float = 0.0, gap: float = 0.0, allowed: Tensor | None = None
) -> Tensor:
    """Mean over the ordered pairs (i, j) with ``y_i - y_j > gap`` of ``max(0, margin - (p_i - p_j))``.

    Its gradient is -1/pairs for p_i and +1/pairs for p_j of each pair in the wrong order or nearer than the margin;
    at the hinge itself it is 0. Without any pair: 0 with a gradient of 0.

    Args:
        predictions, labels: (N,).
        margin: how far apart, in units of the predictions.
        gap: labels nearer than this, or as near, make no pair.
        allowed: bool (N, N), which pairs count; None for all.

    Raises:
        ValueError: other shapes, or a negative margin or gap.
    """
    if margin < 0 or gap < 0:
        raise ValueError(f"margin {margin:g} and gap {gap:g}; give 0 or more")
    p, y = checked(predictions, labels)
    above = y[:, None] - y[None, :] > gap
    if allowed is not None:
        above = above & allowed
    first, second = torch.nonzero(above, as_tuple=True)
    if not first.numel():
        return nothing(predictions)
    return torch.relu(margin - (p[first] - p[second])).mean()
