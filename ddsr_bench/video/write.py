"""Writing clips: whole or not at all, and the same bytes for the same frames."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.video.encoders import DEFAULT_CRF, SUFFIXES, Format, Target, WriteMatrix
from ddsr_bench.video.info import Frame
from ddsr_bench.video.naming import shown
from ddsr_bench.video.sinks import FileSink, FolderSink
from ddsr_bench.video.sound import SoundOf


class VideoWriter:
    """Context manager that writes RGB frames to a video file or a folder of PNG images.

    The clip appears under its name only when the ``with`` block ends without an error, and replaces an older
    one; until then it lies beside it under a hidden name that ends in ``.part``, removed on any error. Equal
    frames and settings give equal bytes (on one build of the encoder, with ``threads=1``).

    Formats:
        ``ffv1``: Matroska, lossless 8-bit RGB; times are rounded to 1 ms by the container.
        ``h264``, ``hevc``: MP4 (or .mov, .mkv) at a CRF, limited range, colour tags always written; 4:2:0,
        or 4:4:4 where width or height is odd.
        ``png``: a folder ``00000000.png``, ``00000001.png``, ... (the layout of REDS); it keeps no times.

    Args:
        path: the file or folder to make; its parent must exist.
        width, height: size of the frames in pixels.
        fps: frames/s (average, where ``timestamps`` are given).
        format: by default after the suffix: .mkv is ffv1, .mp4 and .mov are h264, none is png.
        crf: 0..51, lower is better; by default 18 for h264 and 20 for hevc.
        timestamps: when each frame is shown (s, increasing), for a variable rate; the first becomes 0.
        matrix: RGB to Y'CbCr matrix of h264 and hevc.
        preset: speed preset of h264 and hevc.
        threads: encoder threads; more than 1 changes the bytes of h264 and hevc.
        sound: what sound to copy into the file, its first packet at the first frame; a folder holds none.

    Raises:
        DdsrError: a setting or frame that does not fit, no frames, an unwritable or full disk.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        width: int,
        height: int,
        fps: Fraction | int,
        format: Format | None = None,
        crf: float | None = None,
        timestamps: Sequence[float] | None = None,
        matrix: WriteMatrix = "bt709",
        preset: str = "medium",
        threads: int = 1,
        sound: SoundOf | None = None,
    ) -> None:
        self.path = Path(path)
        self._times = None if timestamps is None else [float(time) for time in timestamps]
        chosen = format or _format_of(self.path)
        crf = DEFAULT_CRF.get(chosen) if crf is None else crf
        variable = self._times is not None
        self._target = Target(width, height, Fraction(fps), chosen, crf, matrix, preset, threads, variable)
        self._sound = sound
        self._count = 0
        self._sink: FileSink | FolderSink | None = None
        _check(self.path, self._target, self._times)

    def __enter__(self) -> Self:
        kind = FolderSink if self._target.format == "png" else FileSink
        self._sink = kind(self.path, self._target, self._sound)
        return self

    def write(self, frame: Frame) -> None:
        """Appends one frame, ``uint8 (height, width, 3)`` RGB, full range.

        Raises:
            DdsrError: another shape or dtype; more frames than time stamps; the disk is full.
        """
        if self._sink is None:
            raise DdsrError(f"{shown(self.path)}: the writer is not open; write inside its with block")
        _check_frame(self.path, frame, self._target, self._count)
        self._sink.add(frame, self._time())
        self._count += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sink, self._sink = self._sink, None
        if sink is None:
            return
        try:
            if error is None:
                self._check_complete()
                sink.finish()
        finally:
            sink.discard()

    def _time(self) -> float | None:
        if self._times is None:
            return None
        if self._count >= len(self._times):
            count = len(self._times)
            raise DdsrError(f"{shown(self.path)}: more frames than the {count} time stamps; give one each")
        return self._times[self._count] - self._times[0]

    def _check_complete(self) -> None:
        if self._count == 0:
            raise DdsrError(f"{shown(self.path)}: no frames were written; write at least one")
        if self._times is not None and self._count != len(self._times):
            raise DdsrError(
                f"{shown(self.path)}: {self._count} frames, but {len(self._times)} time stamps; give one each"
            )


def write_video(path: str | os.PathLike[str], frames: Iterable[Frame], fps: Fraction | int, **settings: Any) -> None:
    """Writes all frames (``uint8 (H, W, 3)``) to a clip; the size is the first frame's.

    ``settings`` are those of ``VideoWriter``, as are the errors.
    """
    waiting = iter(frames)
    first = next(waiting, None)
    if first is None:
        raise DdsrError(f"{shown(path)}: no frames to write; give at least one")
    height, width = first.shape[:2]
    with VideoWriter(path, width=width, height=height, fps=fps, **settings) as writer:
        writer.write(first)
        for frame in waiting:
            writer.write(frame)


def _format_of(path: Path) -> Format:
    known: dict[str, Format] = {".mkv": "ffv1", ".mp4": "h264", ".mov": "h264", "": "png"}
    suffix = path.suffix.lower()
    if suffix not in known:
        raise DdsrError(f"{shown(path)}: no format known for '{suffix}'; use .mkv, .mp4 or a folder name")
    return known[suffix]


def _check(path: Path, target: Target, times: list[float] | None) -> None:
    """Refuses settings that no encoder would take, before any work is done."""
    allowed = SUFFIXES.get(target.format)
    if allowed and path.suffix.lower() not in allowed:
        names = " or ".join(allowed)
        raise DdsrError(f"{shown(path)}: {target.format} is written to {names}; change the name")
    if target.width < 1 or target.height < 1 or target.fps <= 0 or target.threads < 1:
        raise DdsrError(f"{shown(path)}: width, height, fps and threads must be above 0; check the settings")
    if target.format == "hevc" and min(target.width, target.height) < 16:
        raise DdsrError(f"{shown(path)}: hevc needs at least 16x16 pixels; use h264 or ffv1 for smaller frames")
    if target.crf is not None and not 0 <= target.crf <= 51:
        raise DdsrError(f"{shown(path)}: crf {target.crf} is outside 0..51; 18 is visually lossless")
    if target.matrix not in ("bt601", "bt709", "bt2020"):
        raise DdsrError(f"{shown(path)}: unknown matrix {target.matrix!r}; use bt601, bt709 or bt2020")
    if times and not bool(np.all(np.diff(times) > 0)):
        raise DdsrError(f"{shown(path)}: time stamps must increase from frame to frame; sort or drop frames")
    if not path.parent.is_dir():
        raise DdsrError(f"{shown(path)}: its folder does not exist; create {shown(path.parent)} first")


def _check_frame(path: Path, frame: Frame, target: Target, index: int) -> None:
    expected = (target.height, target.width, 3)
    if frame.shape != expected or frame.dtype != np.uint8:
        given = f"{frame.dtype} {frame.shape}"
        raise DdsrError(f"{shown(path)}: frame {index} is {given}, expected uint8 {expected}; convert it")
