"""DDSR-lite, ours: deblurs, denoises and super-resolves with little, most of it at half the LR size.

The idea is RealBasicVSR's (K. C. K. Chan et al., CVPR 2022): frames are cleaned first, then features travel through the
clip backwards and forwards. Here pixels are folded 2x2 into channels before anything else, so that a kernel reaches
twice as far for a quarter of the work, which long blur and large motion need more than fine positions. Features are not
moved along a flow, which a network of this size could not find; in its place frames come with the mean of their
neighbours along optical flow (:mod:`ddsr_bench.vsr.classical.aligned`), and cleaning begins with that.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.blocks.convs import ResidualBlock, ResidualTrunk, lrelu
from ddsr_bench.vsr.blocks.frames import stacked
from ddsr_bench.vsr.blocks.precision import at_least_float32
from ddsr_bench.vsr.blocks.upsample import base_image

_FOLD = 2
_FINE = 32  # channels at the LR size
_BESIDE = 4  # channels that tell of a mean of neighbours: what the frame differs by, and how much speaks for it


@dataclass(frozen=True)
class Carried:
    """What goes from a stretch of a clip to the next.

    Attributes:
        features: what is carried forwards, (N, C, H/2, W/2).
        seen: features and cleaned frames that are known already of the frames behind, in order.
    """

    features: Tensor
    seen: tuple[tuple[Tensor, Tensor], ...]


class DdsrLite(nn.Module):
    """RGB in 0..1; both sides of a frame must be even. With ``aligned``, C = 7 channels go in, else C = 3.

    Args:
        scale: 2 or 4.
        channels: at half the LR size.
        front, backward, forward: residual blocks of the three parts.
        temporal: False cuts what travels between frames, so that each stands alone.
        aligned: frames come with the mean of their neighbours, as :mod:`ddsr_bench.vsr.classical.aligned` puts it
            beside them.

    Attributes:
        sizes: these arguments but the scale, for who writes the weights down.
    """

    def __init__(
        self,
        scale: int = 4,
        channels: int = 40,
        front: int = 5,
        backward: int = 3,
        forward: int = 5,
        temporal: bool = True,
        aligned: bool = False,
    ) -> None:
        super().__init__()
        self.scale, self.channels, self.temporal, self.aligned = scale, channels, temporal, aligned
        self.sizes = {
            "channels": channels, "front": front, "backward": backward, "forward": forward, "temporal": temporal,
            "aligned": aligned,
        }  # fmt: skip
        self.front = ResidualTrunk(3 * _FOLD**2, channels, front)
        self.beside = nn.Conv2d(_BESIDE * _FOLD**2, channels, 3, 1, 1) if aligned else None
        self.clean = nn.Conv2d(channels, 3 * _FOLD**2, 3, 1, 1)
        self.backward_trunk = ResidualTrunk(2 * channels, channels, backward)
        self.forward_trunk = ResidualTrunk(3 * channels, channels, forward)
        self.unfold = nn.Conv2d(channels, _FINE * _FOLD**2, 3, 1, 1)
        self.picture = nn.Conv2d(_FINE, 3 * scale**2, 3, 1, 1)
        # Untrained, the network is bilinear enlargement and its blocks pass on what they get, so that one that grows
        # out of a shallower one begins where that one ended.
        for layer in (self.clean, self.picture, self.beside, *_ends(self)):
            if layer is not None:
                nn.init.zeros_(layer.weight)
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(self, frames: Tensor) -> Tensor:
        """(N, T, C, H, W) -> (N, T, 3, sH, sW): the whole clip as one stretch."""
        return stacked(self.stretch(frames, frames.shape[1], None), frames.shape[1])

    def restore(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """As :meth:`forward`, and the cleaned LR frames (N, T, 3, H, W) that it rests on; for training."""
        seen = self._all_seen(frames)
        out = torch.stack([one for one, _ in self._outputs(seen, None, len(seen))], 1)
        return out, torch.stack([cleaned for _, cleaned in seen], 1)

    def stretch(self, frames: Tensor, keep: int, state: Carried | None) -> Generator[Tensor, None, Carried]:
        """The first ``keep`` outputs of a stretch of a clip; the frames behind those are for the way back only.

        Args:
            frames: (N, T, C, H, W), from the first that has no output yet.
            keep: how many outputs to make, 1 to T.
            state: what the stretch before returned, None at the start of a clip.

        Yields:
            (N, 3, sH, sW) each.

        Returns:
            What the stretch that begins with frame ``keep`` needs.
        """
        known = [] if state is None else list(state.seen)[: frames.shape[1]]
        seen = known + [self._see(frame) for frame in frames.unbind(1)[len(known) :]]
        carried = None if state is None else state.features
        for out, features in self._outputs(seen, carried, keep):
            carried = features
            yield out
        assert carried is not None
        return Carried(carried, tuple(seen[keep:]))

    def _all_seen(self, frames: Tensor) -> list[tuple[Tensor, Tensor]]:
        features, cleaned = self._see(frames.flatten(0, 1))
        count = frames.shape[:2]
        return list(zip(features.unflatten(0, count).unbind(1), cleaned.unflatten(0, count).unbind(1), strict=True))

    def _see(self, frame: Tensor) -> tuple[Tensor, Tensor]:
        """Features (N, C, H/2, W/2) and cleaned frame (N, 3, H, W) of a frame."""
        begin, rest = self.front.main[0], self.front.main[1:]
        if self.beside is None:
            base = frame
            features = begin(functional.pixel_unshuffle(base, _FOLD))
        else:
            own, base, support = frame.split((3, 3, 1), 1)
            told = torch.cat((own - base, support), 1)
            features = begin(functional.pixel_unshuffle(base, _FOLD))
            features = features + self.beside(functional.pixel_unshuffle(told, _FOLD))
        features = rest(features)
        change = functional.pixel_shuffle(self.clean(features), _FOLD)
        return features, at_least_float32(base) + change

    def _outputs(
        self, seen: list[tuple[Tensor, Tensor]], carried: Tensor | None, keep: int
    ) -> Iterable[tuple[Tensor, Tensor]]:
        """Output and forward features of each of the first ``keep`` frames."""
        behind = self._way_back([features for features, _ in seen], keep)
        for features, cleaned in seen[:keep]:
            before = carried if carried is not None and self.temporal else torch.zeros_like(features)
            carried = self.forward_trunk(torch.cat((features, behind.pop(), before), 1))
            yield self._picture(carried, cleaned), carried

    def _way_back(self, features: list[Tensor], keep: int) -> list[Tensor]:
        """What is carried backwards to each of the first ``keep`` frames, the last of them first."""
        carried = torch.zeros_like(features[0])
        behind = []
        for t in reversed(range(len(features))):
            carried = self.backward_trunk(torch.cat((features[t], carried), 1))
            if t < keep:
                behind.append(carried)
            if not self.temporal:
                carried = torch.zeros_like(carried)
        return behind

    def _picture(self, features: Tensor, cleaned: Tensor) -> Tensor:
        fine = lrelu(functional.pixel_shuffle(self.unfold(features), _FOLD))
        return base_image(cleaned, self.scale) + functional.pixel_shuffle(self.picture(fine), self.scale)


def _ends(network: nn.Module) -> Iterable[nn.Conv2d]:
    """The last convolution of each residual block."""
    return (block.conv2 for block in network.modules() if isinstance(block, ResidualBlock))
