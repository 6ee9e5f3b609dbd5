"""SRWD (x4): RealBasicVSR's network, trained with degradations in random order. Its weights were never published; they
are to be trained with this package.
"""

from __future__ import annotations

from ddsr_bench.vsr.methods.realbasicvsr import NETWORK
from ddsr_bench.vsr.networked import network_method

METHOD = network_method("srwd", NETWORK, scales=(4,))
