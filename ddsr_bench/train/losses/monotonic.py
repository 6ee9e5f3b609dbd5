"""The monotonic rank loss: predictions in the order of the labels, whatever the videos show."""

from __future__ import annotations

from torch import Tensor

from ddsr_bench.train.losses.pairs import pair_hinge


def monotonic(predictions: Tensor, labels: Tensor, margin: float = 0.0, gap: float = 0.0) -> Tensor:
    """Mean of ``max(0, margin - (p_i - p_j))`` over all pairs of the batch with ``y_i - y_j > gap``.

    With a margin of 0 it is 0 for equal predictions too, so it orders but does not spread: use it beside a loss that
    does, or give a margin. Arguments, guards and errors as :func:`~ddsr_bench.train.losses.pairs.pair_hinge`.
    Source of the form: Wu et al., "FAST-VQA", ECCV 2022 (there divided by its largest term).

    >>> import torch
    >>> monotonic(torch.tensor([1.0, 3.0]), torch.tensor([5.0, 4.0])).item()
    2.0
    """
    return pair_hinge(predictions, labels, margin, gap)
