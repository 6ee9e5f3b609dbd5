"""Test-time adaptation: a few steps on a copy's normalisation, from a batch of videos without labels.

In intent that of the group's follow-up, "Real-World Video Quality Assessment via Test-Time Adaptation ..." (IEEE TAI
2025): a term that draws the batch's best and worst apart, and one that says that a denoised or deblurred view is no
worse. Theirs is on another network, and the formulas here are our reading. What moves is weight and bias of each batch
norm; its statistics stay those of training, so that a video's score depends on its batch through these steps alone.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.one_torch_thread import one_torch_thread
from ddsr_bench.quality.rw_vsr_qa.views import improved

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ddsr_bench.quality.rw_vsr_qa.network import RwVsrQa

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Adaptation:
    """How a network is adapted.

    Attributes:
        steps: of gradient descent on one batch.
        learning_rate: of Adam.
        contrast: weight of the group-contrastive term; 0 leaves it out.
        rank: weight of the quality-aware rank term; 0 leaves it out.
        margin: between the best and the worst of a batch, in the network's own unit.
        extremes: how many are the best, and how many the worst; half of a smaller batch.
    """

    steps: int = 3
    learning_rate: float = 1e-3
    contrast: float = 0.4
    rank: float = 1.0
    margin: float = 1.0
    extremes: int = 3


@dataclass(frozen=True)
class Patches:
    """Some key frames of a video.

    Attributes:
        patches: uint8 (K, P, 4, 64, 64), those at native resolution first.
        native: how many of the P are.
        motion: float (K,), pixels into each key frame; None where it is not known.
    """

    patches: Bytes
    native: int
    motion: NDArray[np.float64] | None = None


def adapt(network: RwVsrQa, videos: Sequence[Patches], settings: Adaptation | None = None) -> RwVsrQa:
    """A copy of a network, adapted to a batch of videos; the network itself is left as it is.

    The memory it takes is that of one video, whatever the batch: what the terms ask of each score is known before any
    video's gradient is computed.

    Args:
        network: in evaluation mode, and so is the copy.
        videos: of the batch; one alone has a rank term only.
        settings: None takes the published ones, as far as they are.
    """
    import torch

    settings = settings or Adaptation()
    adapted = copy.deepcopy(network).eval().requires_grad_(False)
    moving = normalisation(adapted)
    for parameter in moving:
        parameter.requires_grad_(True)
    optimiser = torch.optim.Adam(moving, settings.learning_rate)
    views = [_view(one) if settings.rank else None for one in videos]
    with torch.enable_grad(), one_torch_thread():
        for _ in range(settings.steps):
            optimiser.zero_grad()
            _backward(adapted, videos, views, settings)
            optimiser.step()
    return adapted.requires_grad_(False)


def normalisation(network: nn.Module) -> list[nn.Parameter]:
    """Weights and biases of a network's batch norms."""
    from torch.nn import BatchNorm2d

    norms = [module for module in network.modules() if isinstance(module, BatchNorm2d)]
    return [parameter for norm in norms for parameter in norm.parameters(recurse=False)]


def group_contrast(scores: Tensor, margin: float = 1.0, extremes: int = 3) -> Tensor:
    """Mean of ``max(0, margin - (p_i - p_j))`` over the best i and the worst j of a batch; 0 for fewer than two.

    Args:
        scores: (n,).
        margin: in units of the scores.
        extremes: how many are the best, and how many the worst; n // 2 at most.
    """
    import torch

    count = min(extremes, len(scores) // 2)
    if not count:
        return scores.sum() * 0
    order = torch.argsort(scores.detach(), stable=True)
    worst, best = scores[order[:count]], scores[order[-count:]]
    return torch.relu(margin - (best[:, None] - worst[None, :])).mean()


def view_rank(scores: Tensor, views: Tensor, seen: Tensor) -> Tensor:
    """Mean of ``max(0, p_i - v_i)`` over the videos that have a view; 0 without any.

    Args:
        scores, views: (n,), of the videos and of their views.
        seen: bool (n,), which have one.
    """
    import torch

    if not bool(seen.any()):
        return (scores.sum() + views.sum()) * 0
    return torch.relu(scores[seen] - views[seen]).mean()


def _view(video: Patches) -> Patches | None:
    patches = improved(video.patches)
    return None if patches is None else Patches(patches, video.native, video.motion)


def _backward(
    network: RwVsrQa, videos: Sequence[Patches], views: Sequence[Patches | None], settings: Adaptation
) -> None:
    """Add the gradient of both terms to that of the parameters, a video at a time."""
    import torch

    with torch.no_grad():
        scores = torch.stack([_score(network, one) for one in videos])
        seconds = torch.stack([torch.zeros_like(scores[0]) if one is None else _score(network, one) for one in views])
    scores.requires_grad_(True)
    seconds.requires_grad_(True)
    seen = torch.tensor([one is not None for one in views], device=scores.device)
    contrast = group_contrast(scores, settings.margin, settings.extremes)
    loss = settings.contrast * contrast + settings.rank * view_rank(scores, seconds, seen)
    slopes = torch.autograd.grad(loss, [scores, seconds])
    for group, of_group in zip((videos, views), slopes, strict=True):
        for one, slope in zip(group, of_group, strict=True):
            if one is not None and float(slope):
                _score(network, one).backward(slope)  # type: ignore[no-untyped-call]


def _score(network: RwVsrQa, video: Patches) -> Tensor:
    """The mean over key frames, without a dimension."""
    import torch

    device = next(network.parameters()).device
    patches = torch.from_numpy(np.ascontiguousarray(video.patches))[None].to(device)
    motion = None if video.motion is None else torch.from_numpy(video.motion)[None].to(device)
    return network(patches, video.native, motion).frames.mean()  # type: ignore[no-any-return]
