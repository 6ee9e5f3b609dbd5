"""RealViformer (x4): a Transformer that goes forwards only. Its attention looks at the whole frame, so no tiles."""

from __future__ import annotations

from typing import Any

from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method


def _build(scale: int) -> Any:
    from ddsr_bench.vsr.archs.realviformer import RealViformer

    del scale
    return RealViformer().eval()


NETWORK = Network(build=_build, drive="forward", multiple=4, pad_at="start")
METHOD = network_method("realviformer", NETWORK, scales=(4,), smallest=(4, 4))
