"""Running a method on clips: shots apart, sizes checked, any scale."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.method import Method, Run, Settings
from ddsr_bench.vsr.resize_to import resize_to
from ddsr_bench.vsr.shots import shots

PathLike = str | os.PathLike[str]


class Upscaler:
    """A method made ready once, for any number of clips.

    Args:
        method: what upscales.
        settings: how; its ``scale`` is left aside.
        scale: output size / input size; None is the method's main one. One that the method does not make itself is
            made from the next larger that it does, by an antialiased bicubic resize at the end.
        cuts: what is remembered of one shot stays out of the next; False takes each clip for one shot.

    Raises:
        DdsrError: a scale beyond the method's, and what the method refuses (missing weights, a setting).
    """

    def __init__(
        self, method: Method, settings: Settings | None = None, *, scale: float | None = None, cuts: bool = True
    ) -> None:
        self.method = method
        self._native = native_scale(method, scale)
        self._scale = self._native if scale is None else scale
        self._cuts = cuts and method.temporal != "frame"
        self._settings = replace(settings or Settings(), scale=self._native)
        if method.start_clip is not None:
            # Files have the scale that they have; one that was asked for is held against it.
            self._settings = replace(self._settings, scale=None if scale is None else self._native)
        self._run = method.start(self._settings) if method.start_clip is None else None

    def __call__(self, frames: Iterable[Frame], *, clip: str = "clip") -> Iterator[Frame]:
        """Upscale a clip while it streams by.

        Args:
            frames: uint8 (H, W, 3) RGB of one size.
            clip: its id, for messages and for methods that must know it.

        Yields:
            As many frames, uint8 (scale H, scale W, 3), sides rounded.

        Raises:
            DdsrError: frames of another kind, of two sizes, too small or too few for the method; or a method that
                gives other frames than it should.
        """
        waiting = _checked(iter(frames), clip)
        first = list(islice(waiting, max(1, self.method.fewest)))
        self._check_clip(first, clip)
        stream = chain(first, waiting)
        if self.method.start_clip is not None:
            yield from self._shot(self.method.start_clip(self._settings, clip), stream, None)
            return
        run = self._run or self.method.start(self._settings)
        height, width, planes = first[0].shape
        expected = (height * self._native, width * self._native, planes)
        for shot in shots(stream, shortest=self.method.fewest) if self._cuts else iter([stream]):
            for frame in self._shot(run, shot, expected):
                yield resize_to(frame, round(height * self._scale), round(width * self._scale))

    def _check_clip(self, first: list[Frame], clip: str) -> None:
        method = self.method
        if not first:
            raise DdsrError(f"{clip}: no frames; give at least one")
        if len(first) < method.fewest:
            raise DdsrError(
                f"{clip}: {len(first)} frames, but method {method.name!r} needs {method.fewest}; use a longer clip or "
                "another method"
            )
        (height, width), (rows, columns) = first[0].shape[:2], method.smallest
        if height < rows or width < columns:
            raise DdsrError(
                f"{clip}: {width}x{height}, but method {method.name!r} needs {columns}x{rows}; use larger frames or "
                "another method"
            )

    def _shot(self, run: Run, shot: Iterator[Frame], expected: tuple[int, ...] | None) -> Iterator[Frame]:
        """One shot, whose output is held against its input and the shape that it should have."""
        taken = made = 0

        def counted() -> Iterator[Frame]:
            nonlocal taken
            for frame in shot:
                taken += 1
                yield frame

        for frame in run(counted()):
            if expected is not None and (frame.shape != expected or frame.dtype != np.uint8):
                kind, wanted = f"{frame.dtype} {frame.shape}", f"uint8 {expected} (x{self._native})"
                raise DdsrError(f"method {self.method.name!r}: gave frames {kind}, expected {wanted}; correct it")
            made += 1
            yield frame
        taken += sum(1 for _ in shot)
        if made != taken:
            raise DdsrError(f"method {self.method.name!r}: gave {made} frames for {taken}; it must give one for each")


def native_scale(method: Method, wanted: float | None) -> int:
    """The scale that the method makes itself, from which ``wanted`` is then made.

    Raises:
        DdsrError: below 1, or larger than any that it makes.
    """
    if wanted is None:
        return method.scales[0]
    enough = [scale for scale in method.scales if scale >= wanted >= 1 and (scale > 1 or wanted == 1)]
    if not enough:
        offered = ", ".join(f"x{scale}" for scale in sorted(method.scales))
        largest = max(method.scales)
        more = f", and by a final resize anything from x1 to x{largest}" if largest > 1 else ""
        raise DdsrError(f"method {method.name!r}: has no x{wanted:g}; it makes {offered}{more}")
    return min(enough)


def upscale_frames(
    frames: Iterable[Frame],
    method: Method,
    settings: Settings | None = None,
    *,
    scale: float | None = None,
    cuts: bool = True,
) -> Iterator[Frame]:
    """Upscale frames while they stream by; arguments and errors as for :class:`Upscaler`."""
    yield from Upscaler(method, settings, scale=scale, cuts=cuts)(frames)


def upscale(
    clip: Iterable[Any] | PathLike, method: str = "realbasicvsr", scale: float | None = None, **settings: Any
) -> Frame:
    """Upscale a clip that fits into memory.

    Args:
        clip: a path of a video or of a folder of frames, or frames: uint8 (T, H, W, 3) RGB, an array or any iterable.
            Grey frames (H, W) or (H, W, 1) are taken for RGB of equal channels; other kinds are refused.
        method: a name of ``ddsr-bench methods list``, ``path/to/file.py:function`` or ``folder:DIR``.
        scale: output size / input size; None is the method's main one.
        **settings: those of :class:`~ddsr_bench.vsr.method.Settings`, such as ``precision="fp32"`` or ``tile=256``,
            and ``cuts=False``.

    Returns:
        uint8 (T, scale H, scale W, 3).

    Raises:
        DdsrError: what cannot be read, an unknown method or setting, and as for :class:`Upscaler`.
    """
    cuts = bool(settings.pop("cuts", True))
    try:
        chosen = Settings(**settings)
    except TypeError as error:
        known = ", ".join([*Settings.__dataclass_fields__, "cuts"])
        raise DdsrError(f"upscale: {sorted(settings)} are not all settings; known are {known}") from error
    ready = Upscaler(get_method(method), chosen, scale=scale, cuts=cuts)
    if isinstance(clip, str | os.PathLike):
        from ddsr_bench.video import read_frames

        return np.stack(list(ready(read_frames(clip), clip=Path(clip).stem)))
    return np.stack(list(ready(_as_rgb(np.asarray(frame), index) for index, frame in enumerate(clip))))


def _as_rgb(frame: np.ndarray[Any, Any], index: int) -> Frame:
    """A grey frame as RGB; any other as it is."""
    grey = frame[..., None] if frame.ndim == 2 else frame
    return np.repeat(grey, 3, 2) if grey.ndim == 3 and grey.shape[2] == 1 else frame


def _checked(frames: Iterator[Frame], clip: str) -> Iterator[Frame]:
    """The frames, as long as they are of one kind and size."""
    size: tuple[int, ...] | None = None
    for index, frame in enumerate(frames):
        if frame.dtype != np.uint8:
            raise DdsrError(f"{clip}: frame {index} is {frame.dtype}; give uint8, 0..255")
        if frame.ndim == 3 and frame.shape[2] == 4:
            raise DdsrError(f"{clip}: frame {index} has an alpha channel; leave it out, as frames[..., :3] does")
        if frame.ndim != 3 or frame.shape[2] != 3 or not frame.size:
            raise DdsrError(f"{clip}: frame {index} has shape {frame.shape}; give (H, W, 3), RGB")
        size = size or frame.shape
        if frame.shape != size:
            here, there = (f"{shape[1]}x{shape[0]}" for shape in (frame.shape, size))
            raise DdsrError(f"{clip}: frame {index} is {here}, but the first is {there}; one clip must have one size")
        yield frame
