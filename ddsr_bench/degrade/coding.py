"""What the stages with a video codec share: how bits are given, and frames that are ready to encode."""

from __future__ import annotations

from fractions import Fraction
from itertools import chain
from typing import Annotated, Any

import cv2

from ddsr_bench.degrade.frames import size, to_uint8
from ddsr_bench.degrade.stage import Bounds, Frames, StageContext, StageParams
from ddsr_bench.video.roundtrip import roundtrip

_LEAST_PIXELS = 160 * 90
CONTROLS = ("crf", "bits_per_frame", "bits_per_pixel")


class CodingParams(StageParams):
    """How good the coded picture is, and how it is coded; see ``ddsr_bench.video.codecs`` for each codec's ranges.

    * ``crf``: constant quality on the codec's own scale (MPEG-2 and MPEG-4: the quantiser, 1 to 31);
    * ``bits_per_frame``: a bitrate whose encoder is told 1 frame a second (RealBasicVSR's semantics: how bad the
      picture gets depends on its size);
    * ``bits_per_pixel``: a bitrate at the clip's own frame rate, ``bits_per_pixel * width * height * fps``.
      A frame smaller than 160x90 gets that size's bits: headers do not shrink with the picture, and an encoder that
      is left less gives up on it altogether.

    ``preset`` is the encoder's speed, ``gop`` the most frames between key frames; both default to the encoder's own.
    """

    crf: Annotated[float | None, Bounds(0, 63)] = None
    bits_per_frame: Annotated[float | None, Bounds(100, 1e9)] = None
    bits_per_pixel: Annotated[float | None, Bounds(1e-4, 48)] = None
    preset: str | None = None
    gop: Annotated[int | None, Bounds(1, 100_000)] = None

    def given_controls(self) -> list[str]:
        """Which of :data:`CONTROLS` are given."""
        return [name for name in CONTROLS if getattr(self, name) is not None]

    def check_control(self, codec: str, required: bool) -> None:
        """Raise ValueError unless the settings fit together and to ``codec``."""
        from ddsr_bench.video.codecs import problem

        given = self.given_controls()
        if len(given) > 1 or (required and not given):
            raise ValueError(f"give exactly one of {', '.join(CONTROLS)} (given: {', '.join(given) or 'none'})")
        wrong = problem(codec, self.crf, self.bits_per_frame or self.bits_per_pixel, self.preset)
        if wrong:
            raise ValueError(wrong)

    def settings(self, height: int, width: int, context: StageContext) -> dict[str, Any]:
        """The arguments ``fps``, ``crf``, ``bitrate``, ``preset`` and ``gop`` of ``video.roundtrip.roundtrip``."""
        fps, bitrate = context.fps, None
        if self.bits_per_frame is not None:
            fps, bitrate = Fraction(1), round(self.bits_per_frame)
        elif self.bits_per_pixel is not None:
            pixels = max(height * width, _LEAST_PIXELS)
            bitrate = max(1, round(self.bits_per_pixel * pixels * float(fps)))
        return {"fps": fps, "crf": self.crf, "bitrate": bitrate, "preset": self.preset, "gop": self.gop}


def of_one_size(frames: Frames) -> Frames:
    """Yield each frame as ``uint8 (H, W, 3)``, brought to the size of the first (bilinear, on bytes)."""
    first = None
    for frame in frames:
        image = to_uint8(frame)
        first = first or size(image)
        if size(image) != first:
            image = cv2.resize(image, first[::-1], interpolation=cv2.INTER_LINEAR)
        yield image


def through_codec(
    frames: Frames, params: CodingParams, codec: str, context: StageContext, crf: float | None = None, **further: Any
) -> Frames:
    """Yield each frame as the decoder gives it, ``uint8 (H, W, 3)`` RGB, all of the first frame's size.

    ``crf`` is used where ``params`` say nothing of quality; ``further`` goes to ``video.roundtrip.roundtrip``.
    """
    images = of_one_size(frames)
    first = next(images, None)
    if first is None:
        return
    settings = params.settings(*size(first), context)
    if not params.given_controls():
        settings["crf"] = crf
    yield from roundtrip(chain([first], images), codec=codec, **settings, **further)
