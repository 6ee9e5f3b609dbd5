"""Non-local means, then Lanczos."""

from __future__ import annotations

from ddsr_bench.vsr.classical.denoised import nlm_lanczos
from ddsr_bench.vsr.classical.methods import frame_method

METHOD = frame_method("nlm-lanczos", nlm_lanczos, options={"strength": (0.0, 5.0, 1.0)})
