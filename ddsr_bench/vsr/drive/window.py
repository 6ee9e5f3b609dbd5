"""The drive of networks that see a frame and its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.drive.engine import Engine
from ddsr_bench.vsr.drive.tiles import Tile


def each_window(engine: Engine, frames: Iterator[Frame]) -> Iterator[Frame]:
    """Each frame from the window around it; what can be computed for a frame alone is computed once."""
    radius = engine.network.window // 2
    make = _by_features(engine) if hasattr(engine.module, "features") else _whole(engine)
    held: dict[int, tuple[Frame, Tensor]] = {}
    index, count = 0, 0
    ended = False
    while True:
        # With two radii ahead no rule for edges asks for a frame that is not here yet.
        while not ended and count <= index + 2 * radius:
            frame = next(frames, None)
            if frame is None:
                ended = True
            else:
                held[count] = (frame, engine.planes.tensor(frame))
                count += 1
        if index >= count:
            return
        numbers = window_numbers(index, count, radius, engine.network.edges)
        yield engine.planes.frame(make(numbers, {number: held[number][1] for number in numbers}), held[index][0])
        index += 1
        held.pop(index - 2 * radius - 1, None)


def window_numbers(index: int, count: int, radius: int, edges: str) -> list[int]:
    """Numbers of the frames in the window around frame ``index`` of ``count``; see ``Network.edges``.

    In shots shorter than the window, what even the rule does not reach becomes the nearest frame.
    """
    rules: dict[str, Callable[[int], int]] = {
        "reflect": lambda at: -at if at < 0 else 2 * (count - 1) - at,
        "replicate": lambda at: 0 if at < 0 else count - 1,
        "circle": lambda at: index + radius - at if at < 0 else index - radius - (at - (count - 1)),
    }
    rule = rules[edges]
    numbers = [at if 0 <= at < count else rule(at) for at in range(index - radius, index + radius + 1)]
    return [min(max(number, 0), count - 1) for number in numbers]


def _whole(engine: Engine) -> Callable[[list[int], dict[int, Tensor]], Tensor]:
    forward = engine.compiled(engine.module)

    def make(numbers: list[int], held: dict[int, Tensor]) -> Tensor:
        x = torch.stack([held[number] for number in numbers], 1)
        return engine.tiled(lambda tile: forward(tile.cut(x)), x)

    return make


def _by_features(engine: Engine) -> Callable[[list[int], dict[int, Tensor]], Tensor]:
    features, fuse = engine.compiled(engine.module.features), engine.compiled(engine.module.fuse)
    known: dict[tuple[int, Tile], Any] = {}

    def make(numbers: list[int], held: dict[int, Tensor]) -> Tensor:
        def part(tile: Tile) -> Tensor:
            for number in set(numbers):
                if (number, tile) not in known:
                    known[number, tile] = features(tile.cut(held[number]))
            made: Tensor = fuse([known[number, tile] for number in numbers])
            return made

        out = engine.tiled(part, held[numbers[0]], known.clear)
        # A frame that leaves the window is not asked for again, but where the end mirrors a few; those are redone.
        for key in [key for key in known if key[0] < min(numbers)]:
            del known[key]
        return out

    return make
