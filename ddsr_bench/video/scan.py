"""One pass over a file's packets: how many frames, when each is shown, and the first few decoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from ddsr_bench.errors import DdsrError
from ddsr_bench.video.naming import shown
from ddsr_bench.video.source import open_video, reading

# In these containers and codecs one packet is one shown frame; elsewhere (packed B-frames in AVI, hidden
# VP8 frames, broadcast streams cut between key frames) only decoding tells.
_CONTAINERS = ("mp4", "matroska")
_CODECS = frozenset(
    (
        "h264",
        "hevc",
        "vp9",
        "av1",
        "libdav1d",
        "ffv1",
        "prores",
        "png",
        "mjpeg",
        "rawvideo",
        "huffyuv",
        "dnxhd",
    )
)
_HEAD = 4


@dataclass
class Tally:
    """Counts the frames that packets promise, to hold against the frames that come out."""

    trusted: bool
    packets: int = 0
    ticks: list[int] = field(default_factory=list)
    last_duration: int = 0

    @classmethod
    def of(cls, container: Any, stream: Any) -> Tally:
        """An empty tally for a stream."""
        known = any(name in container.format.name for name in _CONTAINERS)
        return cls(known and stream.codec_context.name in _CODECS)

    def add(self, packet: Any) -> None:
        """Counts one packet, unless an edit list hides its frame."""
        if packet.size == 0 or packet.is_discard:
            return
        self.packets += 1
        if packet.pts is None or (self.packets == 1 and not packet.is_keyframe):
            self.trusted = False
            return
        # Pictures that are shown before the first key frame lean on frames that were cut away.
        self.trusted = self.trusted and not (self.ticks and packet.pts < self.ticks[0])
        self.ticks.append(packet.pts)
        self.last_duration = packet.duration or 0


@dataclass(frozen=True)
class Scan:
    """What one pass tells: frame times in display order (ticks of ``time_base`` seconds), the last frame's
    duration (ticks, 0 unknown), the first decoded frames, and the header's word on rate, codec and sound.
    """

    ticks: tuple[int | None, ...]
    last_duration: int
    time_base: Fraction
    head: tuple[Any, ...]
    rates: tuple[Fraction, ...]
    codec: str
    has_audio: bool


def scan(container: Any, stream: Any, decode: bool = False) -> Scan | None:
    """Walks through all packets of a stream, decoding a few frames, or all where packets do not tell.

    Returns None where the packets turned out not to tell the number of frames: open the file again and call
    with ``decode=True``, which never returns None.
    """
    tally = Tally.of(container, stream)
    decode = decode or not tally.trusted
    stream.thread_type = "AUTO" if decode else "SLICE"
    head: list[Any] = []
    shown: list[int | None] = []
    for packet in container.demux(stream):
        tally.add(packet)
        if decode or len(head) < _HEAD:
            frames = _frames(packet)
            head.extend(frames[: _HEAD - len(head)])
            shown.extend(frame.pts for frame in frames)
    if not decode and not tally.trusted:
        return None
    ticks = shown if decode else sorted(tally.ticks)
    return Scan(
        ticks=tuple(ticks),
        last_duration=tally.last_duration,
        time_base=stream.time_base or Fraction(1),
        head=tuple(head),
        rates=tuple(Fraction(rate) for rate in (stream.average_rate, stream.guessed_rate) if rate),
        codec=stream.codec_context.codec.canonical_name,
        has_audio=bool(container.streams.audio),
    )


def _frames(packet: Any) -> list[Any]:
    """What a packet decodes to; a damaged one gives nothing here and an error when the clip is read."""
    try:
        return list(packet.decode())
    except av.error.InvalidDataError:
        return []


def scan_file(path: Path) -> Scan:
    """Scans a file, decoding it all only where its packets do not tell the number of frames.

    Raises:
        DdsrError: what cannot be opened or is truncated; no frame can be decoded.
    """
    found = None
    for decode in (False, True):
        with reading(path), open_video(path) as (container, stream):
            found = scan(container, stream, decode)
        if found is not None:
            break
    if found is None or not found.head:
        raise DdsrError(f"{shown(path)}: 0 frames can be decoded; re-encode the clip or leave it out")
    return found
