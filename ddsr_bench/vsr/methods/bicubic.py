"""Bicubic interpolation as MATLAB's imresize does it."""

from __future__ import annotations

from ddsr_bench.vsr.classical.methods import frame_method
from ddsr_bench.vsr.classical.simple import bicubic

METHOD = frame_method("bicubic", bicubic)
