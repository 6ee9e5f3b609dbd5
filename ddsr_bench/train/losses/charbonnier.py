"""Charbonnier loss: P. Charbonnier et al., "Two deterministic half-quadratic regularization algorithms for computed
imaging", ICIP 1994; used for super-resolution since W.-S. Lai et al. (LapSRN), CVPR 2017.
"""

from __future__ import annotations

import torch
from torch import Tensor

_EPSILON = 1e-3  # of values in 0..1: a quarter of a grey level


def charbonnier(found: Tensor, wanted: Tensor) -> Tensor:
    """Mean of ``sqrt(d^2 + eps^2) - eps``, d = found - wanted, eps = .001: |d| with a smooth foot.

    Args:
        found, wanted: equal shapes, values in 0..1.

    Returns:
        A scalar; 0 for equal ones. Its gradient is ``d / sqrt(d^2 + eps^2) / n``, in -1/n..1/n.
    """
    return (torch.sqrt((found - wanted) ** 2 + _EPSILON**2) - _EPSILON).mean()
