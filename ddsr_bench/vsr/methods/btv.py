"""Multi-frame super-resolution with a bilateral total variation prior."""

from __future__ import annotations

from ddsr_bench.vsr.classical.btv import RADIUS, make_btv
from ddsr_bench.vsr.classical.methods import window_method

METHOD = window_method("btv", make_btv, radius=RADIUS)
