"""RealBasicVSR: K. C. K. Chan et al., "Investigating tradeoffs in real-world video super-resolution", CVPR 2022
(doi:10.1109/CVPR52688.2022.00587). Parameter names of MMagic.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ddsr_bench.vsr.archs.basicvsr import BasicVSR, Carried
from ddsr_bench.vsr.blocks.convs import ResidualTrunk
from ddsr_bench.vsr.blocks.frames import stacked

_PASSES = 3


@dataclass(frozen=True)
class CleanCarried:
    """What goes from a stretch of a clip to the next: BasicVSR's, and the frames behind it that are clean already."""

    carried: Carried
    cleaned: Tensor


class RealBasicVSR(nn.Module):
    """Frames are cleaned, up to three times, then given to BasicVSR.

    After each pass the mean absolute change decides whether there is another: officially that of the whole clip,
    which makes a frame's result depend on frames far away; with ``per_frame`` that of each frame by itself.

    Args:
        mid_channels: of the features.
        num_propagation_blocks: residual blocks of BasicVSR in each direction.
        num_cleaning_blocks: of the cleaning.
        dynamic_refine_thres: cleaning goes on while the change is at least this many levels of 255.
        per_frame: let each frame decide.
        is_sequential_cleaning: how the official code goes through the frames; no output depends on it.
    """

    def __init__(
        self,
        mid_channels: int = 64,
        num_propagation_blocks: int = 20,
        num_cleaning_blocks: int = 20,
        dynamic_refine_thres: float = 255,
        per_frame: bool = False,
        is_sequential_cleaning: bool = False,
    ) -> None:
        super().__init__()
        del is_sequential_cleaning
        self.threshold = dynamic_refine_thres / 255
        self.per_frame = per_frame
        self.image_cleaning = nn.Sequential(
            ResidualTrunk(3, mid_channels, num_cleaning_blocks), nn.Conv2d(mid_channels, 3, 3, 1, 1)
        )
        self.basicvsr = BasicVSR(mid_channels, num_propagation_blocks)

    def forward(self, frames: Tensor) -> Tensor:
        """(N, T, 3, H, W) in 0..1 -> (N, T, 3, 4H, 4W)."""
        out: Tensor = self.basicvsr(self.clean(frames))
        return out

    def stretch(self, frames: Tensor, keep: int, state: CleanCarried | None) -> Generator[Tensor, None, CleanCarried]:
        """As BasicVSR's; where each frame decides for itself, none is cleaned twice."""
        known = state.cleaned[:, : frames.shape[1]] if state is not None and self.per_frame else frames[:, :0]
        new = frames[:, known.shape[1] :]
        cleaned = torch.cat((known, self.clean(new)), 1) if new.shape[1] else known
        carried = yield from self.basicvsr.stretch(cleaned, keep, None if state is None else state.carried)
        return CleanCarried(carried, cleaned[:, keep:])

    def clean(self, frames: Tensor) -> Tensor:
        """(N, T, 3, H, W) -> the same shape, without noise and artefacts."""
        if self.per_frame:
            return stacked(self._each_cleaned(frames), frames.shape[1])
        for _ in range(_PASSES):
            changes = stacked((self.image_cleaning(frames[:, t]) for t in range(frames.shape[1])), frames.shape[1])
            frames = frames + changes
            if changes.abs().mean() < self.threshold:
                break
        return frames

    def _each_cleaned(self, frames: Tensor) -> Iterator[Tensor]:
        for t in range(frames.shape[1]):
            frame = frames[:, t]
            going = frame.new_ones((len(frame), 1, 1, 1))
            for _ in range(_PASSES):
                change = self.image_cleaning(frame) * going
                frame = frame + change
                going = going * (change.abs().mean((1, 2, 3), keepdim=True) >= self.threshold)
                if not going.any():
                    break
            yield frame
