"""SRWD (x4): RealBasicVSR's network, trained with degradations in random order. Its weights were never published; they
are to be trained with this package.
"""

from __future__ import annotations

from dataclasses import replace

from ddsr_bench.vsr.methods.realbasicvsr import NETWORK as REALBASICVSR
from ddsr_bench.vsr.networked import network_method

# Files that are trained here hold the network's own names.
NETWORK = replace(REALBASICVSR, keys=("params_ema", "params"), prefix="")
METHOD = network_method("srwd", NETWORK, scales=(4,))
