"""Real-ESRGAN x4plus."""

from __future__ import annotations

from typing import Any

from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method


def _build(scale: int) -> Any:
    from ddsr_bench.vsr.archs.rrdb import RRDBNet

    return RRDBNet().eval()


# A tile's inside depends on far more than this, but so little that no pixel changes by half a grey level.
NETWORK = Network(build=_build, drive="frame", halo=32)
METHOD = network_method("real-esrgan", NETWORK, scales=(4,))
