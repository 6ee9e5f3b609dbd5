"""Which frames of a clip are looked at: four stretches of 32 frames, every other one, spread over the clip.

The paper cuts a clip in four and takes a stretch from each quarter. Frames come here in order and nobody knows how
many there will be, so stretches are begun every 16 frames, and whenever eight are complete every other one is dropped
and from then on half as many begun. So four to seven evenly spaced ones are left at the end of a clip of any length,
and memory does not grow with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ddsr_bench.quality.fast_vqa.fragments import Cut, Picture, draw_cut

LENGTH, INTERVAL, COUNT = 32, 2, 4
SPAN = (LENGTH - 1) * INTERVAL + 1
_FIRST_STRIDE = 16


@dataclass
class Stretch:
    """Frames from ``first`` on.

    Attributes:
        first: index of the first frame.
        cut: where its patches lie.
        pictures: fragments uint8 (224, 224, 3) of every frame so far, or of every other one once it is complete.
    """

    first: int
    cut: Cut
    pictures: list[Picture] = field(default_factory=list)

    @property
    def last(self) -> int:
        """Index of the last frame of a whole stretch."""
        return self.first + SPAN - 1

    def clip(self) -> Picture:
        """The fragments of 32 frames, uint8 (32, 224, 224, 3); a clip that is too short begins again, as published."""
        if len(self.pictures) == LENGTH:
            return np.stack(self.pictures)
        return np.stack([self.pictures[index * INTERVAL % len(self.pictures)] for index in range(LENGTH)])


class Stretches:
    """Takes the frames of a clip in order and keeps fragments of what will be looked at."""

    def __init__(self) -> None:
        self._count, self._stride = 0, _FIRST_STRIDE
        self._open: list[Stretch] = []
        self._whole: list[Stretch] = []

    def add(self, frame: Picture) -> None:
        """Take the next frame, uint8 (H, W, 3)."""
        if self._count % self._stride == 0:
            self._open.append(Stretch(self._count, draw_cut(frame.shape[0], frame.shape[1], self._count)))
        for stretch in self._open:
            stretch.pictures.append(stretch.cut.fragments(frame))
        if self._open and self._open[0].last == self._count:
            self._close(self._open.pop(0))
        self._count += 1

    def chosen(self) -> list[Stretch]:
        """At most four stretches, after the last frame; the only one where no stretch is whole."""
        if not self._whole:
            return self._open[:1]
        last = len(self._whole) - 1
        places = sorted({last * index // (COUNT - 1) for index in range(COUNT)})
        return [self._whole[place] for place in places]

    def _close(self, stretch: Stretch) -> None:
        stretch.pictures = stretch.pictures[::INTERVAL]
        self._whole.append(stretch)
        if len(self._whole) == 2 * COUNT:
            self._stride *= 2
            self._whole = self._kept(self._whole)
            self._open = self._kept(self._open)

    def _kept(self, stretches: list[Stretch]) -> list[Stretch]:
        return [stretch for stretch in stretches if stretch.first % self._stride == 0]
