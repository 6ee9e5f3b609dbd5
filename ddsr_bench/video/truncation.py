"""Files that end before their own headers say. FFmpeg reads them without a word, so sizes are checked."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import av

from ddsr_bench.errors import DdsrError
from ddsr_bench.video.naming import shown


def refuse_truncated(path: Path, container: Any, stream: Any) -> None:
    """Raises where a file's top-level boxes reach past its end and frames are missing for it.

    The frames are counted (decoded) only for such a file, so an intact one costs a few small reads.

    Raises:
        DdsrError: truncated; the line names how many frames could be read and how many were announced.
    """
    missing = missing_bytes(path, container.format.name)
    if missing <= 0:
        return
    seconds = float(container.duration or 0) * 1e-6
    announced = stream.frames or round(seconds * float(stream.average_rate or 0))
    readable = _count(path, stream.index)
    if readable < announced or not announced:
        raise DdsrError(
            f"{shown(path)}: truncated ({missing} bytes are missing), {readable} of {announced} frames can be"
            " read; copy or download it again"
        )


def _count(path: Path, index: int) -> int:
    """Frames that can be decoded before the first error, those still inside the decoder included."""
    count = 0
    with suppress(av.error.FFmpegError, OSError), av.open(os.fspath(path)) as container:
        stream = container.streams[index]
        with suppress(av.error.FFmpegError, OSError):
            for packet in container.demux(stream):
                count += len(packet.decode())
        count += len(stream.codec_context.decode(None))
    return count


def missing_bytes(path: Path, container_format: str) -> int:
    """Bytes between a file's end and the end that its top-level boxes announce; 0 where they cannot tell."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if "mp4" in container_format:
            return _mp4_end(file, size) - size
        if "matroska" in container_format:
            return _matroska_end(file, size) - size
        if container_format == "avi":
            return _riff_end(file, size) - size
    return 0


def _mp4_end(file: BinaryIO, size: int) -> int:
    """Where the last top-level box ends (ISO/IEC 14496-12, 4.2)."""
    at = 0
    while at + 8 <= size:
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8:  # 0: the box runs to the end of the file; 2..7: not a box
            return size
        at += length
    return at if at > size else size


def _riff_end(file: BinaryIO, size: int) -> int:
    """Where the last RIFF chunk of an AVI file ends."""
    at = 0
    while at + 8 <= size:
        file.seek(at)
        head = file.read(8)
        if head[:4] != b"RIFF":
            break
        at += 8 + int.from_bytes(head[4:8], "little")
    return max(at, size)


def _matroska_end(file: BinaryIO, size: int) -> int:
    """Where the segment ends (RFC 8794: element id, then a size whose first bit set tells its length)."""
    at = 0
    while at + 12 <= size:
        file.seek(at)
        head = file.read(12)
        width = 9 - head[4].bit_length()
        length = int.from_bytes(head[4 : 4 + width], "big") - (1 << (7 * width))
        unknown = length == (1 << (7 * width)) - 1  # a live recording, never closed
        if width > 8 or unknown or head[:4] not in (b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"):
            return size
        at += 4 + width + length
    return max(at, size)
