"""Warping error (E_warp): how far a frame is from the next one brought back along the clip's own motion (no reference).

W.-S. Lai et al., "Learning blind video temporal consistency", ECCV 2018 (doi:10.1007/978-3-030-01267-0_11), eq. 8: the
mean squared difference over pixels that both frames show, RGB in [0, 1]. Flow is OpenCV's dense inverse search in
place of FlowNet2, and of the clip itself, so figures are not those of papers that use another flow or that of the
source clip. Visible pixels are those of :func:`ddsr_bench.quality.flow.trusted`; where there are none, as at a cut,
the error is 0. A frozen clip has none either: read it beside a measure of sharpness.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.flow import flow, follow, greys, trusted
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Metric
from ddsr_bench.quality.sliding import Sliding

Kept = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def warp_error(before: Kept, after: Kept) -> float:
    """Warping error of two neighbouring frames.

    Args:
        before: grey uint8 (H, W) and RGB uint8 (H, W, 3) of the earlier frame.
        after: the like of the later one.

    Returns:
        in [0, 1], lower is better.
    """
    there, back = flow(before[0], after[0]), flow(after[0], before[0])
    visible = trusted(there, back)
    difference = cv2.subtract(follow(after[1].astype(np.float32), there), before[1].astype(np.float32))
    difference *= visible[..., None]
    return float(cv2.norm(difference, cv2.NORM_L2SQR)) / (3 * 255**2 * max(1, int(visible.sum())))


def _keep(frames: Frames, reference: Frames | None) -> Iterable[Kept]:
    return ((grey, rgb.copy()) for grey, rgb in zip(greys(frames), frames.rgb, strict=True))


METRIC = Metric(
    name="ewarp",
    version="1",
    reference="NR",
    higher_is_better=False,
    start=lambda: Sliding("ewarp", 2, _keep, warp_error),
)
