"""Frames of a clip, and of its reference beside them, in batches of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.frames import Frames

#: Samples in a batch: 8 frames of 720p, 4 of 1080p. Planes and maps of several metrics stand beside it in memory.
BATCH_PIXELS = 8_400_000
MOST_FRAMES = 16

Parts = Sequence[Frames]
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Batch:
    """Consecutive frames in a few parts, each with planes of its own.

    Attributes:
        whole: what no-reference metrics get.
        inner: what full-reference metrics get: the same, or without a border.
        reference: the sharp clip's frames to ``inner``; None where there is none.
    """

    whole: Parts
    inner: Parts
    reference: Parts | None


def batches(
    frames: Iterable[Picture], reference: Iterable[Picture] | None, *, size: int | None, parts: int, crop: int
) -> Iterator[Batch]:
    """Yield a clip in batches.

    Args:
        frames: uint8 (H, W, 3), RGB.
        reference: as many, of the same size.
        size: frames in a batch; None chooses by their size.
        parts: how many parts a batch comes in.
        crop: samples to leave out at each border for full-reference metrics.

    Raises:
        DdsrError: one clip ends before the other or is of another size, or the crop leaves nothing.
    """
    first = 0
    pairs = _pairs(frames, reference)
    for head in pairs:
        count = size or batch_size(head[0].shape[0], head[0].shape[1], parts)
        taken = [head, *islice(pairs, count - 1)]
        yield _batch(taken, first, parts, crop, reference is not None)
        first += len(taken)


def batch_size(height: int, width: int, parts: int) -> int:
    """Frames in a batch: a multiple of ``parts`` where memory allows, so that threads have equal shares."""
    fitting = min(MOST_FRAMES, max(1, BATCH_PIXELS // (height * width)))
    return max(1, fitting // parts * parts)


def cropped(frames: Picture, border: int) -> Picture:
    """Frames (B, H, W, 3) without ``border`` samples at each side, contiguous.

    Raises:
        DdsrError: nothing is left.
    """
    height, width = frames.shape[1:3]
    if 2 * border >= min(height, width):
        raise DdsrError(f"crop of {border} at each border: nothing is left of {width}x{height} frames; crop less")
    if not border:
        return frames
    return np.ascontiguousarray(frames[:, border : height - border, border : width - border])


def _pairs(frames: Iterable[Picture], reference: Iterable[Picture] | None) -> Iterator[tuple[Picture, Any]]:
    if reference is None:
        yield from ((frame, None) for frame in frames)
        return
    for number, (frame, sharp) in enumerate(zip_longest(frames, reference)):
        if frame is None or sharp is None:
            shorter = "clip" if frame is None else "reference"
            raise DdsrError(f"the {shorter} ends after {number} frames, before the other; give clips of one length")
        if frame.shape != sharp.shape:
            sizes = " and ".join(f"{one.shape[1]}x{one.shape[0]}" for one in (frame, sharp))
            raise DdsrError(f"clip and reference are {sizes}; give clips of one size")
        yield frame, sharp


def _batch(taken: Sequence[tuple[Picture, Any]], first: int, parts: int, crop: int, paired: bool) -> Batch:
    bounds = [round(i * len(taken) / parts) for i in range(parts + 1)]
    pieces = [(taken[a:b], first + a) for a, b in pairwise(bounds) if b > a]
    whole = [Frames(np.stack([pair[0] for pair in piece]), start) for piece, start in pieces]
    if not paired:
        return Batch(whole, whole, None)
    inner = [Frames(cropped(part.rgb, crop), part.first) for part in whole] if crop else whole
    sharp = [Frames(cropped(np.stack([pair[1] for pair in piece]), crop), start) for piece, start in pieces]
    return Batch(whole, inner, sharp)
