"""SwinIR, medium, for real-world x4."""

from __future__ import annotations

from typing import Any

from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method


def _build(scale: int) -> Any:
    from ddsr_bench.vsr.archs.swinir import SwinIR

    return SwinIR().eval()


# Windows of 8 that shift by 4 in 18 of 36 blocks; a halo of several windows keeps what reaches across them small.
NETWORK = Network(build=_build, drive="frame", multiple=8, halo=32)
METHOD = network_method("swinir", NETWORK, scales=(4,), smallest=(8, 8))
