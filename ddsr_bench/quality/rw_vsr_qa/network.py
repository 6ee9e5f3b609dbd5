"""The network of ``rw-vsr-qa``: a small convolutional trunk for all patches beside regressions on statistics.

Ours. Several members look at each key frame, and the score is a fixed mixture of what they say. What is learnt from
pixels tells methods on one input apart; what is measured (:mod:`.network_statistics`) and judged by a regression
(:mod:`.network_regressions`: perceptrons, or support vectors with a Gaussian kernel) carries over better from content
to content.

The trunk begins by folding 2x2 pixels into channels, so that nothing of the finest detail is lost and most work
is done at half size. Each patch gives an opinion and a weight, as in S. Bosse et al., "Deep Neural Networks for
No-Reference and Full-Reference Image Quality Assessment", IEEE TIP 2018; to the weighed mean comes what the mean and
the spread of the features over the frame say, which a mean of opinions cannot see.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.quality.rw_vsr_qa.fragments import CHANNELS
from ddsr_bench.quality.rw_vsr_qa.network_regressions import Kernels, Perceptrons
from ddsr_bench.quality.rw_vsr_qa.network_statistics import STATISTICS, statistics


@dataclass(frozen=True)
class Shape:
    """Sizes of the network.

    Attributes:
        width: channels of the first stage; the others have 1.5, 3 and 4 times as many.
        features: numbers that a patch comes down to.
        kernels: clips that the kernel regression compares with; 0 where there is none (yet).
        perceptrons: how many; 0 where there are none (yet).
        hidden: units of their first layer.
        motion: whether these members know motion, too.
    """

    width: int = 32
    features: int = 128
    kernels: int = 0
    perceptrons: int = 0
    hidden: int = 64
    motion: bool = False


@dataclass(frozen=True)
class Opinion:
    """What the network says of key frames.

    Attributes:
        frames: float (N, K), quality of each key frame, higher is better, in no unit until calibrated.
        patches: float (N, K, P), the patches' opinions.
        weights: float (N, K, P), positive; they sum to 1 over P.
        learnt: float (N, K), what the convolutional member says.
        measured: float (N, K), what the regressions say, each by its share; None without one.
        statistics: float (N, K, 205), what that is from, and as the 206th the pace where they know motion; None
            without one.
    """

    frames: Tensor
    patches: Tensor
    weights: Tensor
    learnt: Tensor
    measured: Tensor | None = None
    statistics: Tensor | None = None


class Convolution(nn.Module):
    """3x3 convolution, batch norm, ReLU; with ``residual``, added to what came in."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, residual: bool = False) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, outputs, h / stride, w / stride)."""
        y = self.norm(self.convolution(x))
        return functional.relu(x + y if self.residual else y)


class Trunk(nn.Sequential):
    """Patches to maps: (n, 4, 64, 64) -> (n, 4 width, 4, 4)."""

    def __init__(self, width: int) -> None:
        w1, w2, w3, w4 = width, 3 * width // 2, 3 * width, 4 * width
        super().__init__(
            nn.PixelUnshuffle(2),
            Convolution(4 * CHANNELS, w1),
            Convolution(w1, w2, 2),
            Convolution(w2, w2, residual=True),
            Convolution(w2, w3, 2),
            Convolution(w3, w3, residual=True),
            Convolution(w3, w4, 2),
        )


def pace(motion: Tensor) -> Tensor:
    """What motion is compared by: the logarithm of pixels a frame, a tenth of a pixel being none."""
    return torch.log(motion + 0.1)


class RwVsrQa(nn.Module):
    """Opinions on key frames from their patches.

    Args:
        shape: sizes.
    """

    def __init__(self, shape: Shape | None = None) -> None:
        super().__init__()
        self.shape = shape = shape or Shape()
        inside = 2 * 4 * shape.width
        self.trunk = Trunk(shape.width)
        # What a feature means depends on the scale that it was seen at.
        self.native_head, self.half_head = (nn.Linear(inside, shape.features) for _ in range(2))
        self.opinion = nn.Sequential(nn.Linear(shape.features, 64), nn.ReLU(), nn.Linear(64, 1))
        self.weight = nn.Linear(shape.features, 1)
        self.spread = nn.Sequential(nn.Linear(4 * shape.features, 64), nn.ReLU(), nn.Linear(64, 1))
        columns = STATISTICS + shape.motion
        self.kernels = Kernels(shape.kernels, columns) if shape.kernels else None
        self.perceptrons = Perceptrons(shape.perceptrons, columns, shape.hidden) if shape.perceptrons else None

    def regressions(self) -> list[Kernels | Perceptrons]:
        """Those that there are."""
        return [one for one in (self.kernels, self.perceptrons) if one is not None]

    def forward(self, patches: Tensor, native: int, motion: Tensor | None = None) -> Opinion:
        """Judge key frames.

        Args:
            patches: uint8 (N, K, P, 4, 64, 64), or float of the same values.
            native: how many of the P, the first ones, are at native resolution.
            motion: (N, K), pixels into each key frame; where it is not known, None takes what is usual in training.
        """
        count, keys, places = patches.shape[:3]
        given = patches.to(self.weight.weight.dtype)
        maps = self.trunk((given.flatten(0, 2) - 128) / 64)
        deviation = (maps.var((2, 3), unbiased=False) + 1e-6).sqrt()
        pooled = torch.cat([maps.mean((2, 3)), deviation], 1).unflatten(0, (count * keys, places))
        features = functional.relu(
            torch.cat([self.native_head(pooled[:, :native]), self.half_head(pooled[:, native:])], 1)
        )
        opinions = self.opinion(features).squeeze(2)
        weights = functional.softplus(self.weight(features).squeeze(2)) + 1e-4
        weights = weights / weights.sum(1, keepdim=True)
        learnt = (weights * opinions).sum(1) + self.spread(self._moments(features, native)).squeeze(1)
        shape = (count, keys)
        measured = found = None
        mixed = learnt
        if known := self.regressions():
            found = statistics(given.flatten(0, 1), native)
            if self.shape.motion:
                usual = known[0].mean[-1].expand(count * keys)
                found = torch.cat([found, (usual if motion is None else pace(motion.flatten().to(found)))[:, None]], 1)
            shares = torch.stack([one.share for one in known])
            parts = shares / shares.sum().clamp_min(1e-9)
            measured = parts[:, None].mul(torch.stack([one(found) for one in known])).sum(0)
            mixed = learnt + shares.sum() * (measured - learnt)
            measured, found = measured.unflatten(0, shape), found.unflatten(0, shape)
        return Opinion(
            frames=mixed.unflatten(0, shape),
            patches=opinions.unflatten(0, shape),
            weights=weights.unflatten(0, shape),
            learnt=learnt.unflatten(0, shape),
            measured=measured,
            statistics=found,
        )

    @staticmethod
    def _moments(features: Tensor, native: int) -> Tensor:
        """(n, P, f) -> (n, 4 f): mean and deviation over the patches of each scale."""
        parts = []
        for part in (features[:, :native], features[:, native:]):
            parts += [part.mean(1), (part.var(1, unbiased=False) + 1e-6).sqrt()]
        return torch.cat(parts, 1)
