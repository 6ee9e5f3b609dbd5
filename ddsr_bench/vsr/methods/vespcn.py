"""VESPCN (x4), the model in EGVSR's repository: the frame and the one behind it."""

from __future__ import annotations

from typing import Any

from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method


def _build(scale: int) -> Any:
    from ddsr_bench.vsr.archs.vespcn import VESPCN

    return VESPCN().eval()


# Where it samples warped frames depends on the place within the frame, so tiles are not the same as frames.
NETWORK = Network(build=_build, drive="window", window=3)
METHOD = network_method("vespcn", NETWORK, scales=(4,), smallest=(8, 8))
