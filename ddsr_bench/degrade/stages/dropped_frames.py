"""Frames that are not shown in their turn: dropped (the one before freezes) or late (held, then hurried through).

The clip keeps its number of frames and frame ``k`` keeps its place beside frame ``k`` of the source, but its content
may be older: by the length of the freeze, or by the delay. References are therefore off in time where frames froze;
:func:`shown` tells by how much.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import count
from typing import Annotated, Literal

from ddsr_bench.degrade.bursts import Bursts
from ddsr_bench.degrade.stage import Bounds, Frame, Frames, StageContext, StageParams

# Frames a late player lags at most, which bounds the memory.
_MOST_DELAY = 15


class Params(StageParams):
    """``rate``: share of frames not shown in time; ``burst``: mean number of them in a row.

    ``mode``: ``freeze`` repeats the last frame and goes on in time; ``late`` repeats it and goes on behind time,
    skipping every second frame until it has caught up.
    """

    rate: Annotated[float, Bounds(0, 0.5)]
    burst: Annotated[float, Bounds(1, 100)] = 1.0
    mode: Literal["freeze", "late"] = "freeze"


def shown(params: Params, context: StageContext) -> Iterator[int]:
    """For one frame after the other, the index of the source frame that is shown; never falling, never ahead."""
    bursts, delay = Bursts(params.rate, params.burst), 0
    yield 0
    for frame in count(1):
        stuck = bursts.lost(context.noise(frame, "dropped").random())
        if params.mode == "freeze":
            delay = delay + 1 if stuck else 0
        else:
            delay = min(delay + 1, _MOST_DELAY) if stuck else max(delay - 1, 0)
        yield frame - delay


def apply(frames: Frames, params: Params, context: StageContext) -> Frames:
    """Yield the frames that are shown, in the form they came in; a repeated frame is a copy."""
    kept: deque[tuple[int, Frame]] = deque()
    before = -1
    for index, (frame, wanted) in enumerate(zip(frames, shown(params, context), strict=False)):
        if wanted == index or params.mode == "late":
            kept.append((index, frame))
        while kept[0][0] < wanted:
            kept.popleft()
        yield kept[0][1].copy() if wanted == before else kept[0][1]
        before = wanted
