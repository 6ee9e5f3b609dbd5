"""The plain correlation loss of the VQA literature."""

from __future__ import annotations

from torch import Tensor

from ddsr_bench.train.losses.similarity import SMALLEST_SPREAD, correlation
from ddsr_bench.train.losses.vectors import nothing


def plcc(predictions: Tensor, labels: Tensor, smallest: float = SMALLEST_SPREAD) -> Tensor:
    """``(1 - r) / 2`` with Pearson's r: 0 for a rising line, 1 for a falling one; half the slope of ``similarity``.

    Arguments, guards and errors as :func:`~ddsr_bench.train.losses.similarity.similarity`: a batch of one or labels
    that do not differ give 0 with a gradient of 0.

    >>> import torch
    >>> plcc(torch.tensor([1.0, 2, 3]), torch.tensor([3.0, 2, 1])).item()
    1.0
    """
    r = correlation(predictions, labels, smallest)
    return nothing(predictions) if r is None else (1 - r) / 2
