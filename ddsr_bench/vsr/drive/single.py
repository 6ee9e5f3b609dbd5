"""Drives of networks that see one frame, or one frame and what they remember."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.drive.engine import Engine
from ddsr_bench.vsr.drive.tiles import Tile

_BATCH_PIXELS, _LARGEST_BATCH = 1 << 18, 8


def each_frame(engine: Engine, frames: Iterator[Frame]) -> Iterator[Frame]:
    """Frames on their own; on a GPU several at once where they are small."""
    forward = engine.compiled(engine.module)
    while batch := list(islice(frames, 1)):
        batch += islice(frames, _batch(engine, batch[0]) - 1)
        x = torch.cat([engine.planes.tensor(frame) for frame in batch])
        out = engine.tiled(lambda tile, x=x: forward(tile.cut(x)), x)  # type: ignore[misc]
        for index, frame in enumerate(batch):
            yield engine.planes.frame(out[index : index + 1], frame)


def _batch(engine: Engine, frame: Frame) -> int:
    """On a CPU one frame keeps all cores busy, and more only take memory."""
    if engine.place.device.type == "cpu":
        return 1
    height, width, _ = frame.shape
    return max(1, min(_LARGEST_BATCH, _BATCH_PIXELS // int(height * width)))


def each_step(engine: Engine, frames: Iterator[Frame]) -> Iterator[Frame]:
    """Frame after frame, each with the state that the one before it left; a tile has a state of its own."""
    step = engine.compiled(engine.module.step)
    states: dict[Tile, Any] = {}
    for index, frame in enumerate(frames):
        x = engine.planes.tensor(frame)

        def make(tile: Tile, x: Tensor = x) -> Tensor:
            out, states[tile] = step(tile.cut(x), states.get(tile))
            made: Tensor = out
            return made

        def anew(index: int = index) -> None:
            states.clear()
            if index:
                engine.say(f"begins anew at frame {index} of the shot, since the tiles are others now")

        yield engine.planes.frame(engine.tiled(make, x, anew), frame)
