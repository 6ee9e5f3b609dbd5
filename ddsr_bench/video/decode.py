"""Decoded frames of a file in display order, every one checked, none silently missing."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import av

from ddsr_bench.errors import DdsrError
from ddsr_bench.video.ffv1 import is_damaged
from ddsr_bench.video.hdr import refuse_unsupported
from ddsr_bench.video.naming import shown
from ddsr_bench.video.scan import Tally
from ddsr_bench.video.source import open_video, reading


def decoded(path: Path, start: int, stop: int | None, threads: int | None) -> Generator[Any, None, None]:
    """Yields ``av.VideoFrame`` number ``start`` up to ``stop`` (exclusive; None: the end).

    Raises:
        DdsrError: as ``read_frames``.
    """
    count = 0
    with reading(path), open_video(path) as (container, stream):
        stream.thread_type, stream.thread_count = "AUTO", threads or 0
        tally = Tally.of(container, stream)
        summed = stream.codec_context.name == "ffv1" and bool(stream.codec_context.extradata)
        size: tuple[int, int] | None = None
        for packet in container.demux(stream):
            tally.add(packet)
            if summed and is_damaged(bytes(packet)):
                raise DdsrError(_damaged(path, tally.packets - 1, stream.frames))
            for frame in _decode(path, packet, count, stream):
                size = size or (frame.width, frame.height)
                _check(path, frame, count, size)
                count += 1
                if count > start:
                    yield frame
                if count == stop:
                    return
    _check_complete(path, count, start, tally)


def _decode(path: Path, packet: Any, count: int, stream: Any) -> list[Any]:
    try:
        return list(packet.decode())
    except av.error.InvalidDataError as error:
        raise DdsrError(_damaged(path, count, stream.frames)) from error


def _check(path: Path, frame: Any, index: int, size: tuple[int, int]) -> None:
    """Refuses what may change in the middle of a stream."""
    if (frame.width, frame.height) != size:
        here, first = f"{frame.width}x{frame.height}", f"{size[0]}x{size[1]}"
        raise DdsrError(f"{shown(path)}: frame {index} is {here}, the first {first}; re-encode to one size")
    if frame.is_corrupt:
        raise DdsrError(f"{shown(path)}: frame {index} is damaged; re-encode the clip or copy it again")
    if frame.interlaced_frame:
        refuse_unsupported(path, 0, True)
    if index == 0:
        refuse_unsupported(path, frame.color_trc, False)


def _check_complete(path: Path, count: int, start: int, tally: Tally) -> None:
    if count == 0:
        raise DdsrError(f"{shown(path)}: 0 frames can be decoded; re-encode the clip or leave it out")
    if tally.trusted and count < tally.packets:
        raise DdsrError(_damaged(path, count, tally.packets))
    if count <= start:
        raise DdsrError(f"{shown(path)}: has {count} frames, none from {start} on; ask for earlier ones")


def _damaged(path: Path, count: int, announced: int) -> str:
    """The message; ``announced`` is 0 where the header gives no number."""
    part = f"{count} of {announced}" if announced else f"only {count}"
    return f"{shown(path)}: damaged, {part} frames could be read; re-encode it or copy it again"
