"""ESPCN: x4 as in EGVSR's repository, x2 as in the models that OpenCV's super-resolution module names.

A user's own file may be of either kind: a checkpoint of the former (x4), or a frozen graph (.pb) of the latter.
"""

from __future__ import annotations

from typing import Any

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.luma import graph_weights, is_graph, luma_network
from ddsr_bench.vsr.method import Settings
from ddsr_bench.vsr.networked import load_strictly, network_method

_OTHER = 4  # the scale of EGVSR's


def _build(scale: int) -> Any:
    from ddsr_bench.vsr.archs.espcn import ESPCN, TanhESPCN

    return TanhESPCN().eval() if scale == _OTHER else ESPCN(scale).eval()


def _load(settings: Settings, scale: int) -> Any:
    from ddsr_bench.vsr.archs.espcn import ESPCN, TanhESPCN, from_graph
    from ddsr_bench.vsr.checkpoints import checkpoint, weights_file

    path = weights_file("espcn", scale, settings)
    module: Any
    if is_graph(path):
        module, state = ESPCN(scale), graph_weights("espcn", from_graph, settings, scale)
    elif scale == _OTHER:
        module, state = TanhESPCN(), checkpoint("espcn", scale, settings)
    else:
        raise DdsrError(
            f"{path}: no frozen graph (.pb), which x{scale} of method 'espcn' wants; give ESPCN_x{scale}.pb"
        )
    load_strictly("method 'espcn'", module, state)
    return module


NETWORK = luma_network(_build, halo=4)
METHOD = network_method("espcn", NETWORK, scales=(4, 2), load=_load)
