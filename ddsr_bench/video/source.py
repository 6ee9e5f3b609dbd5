"""Opening a video file: which stream is the clip, and every library error as one line that names the file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av

from ddsr_bench.errors import DdsrError
from ddsr_bench.video.hdr import refuse_unsupported
from ddsr_bench.video.naming import shown
from ddsr_bench.video.truncation import refuse_truncated


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns what the decoder or the file system raises into a DdsrError that names the file."""
    try:
        yield
    except (av.error.FFmpegError, OSError) as error:
        text = f"{shown(path)}: cannot be read ({error.strerror or error}); copy it again or re-encode it"
        raise DdsrError(text) from error


def check_file(path: Path) -> None:
    """Refuses what is not a file with bytes in it, before a demuxer gives a vaguer reason."""
    if not path.exists():
        raise DdsrError(f"{shown(path)}: no such file or folder; check the path")
    if path.is_file() and path.stat().st_size == 0:
        raise DdsrError(f"{shown(path)}: the file is empty; copy or download it again")


@contextmanager
def open_video(path: Path) -> Iterator[tuple[Any, Any]]:
    """Opens a file as (container, video stream); HDR and interlaced streams are refused here.

    Raises:
        DdsrError: missing, empty, truncated, not a video, no video stream, or a kind of video that is not read.
    """
    check_file(path)
    container = _open(path)
    with container:
        stream = _video_stream(path, container)
        refuse_truncated(path, container, stream)
        context = stream.codec_context
        if context is None or context.pix_fmt is None:
            raise DdsrError(f"{shown(path)}: 0 frames can be decoded; re-encode the clip or leave it out")
        refuse_unsupported(path, context.color_trc, context.field_order > 1)
        yield container, stream


def _open(path: Path) -> Any:
    """The opened container; a file that is no video says so, and an MP4 without its index says that."""
    try:
        return av.open(os.fspath(path), metadata_errors="replace")
    except (av.error.InvalidDataError, av.error.EOFError) as error:
        raise DdsrError(f"{shown(path)}: {_why_unreadable(path)}") from error
    except (av.error.FFmpegError, OSError) as error:
        text = f"{shown(path)}: cannot be opened ({error.strerror or error}); check its permissions"
        raise DdsrError(text) from error


def _why_unreadable(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] in (b"ftyp", b"mdat", b"moov", b"wide", b"free"):
        return "MP4 without a readable index (moov), 0 frames can be read: truncated; copy or record it again"
    return "not a video that FFmpeg can read; check that the file is what its name says"


def _video_stream(path: Path, container: Any) -> Any:
    """The largest of the streams marked as default (of all, if none is); cover pictures left aside."""
    streams = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    if not streams:
        raise DdsrError(f"{shown(path)}: no video stream (sound only?); give a file that holds a video")
    default = av.stream.Disposition.default
    return max(streams, key=lambda s: (bool(s.disposition & default), s.width * s.height))
