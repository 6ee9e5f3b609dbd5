"""Where in a frame quality is lost: the patches' opinions with their weights, and a smooth map of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.metric import Floats
from ddsr_bench.quality.rw_vsr_qa.fragments import PATCH, Box
from ddsr_bench.quality.rw_vsr_qa.scorer import KeyScores

Map = NDArray[np.float32]
#: Pixels of the frame for one sample of a map, before it is enlarged: opinions are of patches, far larger.
STEP = 8


@dataclass(frozen=True)
class Places:
    """Local quality of a key frame, or of all key frames of a clip together.

    Attributes:
        score: of the frame or clip, the weighed mean of the qualities.
        boxes: P patches; those wider than 64 pixels were looked at in half resolution.
        qualities: float64 (P,), on the scale of the score.
        weights: float64 (P,), which sum to 1.
    """

    score: float
    boxes: tuple[Box, ...]
    qualities: Floats
    weights: Floats

    @property
    def pulls(self) -> Floats:
        """By how much each patch raises the score, ``w (q - score)``, below 0 where it lowers it; they sum to 0."""
        return self.weights * (self.qualities - self.score)


def places_of(key: KeyScores) -> Places:
    """Local quality of a key frame: opinions, moved so that those of each resolution have the score as weighed mean.

    A frame's score is the weighed mean of opinions and a term that no patch has alone. That is no matter of place, and
    nor is that one resolution is judged more severely than the other, for both see the whole frame.
    """
    sides = np.array([box.side for box in key.boxes])
    qualities = key.patches.copy()
    for side in np.unique(sides):
        of_it = sides == side
        qualities[of_it] += key.score - np.average(key.patches[of_it], weights=key.weights[of_it])
    return Places(key.score, key.boxes, qualities, key.weights)


class PlacesSum:
    """Local quality over a clip, added up key frame by key frame; the patches are the same in all."""

    def __init__(self) -> None:
        self.count = 0
        self._boxes: tuple[Box, ...] = ()
        self._weights = self._weighed = np.zeros(0)
        self._score = 0.0

    def add(self, places: Places) -> None:
        """Take a key frame."""
        if not self.count:
            self._boxes = places.boxes
            self._weights = self._weighed = np.zeros(len(places.boxes))
        self._weights = self._weights + places.weights
        self._weighed = self._weighed + places.weights * places.qualities
        self._score += places.score
        self.count += 1

    def mean(self) -> Places | None:
        """The mean weights, and qualities weighed over time as within a frame; None of no key frame."""
        if not self.count:
            return None
        qualities = self._weighed / self._weights
        return Places(self._score / self.count, self._boxes, qualities, self._weights / self.count)


def quality_map(places: Places, height: int, width: int) -> Map:
    """Local quality all over a frame: the mean of the patches' qualities, by their weights and nearness.

    ``q(x) = sum_p w_p g(x - c_p) q_p / sum_p w_p g(x - c_p)`` with the centres c of the patches and Gaussians g of
    equal volume, as wide as half of what one patch of its resolution stands for.

    Returns:
        float32 (H, W), between the least and the greatest quality.
    """
    rows, columns = -(-height // STEP), -(-width // STEP)
    down, right = ((np.arange(count) + 0.5) * STEP for count in (rows, columns))
    total, share = np.zeros((rows, columns)), np.zeros((rows, columns))
    for box, spread, quality, weight in zip(
        places.boxes, _spreads(places.boxes, height, width), places.qualities, places.weights, strict=True
    ):
        bell = np.outer(_bell(down - box.top - box.side / 2, spread), _bell(right - box.left - box.side / 2, spread))
        share += weight * bell
        total += weight * quality * bell
    return _enlarged(np.asarray(total / share, np.float32), height, width)


def _bell(away: NDArray[Any], spread: float) -> Floats:
    # Never 0: far from all patches the nearest ones decide.
    return np.asarray(np.exp(-0.5 * np.minimum((away / spread) ** 2, 600)) / spread)


def _spreads(boxes: Sequence[Box], height: int, width: int) -> list[float]:
    """The standard deviation of each patch's Gaussian, in pixels."""
    sides = [box.side for box in boxes]
    return [max(PATCH, (height * width / sides.count(side)) ** 0.5) / 2 for side in sides]


def _enlarged(grid: Map, height: int, width: int) -> Map:
    import cv2

    rows, columns = grid.shape
    return np.asarray(cv2.resize(grid, (columns * STEP, rows * STEP), interpolation=cv2.INTER_LINEAR)[:height, :width])
