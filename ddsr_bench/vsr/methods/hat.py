"""Real-HAT-GAN, x4."""

from __future__ import annotations

from typing import Any

from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method


def _build(scale: int) -> Any:
    from ddsr_bench.vsr.archs.hat import HAT

    return HAT().eval()


# The official test script mirrors frames out to multiples of 16 and takes a margin of 32 around tiles.
NETWORK = Network(build=_build, drive="frame", multiple=16, halo=32)
METHOD = network_method("hat", NETWORK, scales=(4,), smallest=(16, 16))
