"""Sound of one file beside the pictures of another: its packets are copied as they are, only their times move."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from ddsr_bench.video.naming import shown
from ddsr_bench.video.scan import scan_file
from ddsr_bench.video.source import reading


class SoundWarning(UserWarning):
    """Sound was left out; the text says which and why, in one line."""


@dataclass(frozen=True)
class SoundOf:
    """Sound to be copied.

    Attributes:
        path: a video file; one without sound gives none.
        start: where to begin, in seconds after the file's first frame.
        stop: where to end; None is the end of the file.
    """

    path: str | os.PathLike[str]
    start: float = 0.0
    stop: float | None = None


class SoundCopy:
    """The audio streams of a file on their way into an opened container.

    Args:
        sound: what to copy.
        container: the output, before any packet is in it.
        target: name of the output, for messages.

    Raises:
        DdsrError: the file cannot be read.
    """

    def __init__(self, sound: SoundOf, container: Any, target: Path) -> None:
        self._path = Path(sound.path)
        self._length = None if sound.stop is None else sound.stop - sound.start
        scanned = scan_file(self._path)
        #: When, by the file's own clock, the copy begins.
        self._origin = float((scanned.ticks[0] or 0) * scanned.time_base) + sound.start
        self._source: Any = None
        self._streams: dict[int, Any] = {}
        if scanned.has_audio:
            with reading(self._path):
                self._source = av.open(os.fspath(self._path), metadata_errors="replace")
                self._add_streams(container, target)
        self._packets = self._shifted()
        self._waiting: tuple[float, Any] | None = None

    def until(self, time: float | None) -> Iterator[Any]:
        """Yield packets up to ``time`` (s), so that sound goes along with the pictures; None is all that are left."""
        while True:
            item = self._waiting or next(self._packets, None)
            self._waiting = None
            if item is None:
                return
            if time is not None and item[0] > time:
                self._waiting = item
                return
            yield item[1]

    def close(self) -> None:
        """Close the file."""
        if self._source is not None:
            self._source.close()

    def _add_streams(self, container: Any, target: Path) -> None:
        for stream in self._source.streams.audio:
            name = stream.codec_context.name if stream.codec_context else "unknown"
            if name in container.supported_codecs:
                self._streams[stream.index] = container.add_stream_from_template(stream)
            else:
                text = f"{shown(target)}: sound ({name}) cannot be kept in {target.suffix}; .mkv takes it"
                warnings.warn(text, SoundWarning, stacklevel=2)

    def _shifted(self) -> Iterator[tuple[float, Any]]:
        """(time, packet), times counted from the beginning of the copy."""
        if not self._streams:
            return
        for packet in self._source.demux([self._source.streams[index] for index in self._streams]):
            if packet.pts is None or packet.size == 0:
                continue
            shift = round(self._origin / packet.time_base)
            time = float((packet.pts - shift) * packet.time_base)
            if time < 0 or (self._length is not None and time >= self._length):
                continue
            packet.pts -= shift
            packet.dts = packet.pts
            packet.stream = self._streams[packet.stream.index]
            yield time, packet
