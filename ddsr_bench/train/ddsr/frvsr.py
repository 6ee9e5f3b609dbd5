"""The generator that the authors' figure shows, TecoGAN's (FRVSR), as a recipe wants it."""

from __future__ import annotations

from torch import Tensor

from ddsr_bench.vsr.archs.tecogan import FRNet


class Frvsr(FRNet):
    """FRVSR; its weights are those of method ``tecogan``, which runs them (``--weights``)."""

    def restore(self, frames: Tensor) -> tuple[Tensor, None]:
        """SR frames, and no cleaned ones, for it has no such front."""
        return self(frames), None
