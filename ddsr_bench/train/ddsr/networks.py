"""The generators that a recipe may train."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor, nn

from ddsr_bench.errors import DdsrError
from ddsr_bench.train.ddsr.config import NetworkConfig


class Restorer(Protocol):
    """What a recipe wants of a generator."""

    def restore(self, frames: Tensor) -> tuple[Tensor, Tensor | None]:
        """(N, T, C, H, W) -> SR (N, T, 3, sH, sW), and cleaned LR frames (N, T, 3, H, W) or None."""
        ...


def build_network(config: NetworkConfig, scale: int) -> nn.Module:
    """A generator, which is a :class:`Restorer`, with random weights.

    Raises:
        DdsrError: a kind that cannot do without its neighbours is asked to.
    """
    sizes = {} if config.channels is None else {"channels": config.channels}
    if config.kind == "lite":
        from ddsr_bench.vsr.archs.ddsr_lite import DdsrLite

        return DdsrLite(scale, temporal=config.temporal, aligned=config.aligned, **sizes)
    if config.aligned:
        raise DdsrError(f"network.aligned: a network of kind {config.kind!r} finds motion itself; use kind 'lite'")
    if not config.temporal:
        raise DdsrError(f"network.temporal: a network of kind {config.kind!r} is always temporal; use kind 'lite'")
    if config.kind == "full":
        from ddsr_bench.vsr.archs.ddsr import Ddsr

        return Ddsr(scale, **sizes)
    from ddsr_bench.train.ddsr.frvsr import Frvsr

    return Frvsr(config.channels or 64, scale=scale)
