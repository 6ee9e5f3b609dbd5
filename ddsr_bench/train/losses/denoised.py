"""L_scu: SR and HR are compared after a frozen denoiser, so that noise is no detail worth making."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional

from ddsr_bench.train.losses.charbonnier import charbonnier

Denoiser = Callable[[Tensor], Tensor]
_RADIUS, _FLAT = 4, 4e-3


def denoised(found: Tensor, wanted: Tensor, denoiser: Denoiser) -> Tensor:
    """Charbonnier loss of ``denoiser(found)`` and ``denoiser(wanted)``, both (N, 3, H, W) in 0..1.

    The authors' figure compares them by PSNR, whose gradient is the squared error's over the squared error: it has no
    bound near zero, so the usual robust loss stands in its place.
    """
    return charbonnier(denoiser(found), denoiser(wanted).detach())


def guided(picture: Tensor, radius: int = _RADIUS, flat: float = _FLAT) -> Tensor:
    """K. He et al., "Guided image filtering", ECCV 2010, with the picture as its own guide; a denoiser without weights.

    Over windows of ``2 radius + 1``: ``a = var / (var + flat)``, ``b = (1 - a) mean``; the output is ``mean(a) x +
    mean(b)``. What varies less than ``sqrt(flat)`` (16 grey levels) is smoothed, what varies more stays.

    Args:
        picture: (N, 3, H, W) in 0..1.
        radius: of the windows, in pixels.
        flat: variance below which a place counts as flat.
    """

    def mean(x: Tensor) -> Tensor:
        side = 2 * radius + 1
        return functional.avg_pool2d(x, side, 1, radius, count_include_pad=False)

    picture = picture.float()
    middle = mean(picture)
    variance = (mean(picture * picture) - middle * middle).clamp_min(0)
    kept = variance / (variance + flat)
    return mean(kept) * picture + mean((1 - kept) * middle)
