"""The standardised negative similarity loss of RW-VSR-QA, in our reading of its name."""

from __future__ import annotations

from torch import Tensor

from ddsr_bench.train.losses.vectors import centred, checked, is_constant, nothing

#: Standard deviation of predictions below which their norm is taken for that of this spread.
SMALLEST_SPREAD = 1e-3


def correlation(predictions: Tensor, labels: Tensor, smallest: float = SMALLEST_SPREAD) -> Tensor | None:
    """Pearson's r of two vectors (N,) as a differentiable scalar in [-1, 1]; None where the labels do not differ.

    ``r = sum(p y) / (max(|p|, smallest sqrt(N)) |y|)`` of the centred ``p`` and ``y``. Where the predictions spread
    less than ``smallest`` r is drawn towards 0, so that its gradient stays below ``1 / (smallest sqrt(N))``.

    Raises:
        ValueError: as :func:`~ddsr_bench.train.losses.vectors.checked`.
    """
    p, y = checked(predictions, labels)
    if is_constant(y):
        return None
    p, y = centred(p), centred(y)
    # Brought near 1 first: squares of labels in tiny or huge units would vanish or overflow.
    y = y / y.abs().max()
    # Not torch.dot: autocast would compute it in half precision.
    square = (p * p).sum().clamp_min(p.numel() * smallest**2)
    return (p * y).sum() / (square.sqrt() * (y * y).sum().sqrt())


def similarity(predictions: Tensor, labels: Tensor, smallest: float = SMALLEST_SPREAD) -> Tensor:
    """Minus the cosine similarity of predictions and labels, both standardised over the batch.

    With ``z(x) = (x - mean(x)) / std(x)``: ``L = -cos(z(p), z(y)) = -r``, Pearson's correlation with its sign turned;
    -1 for predictions that are a rising line of the labels. The authors published the name, not the formula.

    Its gradient is ``dL/dp = -(y' - r p') / |p - mean(p)|`` with ``p'`` and ``y'`` centred and of length 1. It is
    orthogonal to the vector of ones and to ``p'``: a step changes neither the mean nor, to first order, the spread
    of the predictions, so offset and scale stay untrained and a mapping to MOS is fitted afterwards. Its length is
    ``sqrt(1 - r^2) / |p - mean(p)|``. L does not change when either vector is shifted or multiplied by a positive
    number, as long as the predictions spread by ``smallest``.

    Guards: a batch of one, or labels that do not differ, gives 0 with a gradient of 0; predictions that hardly differ
    are divided by a spread of ``smallest``, so that the gradient (towards the labels) is bounded.

    Args:
        predictions: (N,), any floating type; computed in float32, or float64 where it is that.
        labels: (N,); no gradient goes there.
        smallest: standard deviation, in units of the predictions.

    Returns:
        A scalar in [-1, 1].

    Raises:
        ValueError: other shapes.

    >>> import torch
    >>> round(similarity(torch.tensor([1.0, 2, 4]), torch.tensor([10.0, 20, 40])).item(), 6)
    -1.0
    """
    r = correlation(predictions, labels, smallest)
    return nothing(predictions) if r is None else -r
