"""BasicVSR (x4), by default the model of REDS."""

from __future__ import annotations

from typing import Any

from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method


def _build(scale: int) -> Any:
    from ddsr_bench.vsr.archs.basicvsr import BasicVSR

    del scale
    return BasicVSR().eval()


# What goes forwards is carried along in full. How far ahead the way back must look was not measured: no published
# weights were at hand, and drawn ones do not fade. ``exact`` sees everything.
NETWORK = Network(build=_build, drive="bidirectional", overlap=10)
METHOD = network_method("basicvsr", NETWORK, scales=(4,))
