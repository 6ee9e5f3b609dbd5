"""RealBasicVSR (x4).

Cleaning as its authors test: up to three times, while the mean change is at least 5/255. They ask the whole clip; here
each frame decides for itself, so that a frame's result does not hang on frames far away or on where windows end.
"""

from __future__ import annotations

from typing import Any

from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method

_THRESHOLD = 5


def build(scale: int) -> Any:
    """The network as it is tested; for x4."""
    from ddsr_bench.vsr.archs.realbasicvsr import RealBasicVSR

    del scale
    return RealBasicVSR(dynamic_refine_thres=_THRESHOLD, per_frame=True).eval()


# What goes forwards is carried along in full. How far ahead the way back must look was not measured: no published
# weights were at hand, and drawn ones do not fade. ``exact`` sees everything.
NETWORK = Network(build=build, drive="bidirectional", overlap=10)
METHOD = network_method("realbasicvsr", NETWORK, scales=(4,))
