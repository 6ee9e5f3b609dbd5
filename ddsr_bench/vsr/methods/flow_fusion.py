"""Flow-aligned multi-frame fusion."""

from __future__ import annotations

from ddsr_bench.vsr.classical.fusion import RADIUS, make_flow_fusion
from ddsr_bench.vsr.classical.methods import window_method

METHOD = window_method("flow-fusion", make_flow_fusion, radius=RADIUS)
