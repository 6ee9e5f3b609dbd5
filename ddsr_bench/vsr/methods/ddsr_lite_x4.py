"""DDSR-lite (x4), ours: deblurs, denoises and super-resolves; weights come with the package."""

from __future__ import annotations

from functools import partial

from ddsr_bench.vsr.ddsr_lite import network
from ddsr_bench.vsr.networked import network_method
from ddsr_bench.vsr.shipped import own_weights

NAME = "ddsr-lite-x4"
NETWORK = network()
METHOD = network_method(NAME, NETWORK, scales=(4,), smallest=(2, 2), load=partial(own_weights, NAME, "lite"))
