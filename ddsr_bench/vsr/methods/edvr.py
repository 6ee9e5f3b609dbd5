"""EDVR-M (x4), the model of REDS: five frames for each one."""

from __future__ import annotations

from typing import Any

from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method


def _build(scale: int) -> Any:
    from ddsr_bench.vsr.archs.edvr import EDVR

    del scale
    return EDVR().eval()


# With drawn weights the inside of a tile is exact to rounding from 48 pixels on; trained offsets may reach further.
NETWORK = Network(
    build=_build,
    drive="window",
    window=5,
    multiple=4,
    halo=64,
    edges="circle",
)
METHOD = network_method("edvr", NETWORK, scales=(4,), smallest=(4, 4))
