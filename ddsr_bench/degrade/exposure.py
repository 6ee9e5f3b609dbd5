"""The light that a frame collects while its shutter is open: means over time, in linear light.

Time is counted in frame intervals; frame ``t`` is exposed over ``[t - e/2, t + e/2]``, so it stays where it was. A
rolling shutter shifts that window by ``readout * (row / height - 1/2)``: the middle row keeps its time.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ddsr_bench.degrade.flow import Array, Motion
from ddsr_bench.degrade.interpolate import between, render
from ddsr_bench.degrade.response import Response, decoding_table, to_encoded, to_linear
from ddsr_bench.degrade.stage import Frame

#: Pixels of motion under which a frame is left as it is.
STILL = 0.25


@dataclass(frozen=True)
class Shutter:
    """``exposure`` and ``readout`` in frame intervals; ``max_step`` in pixels, ``max_samples`` sub-frames."""

    exposure: float
    readout: float
    response: Response
    max_step: float
    max_samples: int


def expose(frames: Sequence[Frame], motions: Sequence[Motion], centre: int, shutter: Shutter) -> Frame:
    """Frame ``centre`` of ``frames`` as the shutter sees it; planar float32, or the frame itself where nothing moves.

    ``motions[k]`` lies between frames k and k + 1. At a cut and at both ends the window is cut off half a frame
    interval beyond the last frame of the shot.
    """
    first, last = shot(motions, centre)
    half = shutter.exposure / 2
    start, stop = max(centre - half, first - 0.5), min(centre + half, last + 0.5)
    used = motions[max(first, math.floor(start)) : min(last, math.ceil(stop))] or motions[first:last]
    speed = max((motion.speed for motion in used), default=0.0)
    if speed * max(shutter.exposure, shutter.readout) < STILL:
        return frames[centre]
    samples = math.ceil(speed * (stop - start) / shutter.max_step)
    samples = min(max(samples, 1), shutter.max_samples)
    times = start + (np.arange(samples) + 0.5) / samples * (stop - start)
    return _mean(frames, motions, (first, last), times, shutter)


def shot(motions: Sequence[Motion], centre: int) -> tuple[int, int]:
    """First and last frame around ``centre`` without a cut between."""
    first = last = centre
    while first > 0 and not motions[first - 1].cut:
        first -= 1
    while last < len(motions) and not motions[last].cut:
        last += 1
    return first, last


def _mean(
    frames: Sequence[Frame], motions: Sequence[Motion], ends: tuple[int, int], times: Array, shutter: Shutter
) -> Frame:
    jobs: dict[int, list[tuple[float, slice]]] = defaultdict(list)
    height, width = light(frames[ends[0]], shutter.response).shape[:2]
    for time in times:
        for pair, rows in bands(float(time), shutter.readout, height, ends):
            jobs[pair].append((float(time) - pair, rows))
    total = np.zeros((height, width, 3), np.float32)
    for pair, parts in jobs.items():
        a, b = (light(frames[index], shutter.response) for index in (pair, pair + 1))
        for time, rows in parts:
            motion = motions[pair]
            state = between(motion, _row_times(time, shutter.readout, motion.shape[0]))
            total[rows] += render(a, b, state, motion.cell, rows)
    total *= np.float32(1 / len(times))
    return np.stack(cv2.split(to_encoded(total, shutter.response)))


def light(frame: Frame, response: Response) -> Array:
    """Linear light, ``float32 (H, W, 3)``, of a frame in either form."""
    if frame.dtype == np.uint8:
        return np.asarray(cv2.LUT(frame, decoding_table(response, 256)))
    return np.asarray(cv2.merge(list(to_linear(frame, response))))


def _row_times(time: float, readout: float, rows: int) -> Array:
    offsets = (np.arange(rows) + 0.5) / rows - 0.5
    return np.clip(time + readout * offsets, -0.5, 1.5).astype(np.float32)


def bands(time: float, readout: float, height: int, ends: tuple[int, int]) -> Iterator[tuple[int, slice]]:
    """The rows that are exposed between each pair of frames when the middle row is exposed at ``time``."""
    offsets = (np.arange(height) + 0.5) / height - 0.5
    pairs = np.clip(np.floor(time + readout * offsets), ends[0], ends[1] - 1).astype(int)
    for pair in np.unique(pairs):
        rows = np.flatnonzero(pairs == pair)
        yield int(pair), slice(int(rows[0]), int(rows[-1]) + 1)


def box(frames: Sequence[Frame], response: Response) -> Frame:
    """The mean of ``frames`` in linear light; planar float32."""
    total = np.zeros_like(light(frames[0], response))
    for frame in frames:
        cv2.accumulate(light(frame, response), total)
    total *= np.float32(1 / len(frames))
    return np.stack(cv2.split(to_encoded(total, response)))
