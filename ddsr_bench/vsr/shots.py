"""Finding cuts while frames stream by, so that what a method remembers of one scene stays out of the next.

Two neighbouring frames lie apart by two measures of their luma, shrunk to a small picture: how little their structure
agrees (one minus the largest normalised correlation over small shifts, blind to brightness and small motion), and how
far their histograms lie apart (blind to motion of any kind). A cut is far by both, farther than its neighbours are,
and stays: frames soon after it do not look like the one before it again, as they do after a flash.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np

from ddsr_bench.video.info import Frame

_SIZE = (64, 36)  # columns, rows
_REACH = (10, 6)  # largest shifts, columns and rows
_BINS = 32
_AHEAD = 4  # frames that a flash may last
_STRUCTURE, _BOTH = 0.3, 0.55  # least distance of structures, and of structures and histograms together
_UNUSUAL = 0.03  # what neighbours are never expected to lie closer than
_OUTSTANDING, _LONE = (
    1.6,
    5.0,
)  # times the distance of neighbours around: for a cut at all, for one that histograms miss
Small = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Glimpse:
    """What is kept of a frame.

    Attributes:
        picture: its luma, float32 (36, 64).
        histogram: shares of 32 levels, smoothed, float32.
    """

    picture: Small
    histogram: Small


def glimpse(frame: Frame) -> Glimpse:
    """Shrink a frame uint8 (H, W, 3) to what cuts are found by."""
    small = cv2.resize(frame, _SIZE, interpolation=cv2.INTER_AREA if frame.shape[0] >= _SIZE[1] else cv2.INTER_LINEAR)
    luma = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    counts = np.bincount((luma // (256 // _BINS)).ravel(), minlength=_BINS).astype(np.float32) / luma.size
    smooth = np.convolve(np.pad(counts, 1, "edge"), [0.25, 0.5, 0.25], "valid").astype(np.float32)
    return Glimpse(luma.astype(np.float32), smooth)


def structure_distance(one: Glimpse, other: Glimpse) -> float:
    """0 where one picture is the other moved a little, about 1 where they have nothing in common."""
    across, down = _REACH
    inner = one.picture[down:-down, across:-across]
    if inner.std() < 1 or other.picture.std() < 1:
        # A picture of one colour has no structure to compare.
        return min(1.0, float(np.abs(one.picture - other.picture).mean()) / 64)
    return 1 - float(cv2.matchTemplate(other.picture, inner, cv2.TM_CCOEFF_NORMED).max())


def histogram_distance(one: Glimpse, other: Glimpse) -> float:
    """0 for the same levels, 1 for none in common."""
    return float(np.abs(one.histogram - other.histogram).sum()) / 2


def _apart(one: Glimpse, other: Glimpse, suspicious: bool) -> bool:
    structure = structure_distance(one, other)
    return structure > _STRUCTURE and (suspicious or structure + histogram_distance(one, other) > _BOTH)


class Cuts:
    """Says of each frame whether a new shot begins with it, ``AHEAD`` frames later.

    Args:
        shortest: least number of frames in a shot; cuts that would leave fewer are left out.
    """

    def __init__(self, shortest: int = 1) -> None:
        self._shortest = max(1, shortest)
        self._ahead = max(_AHEAD, self._shortest - 1)
        self._past: deque[float] = deque(maxlen=4)

    def split(self, frames: Iterator[Frame]) -> Iterator[tuple[Frame, bool]]:
        """Yield each frame and whether it is the first of a shot."""
        waiting: deque[tuple[Frame, Glimpse]] = deque()
        last: Glimpse | None = None
        since = 0
        ended = False
        while True:
            while not ended and len(waiting) <= self._ahead:
                frame = next(frames, None)
                if frame is None:
                    ended = True
                else:
                    waiting.append((frame, glimpse(frame)))
            if not waiting:
                return
            following = [seen for _, seen in waiting]
            cut = last is None or (since >= self._shortest <= len(waiting) and self._is_cut(last, following))
            frame, last = waiting.popleft()
            since = 1 if cut else since + 1
            yield frame, cut

    def _is_cut(self, last: Glimpse, following: list[Glimpse]) -> bool:
        """Whether ``last`` and the first of ``following`` belong to two shots."""
        here = structure_distance(last, following[0])
        steps = [structure_distance(a, b) for a, b in pairwise(following[:_AHEAD])]
        # Within fast motion all neighbours are far apart, about a cut only one pair of them is.
        usual = max(max(self._past, default=0.0), min(steps, default=0.0), _UNUSUAL)
        self._past.append(here)
        if here < _OUTSTANDING * usual:
            return False
        if not all(_apart(last, later, here > _LONE * usual) for later in following[: _AHEAD + 1]):
            return False
        self._past.clear()
        return True


def shots(frames: Iterator[Frame], *, shortest: int = 1) -> Iterator[Iterator[Frame]]:
    """Yield an iterator of frames for each shot; take all frames of one before you ask for the next.

    Args:
        frames: uint8 (H, W, 3) of one size.
        shortest: least number of frames in a shot, where the clip has as many.
    """
    marked = Cuts(shortest).split(frames)
    first = next(marked, None)
    following: list[tuple[Frame, bool]] = [] if first is None else [first]

    def shot() -> Iterator[Frame]:
        yield following.pop()[0]
        for frame, cut in marked:
            if cut:
                following.append((frame, True))
                return
            yield frame

    while following:
        yield shot()
