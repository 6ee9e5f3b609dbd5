"""What networks share that go through a clip backwards and forwards, one stretch after the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import Generic, TypeVar

from torch import Tensor

from ddsr_bench.vsr.blocks.frames import stacked
from ddsr_bench.vsr.blocks.upsample import Enlarging

State = TypeVar("State")


class Stretching(Enlarging, ABC, Generic[State]):
    """BasicVSR and its kin: what goes forwards is carried on from a stretch to the next.

    Attributes:
        channels: of the features.
    """

    channels: int

    def forward(self, frames: Tensor) -> Tensor:
        """(N, T, 3, H, W) in 0..1 -> (N, T, 3, 4H, 4W): the whole clip as one stretch."""
        return stacked(self.stretch(frames, frames.shape[1], None), frames.shape[1])

    @abstractmethod
    def stretch(self, frames: Tensor, keep: int, state: State | None) -> Generator[Tensor, None, State]:
        """The first ``keep`` outputs of a stretch of a clip; the frames behind those are for the ways back only.

        Args:
            frames: (N, T, 3, H, W), from the first that has no output yet.
            keep: how many outputs to make, 1 to T.
            state: what the stretch before returned, None at the start of a clip.

        Yields:
            (N, 3, 4H, 4W) each.

        Returns:
            What the stretch that begins with frame ``keep`` needs.
        """

    def nothing(self, frames: Tensor) -> Tensor:
        """What is carried to the first frame, zeros (N, C, H, W)."""
        count, _, _, height, width = frames.shape
        return frames.new_zeros((count, self.channels, height, width))
