"""Frames beside what their neighbours say of them, for networks too small to find motion by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.classical.fusion import RADIUS, fuse
from ddsr_bench.vsr.classical.methods import windows
from ddsr_bench.vsr.classical.motion import Motion
from ddsr_bench.vsr.classical.pixels import one_thread, to_bytes

#: Channels of what :func:`aligned` gives.
CHANNELS = 7


def aligned(frames: Iterator[Frame]) -> Iterator[Frame]:
    """Put beside each frame of a shot the mean of it and its neighbours, brought onto it along their motion.

    Neighbours count where flow can be trusted and they agree with the frame
    (:func:`~ddsr_bench.vsr.classical.fusion.fuse`), so noise and coding are averaged out and motion leaves no trail.

    Args:
        frames: uint8 (H, W, 3) of one shot; two neighbours on each side are looked at, fewer at its ends.

    Yields:
        uint8 (H, W, 7): the frame, the mean, and how much speaks for it, from 0 (the frame alone) to 255 (four
        neighbours that agree in full).
    """
    motion = Motion()
    for window, middle in windows(frames, RADIUS):
        with one_thread():
            mean, weights = fuse(motion, window, middle, 1)
        support: Any = (weights - 1) * (255 / (2 * RADIUS))
        yield np.dstack([window[middle], to_bytes(mean), to_bytes(support)])
