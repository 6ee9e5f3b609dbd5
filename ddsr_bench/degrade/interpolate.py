"""Pictures at any time between two frames, by motion-compensated interpolation.

Flow is carried forward to the wanted time (Baker et al., "A Database and Evaluation Methodology for Optical Flow",
IJCV 2011, section 3.3.1), and each pixel is fetched along it from the frame that is nearer in time, or from the
one frame that shows it: a mean of both would show every moving edge twice wherever the flow is a little off.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ddsr_bench.degrade.flow import Array, Motion, fill

#: Pixels of shift under which a tile is copied.
STILL = 0.1
#: Pixels of velocity between neighbouring cells from which on they belong to different objects.
EDGE = 1.0
_SIDE = 128


@dataclass(frozen=True)
class Between:
    """Where each cell of the picture at some time comes from.

    ``velocity``: float32 (h, w, 2), pixels a frame interval. ``share``: float32 (h, w) in [0, 1], how much frame B
    gives. ``time``: float32 (h,), 0 at A and 1 at B, of each row. ``nudge``: (y, x) in cells, within half a cell,
    where this picture puts the borders between cells: sub-frames that differ in it average to soft edges.
    """

    velocity: Array
    share: Array
    time: Array
    nudge: tuple[float, float] = (0.0, 0.0)

    def shift(self, source: int) -> Array:
        """``float32 (h, w, 2)``: pixels from a place in this picture to its place in A (0) or B (1)."""
        return np.asarray(self.velocity * (np.float32(source) - self.time)[:, None, None])

    def speed(self) -> Array:
        """``float32 (h, w)``: pixels a frame interval."""
        return np.asarray(cv2.magnitude(self.velocity[..., 0], self.velocity[..., 1]))


def between(motion: Motion, time: Array, number: int = 0) -> Between:
    """Carry the flow of both frames to ``time`` (h,), one instant a row; below 0 and above 1 it is extrapolated.

    ``number`` tells sub-frames of one exposure apart; see ``Between.nudge``.
    """
    paths, (height, width) = motion.paths, motion.shape
    span = time[paths.row] - paths.start
    x = np.rint(paths.x + span * paths.velocity[:, 0]).astype(np.int32)
    y = np.rint(paths.row + span * paths.velocity[:, 1]).astype(np.int32)
    inside = np.flatnonzero((x >= 0) & (x < width) & (y >= 0) & (y < height))
    winner = np.full(height * width, -1, np.int32)
    # Of several that arrive at one cell the last stays; the paths are in order of rising trust.
    winner[y[inside] * width + x[inside]] = inside
    hit = (winner >= 0).reshape(height, width)
    velocity = fill(paths.velocity[winner].reshape(height, width, 2), hit)
    late = np.broadcast_to((time > 0.5)[:, None], hit.shape)
    share = np.where(hit, paths.share[winner].reshape(hit.shape), np.float32(-1))
    share = np.where(share < 0, late, share).astype(np.float32)
    return Between(velocity * np.asarray(motion.cell, np.float32), cv2.blur(share, (3, 3)), time, nudge(number))


def nudge(number: int) -> tuple[float, float]:
    """Evenly scattered offsets in [-0.5, 0.5): Halton's sequence (Comm. ACM 7(12), 1964) in bases 2 and 3."""
    return _radical_inverse(number + 1, 2) - 0.5, _radical_inverse(number + 1, 3) - 0.5


def _radical_inverse(number: int, base: int) -> float:
    result, weight = 0.0, 1.0
    while number:
        number, digit = divmod(number, base)
        weight /= base
        result += digit * weight
    return result


class Canvas:
    """Cuts pieces out of the picture of ``state`` between frames A and B, float32 (H, W, 3).

    Work is done tile by tile, so that what stands still is copied and what one frame shows is fetched once.
    """

    def __init__(self, a: Array, b: Array, state: Between) -> None:
        self._frames, self._state = (a, b), state
        self._size = (a.shape[1], a.shape[0])
        self._shifts = (state.shift(0), state.shift(1))
        self._wide: dict[str, Array] = {}
        size = a.shape[:2]
        share = peaks(np.dstack([1 - state.share, state.share]), size)
        self._needed = share > 0
        self._speed = peaks(state.speed(), size)
        self._parted = peaks(_contrast(state.velocity), size) > EDGE

    def piece(self, tile: tuple[int, int], here: tuple[slice, slice]) -> Array:
        """Pixels ``here`` (rows, columns), all of tile ``tile`` (row, column) or a part of it."""
        sources = np.flatnonzero(self._needed[tile])
        pieces = [self._fetch(int(source), tile, here) for source in sources]
        if len(pieces) == 1:
            return pieces[0]
        share = self._enlarged("share", self._state.share)[here]
        return np.asarray(cv2.blendLinear(pieces[0], pieces[1], 1 - share, share))

    def _enlarged(self, name: str, grid: Array) -> Array:
        if name not in self._wide:
            self._wide[name] = np.asarray(cv2.resize(grid, self._size))
        return self._wide[name]

    def _fetch(self, source: int, tile: tuple[int, int], here: tuple[slice, slice]) -> Array:
        if self._speed[tile] * np.abs(source - self._state.time).max() < STILL:
            return self._frames[source][here]
        shift = self._shifts[source]
        parted = self._parted[tile]
        place = self._hard(shift, here) if parted else self._enlarged(f"shift {source}", shift)[here].copy()
        place[..., 0] += np.arange(here[1].start, here[1].stop, dtype=np.float32)
        place[..., 1] += np.arange(here[0].start, here[0].stop, dtype=np.float32)[:, None]
        return np.asarray(
            cv2.remap(self._frames[source], place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        )

    def _hard(self, shift: Array, here: tuple[slice, slice]) -> Array:
        """Each pixel's shift from one cell alone.

        Interpolated between cells that move apart, it would draw the edge between them once more, squeezed into
        the width of a cell.
        """
        index = []
        for axis, span in enumerate(here):
            cells, pixels = shift.shape[axis], self._size[1 - axis]
            place = (np.arange(span.start, span.stop) + 0.5) * (cells / pixels) + self._state.nudge[axis]
            index.append(np.clip(np.floor(place), 0, cells - 1).astype(np.intp))
        # A pair of floats is gathered as one complex number, in half the time.
        pairs = np.ascontiguousarray(shift).view(np.complex64)[..., 0]
        return np.asarray(pairs[index[0]][:, index[1]][..., None].view(np.float32))


def _contrast(velocity: Array) -> Array:
    """Largest difference between neighbouring cells, pixels a frame interval; float32 (h, w)."""
    box = np.ones((3, 3), np.uint8)
    return np.asarray((cv2.dilate(velocity, box) - cv2.erode(velocity, box)).max(axis=2))


def tile_spans(length: int) -> list[slice]:
    """The tiles of one axis of ``length`` pixels."""
    return [slice(start, min(start + _SIDE, length)) for start in range(0, length, _SIDE)]


def peaks(values: Array, size: tuple[int, int]) -> Array:
    """Largest of ``values`` (h, w, ...) in the cells that reach into each tile of a frame of ``size`` (H, W)."""
    result = cv2.dilate(values, np.ones((5, 5), np.uint8))
    for axis, length in enumerate(size):
        starts = [int(start * values.shape[axis] / length) for start in range(0, length, _SIDE)]
        result = np.maximum.reduceat(result, starts, axis=axis)
    return np.asarray(result)
