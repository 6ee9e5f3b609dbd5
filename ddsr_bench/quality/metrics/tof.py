"""tOF: how far the motion in a clip is from the motion in its reference (full reference).

M. Chu et al., "Learning temporal coherence via self-supervision for GAN-based video generation" (TecoGAN), ACM TOG
39(4), 2020 (doi:10.1145/3386569.3392457), section 4: the mean length of the difference between the flow of two
neighbouring frames and that of the same two of the reference, in pixels. Flow is OpenCV's dense inverse search on grey
(MATLAB's ``rgb2gray``), over the whole frame; the authors' figures are by Farneback's method on a cropped frame, so
ours rank clips in the same manner but are other numbers.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.checks import paired
from ddsr_bench.quality.flow import flow, greys
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Metric
from ddsr_bench.quality.sliding import Sliding
from ddsr_bench.quality.windows import magnitude

Kept = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def motion_difference(before: Kept, after: Kept) -> float:
    """tOF of two neighbouring frames.

    Args:
        before: the earlier frame of the clip and of the reference, each grey uint8 (H, W).
        after: the later one of both.

    Returns:
        in pixels, from 0 up, lower is better.
    """
    x, y = cv2.split(flow(before[0], after[0]) - flow(before[1], after[1]))
    return float(cv2.mean(magnitude(x, y))[0])


def _keep(frames: Frames, reference: Frames | None) -> Iterable[Kept]:
    return zip(greys(frames), greys(paired("tof", frames, reference)), strict=True)


METRIC = Metric(
    name="tof",
    version="1",
    reference="FR",
    higher_is_better=False,
    start=lambda: Sliding("tof", 2, _keep, motion_difference),
)
