"""FSRCNN (x2, x4), the models that OpenCV's super-resolution module names."""

from __future__ import annotations

from typing import Any

from ddsr_bench.vsr.luma import graph_weights, luma_network
from ddsr_bench.vsr.method import Settings
from ddsr_bench.vsr.networked import network_method


def _build(scale: int) -> Any:
    from ddsr_bench.vsr.archs.fsrcnn import FSRCNN

    return FSRCNN(scale).eval()


def _load(settings: Settings, scale: int) -> Any:
    from ddsr_bench.vsr.archs.fsrcnn import from_graph

    return graph_weights("fsrcnn", from_graph, settings, scale)


NETWORK = luma_network(_build, halo=6)
METHOD = network_method("fsrcnn", NETWORK, scales=(4, 2), load=_load)
