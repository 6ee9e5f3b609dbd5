"""Video compression: the clip through an encoder and its decoder (8-bit 4:2:0, BT.601)."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from ddsr_bench.degrade.coding import CodingParams, through_codec
from ddsr_bench.degrade.stage import Frames, StageContext


class Params(CodingParams):
    """The codec and exactly one of ``crf``, ``bits_per_frame`` and ``bits_per_pixel`` (AV1: ``crf`` only)."""

    codec: Literal["h264", "hevc", "mpeg4", "mpeg2", "vp8", "vp9", "av1"]

    @model_validator(mode="after")
    def _one_control(self) -> Params:
        self.check_control(self.codec, required=True)
        return self


def apply(frames: Frames, params: Params, context: StageContext) -> Frames:
    """Yield each frame as the decoder gives it, ``uint8 (H, W, 3)`` RGB, all of the first frame's size."""
    return through_codec(frames, params, params.codec, context)
