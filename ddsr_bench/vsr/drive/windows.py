"""The drive of networks that go through a clip in both directions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from ddsr_bench.errors import DdsrError
from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.drive.engine import Engine, is_out_of_memory

_USUAL = 20


def each_bidirectional(engine: Engine, frames: Iterator[Frame]) -> Iterator[Frame]:
    """All frames of a shot, in windows that overlap, unless the run shall be exact."""
    if engine.settings.exact:
        held = list(frames)
        yield from _Windows(engine, len(held)).run(iter(held))
    else:
        yield from _Windows(engine, window_length(engine)).run(frames)


def window_length(engine: Engine) -> int:
    """Frames in a window.

    Raises:
        DdsrError: the user's window leaves no frame between its overlaps.
    """
    network, wanted = engine.network, engine.settings.window
    borders = 1 if carries(engine) else 2
    least = borders * network.overlap + network.period
    if wanted is None:
        return max(_USUAL, 2 * borders * network.overlap, least)
    if wanted < least:
        raise DdsrError(
            f"method {engine.name!r}: windows of {wanted} frames are too short, {network.overlap} overlap at each "
            f"border; give {least} or more, or ask for an exact result"
        )
    return wanted


def carries(engine: Engine) -> bool:
    """Whether what goes forwards is carried from window to window."""
    return engine.network.halo is None and hasattr(engine.module, "stretch")


class _Windows:
    """The frames of one shot that are at hand, and how far they are done."""

    def __init__(self, engine: Engine, length: int) -> None:
        self._engine, self._length = engine, length
        self._overlap = engine.network.overlap
        self._state: Any = None
        self._held: list[tuple[Frame, Tensor]] = []
        self._first = 0  # number of the first frame held
        self._behind = 0  # frames held that are done

    def run(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Yield the output of each frame. One frame more than a window holds tells whether it is the last."""
        planes = self._engine.planes
        while True:
            missing = max(0, self._length + 1 - len(self._held))
            self._held += ((frame, planes.tensor(frame)) for frame in islice(frames, missing))
            if len(self._held) <= self._behind:
                return
            yield from self._window()

    def _window(self) -> Iterator[Frame]:
        """The outputs that the next window makes sure; where memory runs out, windows become shorter."""
        done = self._behind
        while True:
            end = max(done, len(self._held) if len(self._held) <= self._length else self._length - self._overlap)
            try:
                for out in islice(self._outputs(end), done, None):
                    yield self._engine.planes.frame(out, self._held[done][0])
                    done += 1
            except (RuntimeError, MemoryError) as error:
                self._shorten(error)
            else:
                self._leave(end)
                return

    def _outputs(self, end: int) -> Iterator[Tensor]:
        """Outputs (1, C, h, w) of the frames up to ``end``, those that are done too."""
        engine = self._engine
        x = _together([tensor for _, tensor in self._held[: max(self._length, end)]])
        if not carries(engine):
            forward = engine.compiled(engine.module)
            out = engine.tiled(lambda tile: forward(tile.cut(x)), x) if engine.network.halo else engine.call(forward, x)
            yield from (out[:, index] for index in range(end))
            return
        going = engine.module.stretch(x, end, self._state)
        while True:
            try:
                out = engine.call(next, going)
            except StopIteration as stop:
                self._state = stop.value
                return
            yield out

    def _leave(self, end: int) -> None:
        """Forget the frames that no window needs any more."""
        start = end
        if not carries(self._engine):
            start = max(0, end - self._overlap)
            start -= min(start, (self._first + start) % self._engine.network.period)
        del self._held[:start]
        self._first += start
        self._behind = end - start

    def _shorten(self, error: BaseException) -> None:
        """Halve the windows because of ``error``; any but one of memory is raised again."""
        engine = self._engine
        if not is_out_of_memory(error):
            raise error
        shorter = self._length // 2
        if shorter < max(2, engine.network.period):
            height, width = self._held[0][0].shape[:2]
            raise DdsrError(
                f"method {engine.name!r}: not enough memory on {engine.place.device} for {self._length} frames of "
                f"{width}x{height}; use smaller frames, a lower precision or another device"
            ) from error
        self._length, self._overlap = shorter, min(self._overlap, shorter // 4)
        engine.say(f"not enough memory on {engine.place.device}, going on in windows of {shorter} frames")
        if engine.place.device.type == "cuda":
            torch.cuda.empty_cache()


def _together(frames: list[Tensor]) -> Tensor:
    """(1, C, H, W) each -> (1, T, C, H, W), each frame still with its channels side by side in memory."""
    return torch.cat([frame.permute(0, 2, 3, 1) for frame in frames])[None].permute(0, 1, 4, 2, 3)
