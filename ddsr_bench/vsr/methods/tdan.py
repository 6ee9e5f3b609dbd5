"""TDAN (x4), by default the model of Vimeo-90K with BI degradation: five frames for each one."""

from __future__ import annotations

from typing import Any

from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method


def _build(scale: int) -> Any:
    from ddsr_bench.vsr.archs.tdan import TDAN

    del scale
    return TDAN().eval()


# With drawn weights the inside of a tile is exact to rounding from 32 pixels on; trained offsets may reach further.
NETWORK = Network(build=_build, drive="window", window=5, halo=64, mean=(0.5, 0.5, 0.5))
METHOD = network_method("tdan", NETWORK, scales=(4,))
