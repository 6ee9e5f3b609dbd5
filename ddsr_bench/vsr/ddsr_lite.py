"""How DDSR-lite and its twins are built and driven."""

from __future__ import annotations

from typing import Any

from ddsr_bench.vsr.network import Network

# Measured with the shipped weights: what lies further ahead changes no pixel by more than half a grey level.
_OVERLAP = 8


def build(scale: int) -> Any:
    """The network, with random weights."""
    from ddsr_bench.vsr.archs.ddsr_lite import DdsrLite

    return DdsrLite(scale)


def network() -> Network:
    """DDSR-lite for the runner."""
    return Network(build=build, drive="bidirectional", multiple=2, overlap=_OVERLAP)
