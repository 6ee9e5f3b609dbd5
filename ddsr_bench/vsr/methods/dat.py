"""DAT, x4."""

from __future__ import annotations

from typing import Any

from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method


def _build(scale: int) -> Any:
    from ddsr_bench.vsr.archs.dat import DAT

    return DAT().eval()


# Its channel attention looks at the whole frame, so tiles are not the same as frames; its windows are 32 wide.
NETWORK = Network(build=_build, drive="frame", halo=32)
METHOD = network_method("dat", NETWORK, scales=(4,))
