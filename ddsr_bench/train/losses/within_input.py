"""The within-input rank loss: what was made of one LR clip, in its order."""

from __future__ import annotations

from torch import Tensor

from ddsr_bench.train.losses.pairs import pair_hinge


def within_input(predictions: Tensor, labels: Tensor, groups: Tensor, margin: float = 0.0, gap: float = 0.0) -> Tensor:
    """Mean of ``max(0, margin - (p_i - p_j))`` over pairs of one group with ``y_i - y_j > gap``.

    Content is the same within a group, so nothing but the method (or a ladder's step) can tell its members apart.
    Labels need to be comparable within a group alone: the places on a ladder will do.

    Args:
        predictions, labels: (N,).
        groups: integers (N,); videos of one LR clip, or of one ladder, have one number.
        margin, gap: as :func:`~ddsr_bench.train.losses.pairs.pair_hinge`, with its guards.

    Raises:
        ValueError: other shapes, or a negative margin or gap.

    >>> import torch
    >>> p, y = torch.tensor([1.0, 2.0, 9.0]), torch.tensor([3.0, 2.0, 1.0])
    >>> within_input(p, y, torch.tensor([0, 0, 1])).item()
    1.0
    """
    if groups.shape != predictions.shape:
        shapes = f"{tuple(groups.shape)} for predictions of {tuple(predictions.shape)}"
        raise ValueError(f"groups of shape {shapes}; give a number for each")
    return pair_hinge(predictions, labels, margin, gap, groups[:, None] == groups[None, :])
