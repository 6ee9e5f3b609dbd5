"""SCUNet, a denoiser for real noise; the output has the size of the input."""

from __future__ import annotations

from typing import Any

from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method


def _build(scale: int) -> Any:
    from ddsr_bench.vsr.archs.scunet import SCUNet

    return SCUNet().eval()


NETWORK = Network(build=_build, drive="frame", multiple=64, pad_mode="replicate", halo=64)
METHOD = network_method("scunet", NETWORK, scales=(1,))
