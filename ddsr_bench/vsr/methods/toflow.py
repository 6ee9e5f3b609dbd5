"""TOFlow (x4), the model of Vimeo-90K: seven frames, brought to the output size by bicubic, for each one."""

from __future__ import annotations

from typing import Any

from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method


def _build(scale: int) -> Any:
    from ddsr_bench.vsr.archs.toflow import TOFlow

    del scale
    return TOFlow().eval()


NETWORK = Network(
    build=_build,
    drive="window",
    window=7,
    multiple=16,
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
    enlarged_first=True,
)
METHOD = network_method("toflow", NETWORK, scales=(4,), smallest=(16, 16))
