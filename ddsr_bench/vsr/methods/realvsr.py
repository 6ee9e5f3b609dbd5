"""RealVSR: EDVR without enlargement, in Y'CbCr, on frames brought to the output size by bicubic; three for each one.

Its data set pairs the two cameras of a telephone at one size, so the network has no scale of its own: it restores
whatever has been enlarged.
"""

from __future__ import annotations

from typing import Any

from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method


def _build(scale: int) -> Any:
    from ddsr_bench.vsr.archs.realvsr import RealVSR

    del scale
    return RealVSR().eval()


# With drawn weights the inside of a tile is exact to rounding from 48 pixels on; trained offsets may reach further.
NETWORK = Network(
    build=_build, drive="window", window=3, multiple=4, halo=64, edges="replicate", colour="ycbcr", enlarged_first=True
)
METHOD = network_method("realvsr", NETWORK, scales=(4,), smallest=(4, 4))
