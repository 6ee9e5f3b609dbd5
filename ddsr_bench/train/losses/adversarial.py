"""The two sides of a GAN (I. Goodfellow et al., NeurIPS 2014), on a discriminator's logits."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def generator_loss(made: Tensor) -> Tensor:
    """Mean of ``softplus(-logit)``, the non-saturating form: 0 where made pictures are surely taken for real."""
    return functional.softplus(-made.float()).mean()


def discriminator_losses(real: Tensor, made: Tensor) -> dict[str, Tensor]:
    """``real``: mean of ``softplus(-logit)`` of real pictures; ``made``: mean of ``softplus(logit)`` of made ones."""
    return {
        "real": functional.softplus(-real.float()).mean(),
        "made": functional.softplus(made.float()).mean(),
    }
