"""What a simulated panel's opinion is made of: the features of ``srq-fr``, and flicker, which that cannot see."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ddsr_bench import video
from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.srq_fr import FEATURES, MOTION, SrqScorer
from ddsr_bench.video.info import Frame

#: Frames that are looked at, in the middle of the clip: twelve tell a clip of a second nearly as well as all.
FRAMES = 12
_BATCH = FRAMES
_FLAT = 6.0  # grey levels of local contrast in the sharp clip below which a place is flat
# Our choice: nobody rated flicker in the study behind srq-fr. Up to _SEEN grey levels of change from frame to frame
# count as none, and _MOST points are taken off for what no one could watch.
_SEEN, _SCALE, _MOST = 1.5, 6.0, 0.8


@dataclass(frozen=True)
class Clip:
    """A video and its sharp source."""

    video_id: str
    path: Path
    sharp: Path


def measure(clip: Clip) -> dict[str, Any]:
    """Return ``video_id``, what ``srq-fr`` is made of (means of its features), and ``flicker`` (grey levels).

    Raises:
        DdsrError: one of the two cannot be read, or they differ in size or length.
    """
    warnings.simplefilter("ignore", video.UntaggedColourWarning)
    scorer, flicker = SrqScorer(), Flicker()
    pairs = _pairs(clip)
    batch: list[tuple[Frame, Frame]] = []
    count = 0
    for pair in pairs:
        flicker.add(*pair)
        batch.append(pair)
        if len(batch) == _BATCH:
            _feed(scorer, batch, count)
            count, batch = count + len(batch), []
    if batch:
        _feed(scorer, batch, count)
    means = dict(zip((*FEATURES, MOTION), scorer.means().tolist(), strict=True))
    return {"video_id": clip.video_id, **means, "flicker": flicker.value()}


#: The columns of numbers in what :func:`measure` returns.
MEASURES = (*FEATURES, MOTION, "flicker")


def penalty(flicker: float) -> float:
    """Points that flicker takes off, from 0 to .8, saturating; our choice (see the constants)."""
    return _MOST * (1 - float(np.exp(-max(flicker - _SEEN, 0.0) / _SCALE)))


class Flicker:
    """How much the error of a video changes from frame to frame where its sharp source is flat.

    The error is video - source, in luma; motion of the scene cancels in it, and flat places are those where no edge
    that is a little off can be taken for flicker. The value is the root mean square of the change, in grey levels.
    """

    def __init__(self) -> None:
        self._error: Any = None
        self._flat: Any = None
        self._sum, self._count = 0.0, 0

    def add(self, frame: Frame, sharp: Frame) -> None:
        """Take the next frame of both, uint8 (H, W, 3)."""
        luma = cv2.cvtColor(sharp, cv2.COLOR_RGB2GRAY)
        error = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) - luma
        box = np.ones((5, 5), np.uint8)
        flat = cv2.subtract(cv2.dilate(luma, box), cv2.erode(luma, box)) < _FLAT
        if self._error is not None:
            both = flat & self._flat
            change = (error - self._error)[both].astype(np.float64)
            self._sum += float(np.dot(change, change))
            self._count += int(both.sum())
        self._error, self._flat = error, flat

    def value(self) -> float:
        """The value so far; 0 where nothing was flat."""
        return float(np.sqrt(self._sum / self._count)) if self._count else 0.0


def _pairs(clip: Clip) -> Iterator[tuple[Frame, Frame]]:
    start = max(0, (video.probe(clip.path).frames - FRAMES) // 2)
    streams = (
        video.read_frames(path, start, start + FRAMES, threads=1, precise=True) for path in (clip.path, clip.sharp)
    )
    for frame, sharp in zip_longest(*streams):
        if frame is None or sharp is None or frame.shape != sharp.shape:
            raise DdsrError(f"{clip.path}: differs in length or size from {clip.sharp}; build the dataset again")
        yield frame, sharp


def _feed(scorer: SrqScorer, batch: list[tuple[Frame, Frame]], first: int) -> None:
    frames, sharp = (np.stack(side) for side in zip(*batch, strict=True))
    scorer.add(Frames(frames, first), Frames(sharp, first))
