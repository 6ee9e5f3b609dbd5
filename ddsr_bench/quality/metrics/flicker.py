"""Flicker: brightness that goes up and comes back, or down and back, within three frames.

Of each block of about 16x16 pixels the mean luma (Y of BT.601 in 16..235) is followed over three frames a, b, c; where
b - a and c - b have opposite signs, the smaller of the two in absolute value is the block's flicker, elsewhere 0. The
score is the mean over blocks, in grey levels. Fades and steady changes count nothing, and motion only where it turns
within two frames. After the brightness flicking metric of MSU's quality tool (difference of neighbouring frames' mean
brightness), made local and deaf to steady change; the definition is ours, so there are no published figures for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.checks import numbers
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats, Metric
from ddsr_bench.quality.sliding import Sliding

#: Side of a block in pixels; blocks grow or shrink a little so that whole ones fill the frame.
BLOCK = 16


def block_means(plane: NDArray[Any]) -> NDArray[Any]:
    """Means of equal blocks of about :data:`BLOCK` pixels a side; float (H, W) -> (h, w), at least (1, 1)."""
    height, width = (max(1, round(side / BLOCK)) for side in plane.shape)
    return np.asarray(cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA))


def flicker(planes: NDArray[Any]) -> Floats:
    """Flicker around each plane but the first and the last: float32 (B, H, W), luma -> float64 (B - 2,).

    Raises:
        DdsrError: a sample is not a number.
    """
    numbers("flicker", planes)
    means = [block_means(plane) for plane in planes]
    return np.array([_reversal(*three) for three in zip(means, means[1:], means[2:], strict=False)])


def _reversal(before: NDArray[Any], now: NDArray[Any], after: NDArray[Any]) -> float:
    first, second = np.subtract(now, before, dtype=np.float64), np.subtract(after, now, dtype=np.float64)
    turned = first * second < 0
    return float(np.where(turned, np.minimum(np.abs(first), np.abs(second)), 0).mean())


def _keep(frames: Frames, reference: Frames | None) -> Iterable[NDArray[Any]]:
    return (block_means(plane) for plane in frames.plane("luma"))


METRIC = Metric(
    name="flicker",
    version="1",
    reference="NR",
    higher_is_better=False,
    start=lambda: Sliding("flicker", 3, _keep, _reversal),
)
