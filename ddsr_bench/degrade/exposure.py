"""The light that a frame collects while its shutter is open: means over time, in linear light.

Time is counted in frame intervals; frame ``t`` is exposed over ``[t - e/2, t + e/2]``, so it stays where it was. A
rolling shutter shifts that window by ``readout * (row / height - 1/2)``: the middle row keeps its time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ddsr_bench.degrade.flow import Array, Motion
from ddsr_bench.degrade.frames import size
from ddsr_bench.degrade.interpolate import Between, Canvas, between, peaks, tile_spans
from ddsr_bench.degrade.response import Response, decoding_table, to_encoded, to_linear
from ddsr_bench.degrade.stage import Frame

#: Pixels of motion under which a frame is left as it is.
STILL = 0.25
#: Numbers of sub-frames: odd, so that the frame itself is one, and rich in divisors (see :func:`stride`).
COUNTS = (1, 3, 5, 7, 9, 15, 21, 27, 45, 63)


@dataclass(frozen=True)
class Shutter:
    """``exposure`` and ``readout`` in frame intervals; ``max_step`` in pixels, ``max_samples`` sub-frames."""

    exposure: float
    readout: float
    response: Response
    max_step: float
    max_samples: int

    def samples(self, distance: float) -> int:
        """Sub-frames for ``distance`` pixels of motion, of :data:`COUNTS`.

        A long exposure sees each of its frames at least once.
        """
        wanted = max(distance / self.max_step, 1 if self.exposure <= 1 else self.exposure)
        allowed = [count for count in COUNTS if count <= self.max_samples]
        return next((count for count in allowed if count >= wanted), allowed[-1])


@dataclass(frozen=True)
class _Part:
    """Rows of one sub-frame that lie between frames ``pair`` and ``pair + 1``."""

    sample: int
    pair: int
    rows: slice
    state: Between


def expose(frames: Sequence[Frame], motions: Sequence[Motion], centre: int, shutter: Shutter) -> Frame:
    """Frame ``centre`` of ``frames`` as the shutter sees it; planar float32, or the frame itself where all is still.

    ``motions[k]`` lies between frames k and k + 1. At a cut and at both ends the window is cut off half a frame
    interval beyond the last frame of the shot.
    """
    first, last = shot(motions, centre)
    half = shutter.exposure / 2
    start, stop = max(centre - half, first - 0.5), min(centre + half, last + 0.5)
    reach = half + shutter.readout / 2
    used = motions[max(first, math.floor(centre - reach)) : min(last, math.ceil(centre + reach))]
    speed = max((motion.speed for motion in used), default=0.0)
    if first == last or (shutter.exposure <= 1 and speed * (shutter.exposure + shutter.readout) < STILL):
        return frames[centre]
    samples = shutter.samples(speed * (stop - start))
    times = start + (np.arange(samples) + 0.5) / samples * (stop - start)
    height, width = size(frames[centre])
    parts = list(_parts(motions, (first, last), times, shutter.readout, height))
    total = np.zeros((height, width, 3), np.float32)
    _accumulate(total, frames, parts, shutter, samples, stop - start)
    total *= np.float32(1 / samples)
    return np.stack(cv2.split(to_encoded(total, shutter.response)))


def shot(motions: Sequence[Motion], centre: int) -> tuple[int, int]:
    """First and last frame around ``centre`` without a cut between."""
    first = last = centre
    while first > 0 and not motions[first - 1].cut:
        first -= 1
    while last < len(motions) and not motions[last].cut:
        last += 1
    return first, last


def _parts(
    motions: Sequence[Motion], ends: tuple[int, int], times: Array, readout: float, height: int
) -> Iterator[_Part]:
    for sample, time in enumerate(times):
        for pair, rows in bands(float(time), readout, height, ends):
            motion = motions[pair]
            instants = _row_times(float(time) - pair, readout, motion.shape[0])
            yield _Part(sample, pair, rows, between(motion, instants, sample))


def _accumulate(
    total: Array, frames: Sequence[Frame], parts: list[_Part], shutter: Shutter, samples: int, span: float
) -> None:
    """Add up the sub-frames, in each tile only as many as its own motion asks for."""
    speed = np.max([part.state.speed() for part in parts], axis=0)
    strides = {
        tile: stride(samples, shutter.samples(float(value) * span))
        for tile, value in np.ndenumerate(peaks(speed, total.shape[:2]))
    }
    lights: dict[int, Array] = {}
    for part in parts:
        for index in (part.pair, part.pair + 1):
            if index not in lights:
                lights[index] = light(frames[index], shutter.response)
        canvas = Canvas(lights[part.pair], lights[part.pair + 1], part.state)
        for tile, here in _tiles(total.shape, part.rows):
            step = strides[tile]
            if part.sample % step == step // 2:
                total[here] += np.float32(step) * canvas.piece(tile, here)


def _tiles(shape: tuple[int, ...], rows: slice) -> Iterator[tuple[tuple[int, int], tuple[slice, slice]]]:
    """Number (row, column) and pixels of each tile of a frame of ``shape``, cut to ``rows``."""
    for row, tall in enumerate(tile_spans(shape[0])):
        cut = slice(max(tall.start, rows.start), min(tall.stop, rows.stop))
        if cut.start < cut.stop:
            for column, wide in enumerate(tile_spans(shape[1])):
                yield (row, column), (cut, wide)


def stride(samples: int, least: int) -> int:
    """The largest odd divisor of ``samples`` that leaves ``least`` groups or more: a group's middle stands for it."""
    return next(
        step
        for step in range(samples, 0, -1)
        if step % 2 and samples % step == 0 and samples // step >= min(least, samples)
    )


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
