"""Packets lost on the way: the clip is coded, parts of its pictures are dropped, the decoder conceals the gaps.

A picture is sent in about ``packets`` packets, each holding whole slices. What is lost is filled in by FFmpeg's
error concealment (motion guessed from the neighbours, then deblocked), and the damage travels on until the next key
frame. A picture of which nothing can be read is the one before it again, so no frame goes missing; the first
picture always arrives.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from ddsr_bench.degrade.bursts import Bursts
from ddsr_bench.degrade.coding import CodingParams, through_codec
from ddsr_bench.degrade.stage import Bounds, Frames, StageContext
from ddsr_bench.video.packets import cut, cutting_options, needs_first
from ddsr_bench.video.roundtrip import Channel

# A fairly clean picture, where the recipe does not say how good it is: packet loss is the subject here.
_DEFAULT_CRF = {"h264": 20.0, "mpeg4": 4.0, "mpeg2": 4.0}


class Params(CodingParams):
    """``rate``: share of packets lost; ``burst``: mean length of a loss in packets; ``packets``: per picture.

    The codec's settings are those of the video stage; with none of them given, a good picture is sent.
    """

    rate: Annotated[float, Bounds(0, 0.5)]
    burst: Annotated[float, Bounds(1, 1000)] = 2.0
    packets: Annotated[int, Bounds(1, 32)] = 8
    codec: Literal["h264", "mpeg4", "mpeg2"] = "h264"
    gop: Annotated[int | None, Bounds(1, 100_000)] = 30

    @model_validator(mode="after")
    def _one_control(self) -> Params:
        self.check_control(self.codec, required=False)
        return self


def apply(frames: Frames, params: Params, context: StageContext) -> Frames:
    """Yield each frame as the decoder shows it, ``uint8 (H, W, 3)`` RGB, all of the first frame's size."""
    return through_codec(
        frames,
        params,
        params.codec,
        context,
        crf=_DEFAULT_CRF[params.codec],
        channel=lossy(params, context),
        options=cutting_options(params.codec, params.packets),
    )


def lossy(params: Params, context: StageContext) -> Channel:
    """The channel that loses packets; which ones depends on the stage's noise and the number of packets alone."""
    bursts = Bursts(params.rate, params.burst)

    def channel(index: int, key: bool, payload: bytes) -> bytes:
        if index == 0:
            return payload
        pieces = cut(params.codec, payload, params.packets)
        draws = context.noise(index, "loss").random(len(pieces))
        arrived = [not bursts.lost(draw) for draw in draws]
        if needs_first(params.codec) and not arrived[0]:
            return b""
        return b"".join(piece for piece, came in zip(pieces, arrived, strict=True) if came)

    return channel
