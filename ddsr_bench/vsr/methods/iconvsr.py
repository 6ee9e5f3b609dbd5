"""IconVSR (x4), by default the model of REDS.

Key frames are counted from a window's first frame, and its last frame is one, so windows differ from the whole clip by
more than memory cut short; ``exact`` avoids it.
"""

from __future__ import annotations

from typing import Any

from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method


def _build(scale: int) -> Any:
    from ddsr_bench.vsr.archs.iconvsr import IconVSR

    del scale
    return IconVSR().eval()


# No published weights were at hand to measure how long they remember; ``exact`` needs no overlap.
NETWORK = Network(build=_build, drive="bidirectional", overlap=10, keys=("state_dict",), prefix="generator.")
METHOD = network_method("iconvsr", NETWORK, scales=(4,), smallest=(4, 4), fewest=5)
