"""Motion of the scene while the shutter is open, and the rolling shutter: what other generators leave out."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from ddsr_bench.degrade.exposure import Shutter, box, expose
from ddsr_bench.degrade.flow import Array, Motion, grey, measure
from ddsr_bench.degrade.frames import size, to_float
from ddsr_bench.degrade.response import Response
from ddsr_bench.degrade.stage import Bounds, Frame, Frames, StageContext, StageParams, Track, at


class Params(StageParams):
    """``exposure``: time the shutter is open, in frame intervals; ``readout``: how much later, in frame intervals,
    the last row is exposed than the first (0: global shutter).

    ``interpolation`` ``flow`` makes sub-frames at most ``max_step`` pixels of motion apart, but no more than
    ``max_samples`` (rounded down to one of ``degrade.exposure.COUNTS``); ``none`` averages the nearest odd number
    of frames, ``readout`` ignored.
    """

    exposure: Annotated[Track, Bounds(0.02, 8)]
    response: Response = "srgb"
    interpolation: Literal["flow", "none"] = "flow"
    readout: Annotated[Track, Bounds(0, 1)] = 0.0
    max_step: Annotated[float, Bounds(0.25, 8)] = 1.5
    max_samples: Annotated[int, Bounds(1, 63)] = 21


def minimum_frames(params: Params) -> int:
    """Two frames for flow; for plain averaging as many as are averaged."""
    return 2 if params.interpolation == "flow" else 2 * _reach(params) + 1


def _peak(track: Track) -> float:
    return max(track) if isinstance(track, tuple) else track


def _reach(params: Params) -> int:
    """Frames that are needed on each side of one."""
    if params.interpolation == "none":
        return neighbours(_peak(params.exposure))
    return math.ceil((_peak(params.exposure) + _peak(params.readout)) / 2)


def neighbours(exposure: float) -> int:
    """Frames on each side that a plain average takes: 2n + 1 is the odd number next to ``exposure``, 3 for 2."""
    return math.floor(exposure / 2)


def apply(frames: Frames, params: Params, context: StageContext) -> Frames:
    """Yield each frame as exposed, ``float32 (3, H, W)``; holds as many frames as the longest exposure spans."""
    window = _Window(frames, _reach(params), params.interpolation == "flow")
    index = 0
    while window.advance():
        yield to_float(_exposed(window, params, index))
        index += 1


def _exposed(window: _Window, params: Params, index: int) -> Frame:
    exposure = at(params.exposure, index)
    if params.interpolation == "none":
        return box(window.around(neighbours(exposure)), params.response)
    shutter = Shutter(exposure, at(params.readout, index), params.response, params.max_step, params.max_samples)
    return expose(window.frames, window.motions, window.centre, shutter)


class _Window:
    """Frames around the present one and, where wanted, the motion between them."""

    def __init__(self, frames: Frames, reach: int, moving: bool) -> None:
        self._source, self._reach, self._moving = frames, reach, moving
        self._grey: Array | None = None
        self.centre = -1
        self.frames: list[Frame] = []
        self.motions: list[Motion] = []

    def advance(self) -> bool:
        """Go on to the next frame; False after the last."""
        self.centre += 1
        while len(self.frames) - 1 - self.centre < self._reach and self._pull():
            pass
        if self.centre >= len(self.frames):
            return False
        while self.centre > max(self._reach, 1):
            self._drop()
        return True

    def _pull(self) -> bool:
        frame = next(self._source, None)
        if frame is None:
            return False
        if self._moving:
            before, self._grey = self._grey, grey(frame)
            if before is not None:
                self.motions.append(measure(before, self._grey, size(frame)))
        self.frames.append(frame)
        return True

    def _drop(self) -> None:
        self.frames.pop(0)
        if self._moving:
            self.motions.pop(0)
        self.centre -= 1

    def around(self, reach: int) -> list[Frame]:
        """``2 * reach + 1`` frames around the present one; beyond the ends time is mirrored."""
        last = len(self.frames) - 1
        indices = (abs(self.centre + offset) for offset in range(-reach, reach + 1))
        return [self.frames[min(max(last - abs(last - index), 0), last)] for index in indices]
