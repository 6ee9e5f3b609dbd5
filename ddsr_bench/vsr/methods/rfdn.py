"""RFDN, as the NTIRE 2022 efficient super-resolution challenge published it."""

from __future__ import annotations

from typing import Any

from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method


def _build(scale: int) -> Any:
    from ddsr_bench.vsr.archs.rfdn import RFDN

    return RFDN().eval()


# Its spatial attention is made at a sixth of the size, so it looks some thirty pixels around in each block. No halo
# makes tiles equal to whole frames, since that grid depends on the picture's size; the card says how far they differ.
NETWORK = Network(build=_build, drive="frame", peak=255.0, halo=64)
METHOD = network_method("rfdn", NETWORK, scales=(4,), smallest=(15, 15))
