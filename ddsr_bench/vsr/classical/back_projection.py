"""Iterative back-projection: the enlarged picture must, made small again, be the picture it came from."""

from __future__ import annotations

import numpy as np

from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.classical.pixels import Array, to_bytes, to_float
from ddsr_bench.vsr.classical.resize import blur, enlarge, shrink

#: Sigma of the camera's blur in LR pixels.
SIGMA = 0.45


def back_projection(frame: Frame, scale: int, steps: float = 5, rate: float = 1.0) -> Frame:
    """Start from bicubic; add back, enlarged, what is missing after making it small again; repeat.

    Source: Irani and Peleg, "Improving resolution by image registration", CVGIP: Graphical Models and Image Processing
    53(3), 1991, for one picture.

    Args:
        frame: uint8 (H, W, 3).
        scale: enlargement.
        steps: how often.
        rate: how much of the missing part is added.
    """
    low = to_float(frame)
    return to_bytes(project_back(enlarge(low, scale, "bicubic"), low, scale, int(steps), rate))


def project_back(high: Array, low: Array, scale: int, steps: int, rate: float) -> Array:
    """Bring ``high`` to agree with ``low``; float32 pictures of the same number of channels."""
    for _ in range(steps):
        residue = low - shrink(high, scale, SIGMA * scale)
        # The back-projecting kernel: bicubic's, softened so that the steps do not ring.
        high = high + np.float32(rate) * blur(enlarge(residue, scale, "bicubic"), 0.25 * scale)
    return high
