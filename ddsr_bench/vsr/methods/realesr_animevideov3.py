"""realesr-animevideov3, for drawn animation."""

from __future__ import annotations

from typing import Any

from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method


def _build(scale: int) -> Any:
    from ddsr_bench.vsr.archs.srvgg import SRVGG

    return SRVGG(convs=16).eval()


NETWORK = Network(build=_build, drive="frame", halo=18)
METHOD = network_method("realesr-animevideov3", NETWORK, scales=(4,))
