"""Guidance by a frozen RW-VSR-QA: its scores of SR and HR, and what its trunk sees in them."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from ddsr_bench.quality.rw_vsr_qa.network import Opinion, RwVsrQa

Form = Literal["difference", "raise"]


def quality(found: Opinion, wanted: Opinion, slope: float, form: Form) -> Tensor:
    """L_quality, in units of MOS.

    ``difference``: mean of ``|q(HR) - q(SR)|``, as the authors' figure has it: SR shall look as good as HR, no better.
    ``raise``: mean of ``-q(SR)``: as good as can be; a network can learn to please the measure, see the guard of
    :mod:`ddsr_bench.train.ddsr.task`.

    Gradients come through the network's learnt member and through those statistics that are smooth; histograms have
    none.

    Args:
        found, wanted: opinions on SR, and on HR (without gradients).
        slope: of the calibration from opinions to MOS.
        form: which.
    """
    if form == "raise":
        return -slope * found.frames.mean()
    return slope * (wanted.frames - found.frames).abs().mean()


def features(trunk: nn.Module, found: Tensor, wanted: Tensor) -> Tensor:
    """Mean absolute difference of what a frozen trunk sees, relative to the mean size of what it sees in HR.

    In place of VGG's features (J. Johnson et al., ECCV 2016), whose weights are another package's to give: this trunk
    was trained to see what breaks in super-resolved video.

    Args:
        trunk: of an :class:`~ddsr_bench.quality.rw_vsr_qa.network.RwVsrQa`.
        found, wanted: patches float (N, 1, P, 4, 64, 64) in 0..255.
    """
    seen, sharp = (trunk((one.flatten(0, 2) - 128) / 64) for one in (found, wanted.detach()))
    sharp = sharp.detach()
    return (seen - sharp).abs().mean() / sharp.abs().mean().clamp_min(1e-6)  # type: ignore[no-any-return]


def frozen(network: RwVsrQa) -> RwVsrQa:
    """The network in evaluation mode, none of whose weights is trained."""
    return network.eval().requires_grad_(False)
