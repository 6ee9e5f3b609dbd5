"""Mobile RRN with 16 channels."""

from __future__ import annotations

from functools import partial

from ddsr_bench.vsr.keras_arrays import mobile_rrn, mobile_rrn_weights
from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method

NAME = "mobile-rrn-16"
NETWORK = Network(build=partial(mobile_rrn, 16), drive="forward", peak=255.0)
METHOD = network_method(NAME, NETWORK, scales=(4,), load=partial(mobile_rrn_weights, NAME))
