"""A clip through a video codec and back, frame by frame in memory: encode -> packets -> decode, no container."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Any

import av

from ddsr_bench.errors import DdsrError
from ddsr_bench.video.ahead import ahead
from ddsr_bench.video.codecs import CODECS, Settings, encoder_name, open_decoder, open_encoder, problem
from ddsr_bench.video.planes import Image, pad, to_i420, to_rgb

#: What arrives of a packet: (its index in coding order, whether it is a key frame, its bytes) -> bytes or b"".
Channel = Callable[[int, bool, bytes], bytes]
# Whole macroblocks: no codec crops or pads by rules of its own, and chroma has whole samples.
_MULTIPLE = 16
_PACKETS_AHEAD = 8


def roundtrip(
    frames: Iterator[Image],
    *,
    codec: str,
    fps: Fraction,
    crf: float | None = None,
    bitrate: int | None = None,
    preset: str | None = None,
    gop: int | None = None,
    channel: Channel | None = None,
    options: Mapping[str, str] | None = None,
    threaded: bool = False,
) -> Iterator[Image]:
    """Encode and decode a clip; exactly one frame comes out for each that goes in, in order.

    Pictures travel as 8-bit YUV 4:2:0, BT.601, limited range, padded to sides that are multiples of 16 by
    repeating the border and cropped behind the decoder. Memory is bounded by the encoder's look-ahead. The same
    frames give the same result on every run with the same builds of the codecs.

    Args:
        frames: ``uint8 (H, W, 3)`` RGB, all of one size.
        codec: a key of :data:`ddsr_bench.video.codecs.CODECS`, which also lists ranges and presets.
        fps: frames a second that the encoder is told (MPEG-2: the nearest it can name, at equal bits a frame).
        crf: constant quality, on the codec's own scale; excludes ``bitrate``.
        bitrate: bits a second at ``fps``; with ``fps=1`` these are bits a frame, as in RealBasicVSR. Neither:
            the encoder's default.
        preset: the encoder's speed.
        gop: most frames from one key frame to the next.
        channel: what the decoder gets of each packet. A frame that cannot be decoded is replaced by the one
            before it; damaged ones are concealed by the decoder.
        options: further options of the encoder, as FFmpeg names them.
        threaded: encode in a thread of its own, a few packets ahead of the decoder; changes no byte.

    Raises:
        DdsrError: settings that exclude each other or the encoder refuses, no such encoder, frames of two sizes.
    """
    wrong = problem(codec, crf, bitrate, preset)
    if wrong is None and fps <= 0:
        wrong = f"fps = {fps} is not above 0"
    if wrong:
        raise DdsrError(f"codec {codec}: {wrong}")
    encoder_name(codec)
    settings = Settings(codec, Fraction(fps), crf, bitrate, preset, gop, dict(options or {}))
    encoding = _Encoding(frames, settings)
    packets = ahead(encoding.packets(), _PACKETS_AHEAD) if threaded else encoding.packets()
    return _closing(_decoded(encoding, packets, channel), packets)


def _closing(images: Iterator[Image], packets: Generator[Any]) -> Iterator[Image]:
    """Free the encoder, and end its thread, as soon as the consumer stops."""
    with closing(packets):
        yield from images


@dataclass
class _Encoding:
    """The encoder's side: how many frames went in, and their size (height, width)."""

    frames: Iterator[Image]
    settings: Settings
    count: int = 0
    size: tuple[int, int] = (0, 0)

    def packets(self) -> Generator[Any]:
        """Encode all frames; yields ``av.Packet`` in coding order, ``pts`` counting frames."""
        encoder: Any = None
        least = CODECS[self.settings.codec].least_side
        for frame in self.frames:
            planes = to_i420(pad(self._checked(frame), _MULTIPLE, least))
            if encoder is None:
                encoder = open_encoder(self.settings, planes.shape[1], planes.shape[0] * 2 // 3)
            picture = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            picture.pts, picture.time_base = self.count, encoder.time_base
            self.count += 1
            yield from encoder.encode(picture)
        if encoder is not None:
            yield from encoder.encode(None)

    def _checked(self, frame: Image) -> Image:
        size = (frame.shape[0], frame.shape[1])
        if not self.count:
            self.size = size
        if size != self.size:
            (height, width), (first_height, first_width) = size, self.size
            raise DdsrError(
                f"frame {self.count}: {width}x{height}, but the clip began with {first_width}x{first_height}; "
                "bring all frames to one size before encoding"
            )
        return frame


def _decoded(encoding: _Encoding, packets: Iterator[Any], channel: Channel | None) -> Iterator[Image]:
    """Every frame of the clip; one that the decoder does not give is the one before it again."""
    decoder = open_decoder(encoding.settings.codec, conceal=channel is not None)
    shown, last = 0, None
    arrived = packets if channel is None else _arrived(packets, channel)
    for picture in _pictures(decoder, arrived, strict=channel is None):
        if picture.pts is None or picture.pts < shown:  # the decoder's own filling of a gap
            continue
        rgb = to_rgb(picture.to_ndarray(), encoding.size)
        yield from _again(rgb if last is None else last, picture.pts - shown)
        shown, last = picture.pts + 1, rgb
        yield rgb
    if last is not None:
        yield from _again(last, encoding.count - shown)
    elif encoding.count:
        raise DdsrError(f"codec {encoding.settings.codec}: nothing could be decoded; lose fewer packets")


def _again(image: Image, times: int) -> Iterator[Image]:
    # Copies, since a consumer may work in place.
    return (image.copy() for _ in range(times))


def _pictures(decoder: Any, packets: Iterator[Any], strict: bool) -> Iterator[Any]:
    """Decode all packets; where not ``strict``, what the decoder cannot read gives nothing."""
    for packet in chain(packets, [None]):
        try:
            pictures = decoder.decode(packet)
        except av.FFmpegError:
            if strict:
                raise
            continue
        yield from pictures


def _arrived(packets: Iterator[Any], channel: Channel) -> Iterator[Any]:
    for index, packet in enumerate(packets):
        sent = bytes(packet)
        received = channel(index, packet.is_keyframe, sent)
        if received == sent:
            yield packet
        elif received:
            # Not av.Packet(received): decoders look a little past the end, and only this way there are zeros.
            damaged = av.Packet(len(received))
            damaged.update(received)
            damaged.pts, damaged.dts, damaged.time_base = packet.pts, packet.dts, packet.time_base
            yield damaged
