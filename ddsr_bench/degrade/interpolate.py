"""Pictures at any time between two frames, by motion-compensated interpolation.

Flow is carried forward to the wanted time (Baker et al., "A Database and Evaluation Methodology for Optical Flow",
IJCV 2011, section 3.3.1), and each pixel is fetched along it from the frame that is nearer in time, or from the one
frame in which it can be seen: a mean of both would show every moving edge twice wherever the flow is a little off.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ddsr_bench.degrade.flow import Array, Motion, fill, positions


@dataclass(frozen=True)
class Between:
    """Where each cell of the picture at some time comes from.

    ``motion``: float32 (h, w, 2), velocity in cells a frame interval. ``share``: float32 (h, w) in [0, 1], how much
    frame B gives. ``time``: float32 (h,), 0 at A and 1 at B, of each row.
    """

    motion: Array
    share: Array
    time: Array


def between(motion: Motion, time: Array) -> Between:
    """Carry the flow of both frames to ``time`` (h,), one instant a row; below 0 and above 1 it is extrapolated."""
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
    return Between(velocity, cv2.blur(share, (3, 3)), time)


def render(a: Array, b: Array, state: Between, cell: tuple[float, float], rows: slice) -> Array:
    """The picture of ``state``, rows ``rows`` of it, from frames A and B ``float32 (H, W, 3)``."""
    size = a.shape[1::-1]
    share = cv2.resize(state.share, size)[rows]
    parts = [
        cv2.remap(frame, _source(state, offset, cell, size, rows), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for frame, offset in ((a, 0.0), (b, 1.0))
    ]
    return np.asarray(cv2.blendLinear(parts[0], parts[1], 1 - share, share))


def _source(state: Between, offset: float, cell: tuple[float, float], size: tuple[int, int], rows: slice) -> Array:
    shift = state.motion * ((offset - state.time)[:, None, None] * np.float32(cell))
    full = cv2.resize(shift, size)[rows]
    full[..., 0] += np.arange(size[0], dtype=np.float32)
    full[..., 1] += np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
    return np.asarray(full)
