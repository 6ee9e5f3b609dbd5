"""How DDSR at full size is built, loaded and driven."""

from __future__ import annotations

from functools import partial
from typing import Any

from ddsr_bench.vsr.method import Method
from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method
from ddsr_bench.vsr.shipped import own_network


def build(scale: int, **sizes: int) -> Any:
    """The network, with random weights."""
    from ddsr_bench.vsr.archs.ddsr import Ddsr

    return Ddsr(scale, **sizes)


# As RealBasicVSR, whose plan it has: how far ahead the way back must look cannot be measured without trained weights.
NETWORK = Network(build=build, drive="bidirectional", overlap=10)


def full_method(name: str, scale: int) -> Method:
    """A method that is DDSR with weights of its own."""
    return network_method(name, NETWORK, scales=(scale,), load=partial(own_network, name, "full", build))
