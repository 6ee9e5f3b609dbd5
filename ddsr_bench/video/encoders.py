"""Encoder and muxer settings of each output format, chosen so that equal frames give equal bytes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from av.video.reformatter import ColorRange, Interpolation

from ddsr_bench.video.colour import REPEATABLE, SPACES

Format = Literal["ffv1", "h264", "hevc", "png"]
WriteMatrix = Literal["bt601", "bt709", "bt2020"]

SUFFIXES: dict[str, tuple[str, ...]] = {
    "ffv1": (".mkv",),
    "h264": (".mp4", ".mov", ".mkv"),
    "hevc": (".mp4", ".mov", ".mkv"),
}
MUXERS = {".mkv": "matroska", ".mp4": "mp4", ".mov": "mov"}
DEFAULT_CRF = {"h264": 18.0, "hevc": 20.0}
VFR_TICK = Fraction(1, 90_000)

_BITEXACT = 0x800000  # AV_CODEC_FLAG_BITEXACT: no library version in the stream
# ITU-T H.273 codes (primaries, transfer, matrix).
_TAGS = {"bt601": (6, 6, 6), "bt709": (1, 1, 1), "bt2020": (9, 14, 9), "rgb": (1, 13, 0)}
SCALING = Interpolation.BICUBIC | Interpolation.FULL_CHR_H_INP | REPEATABLE


@dataclass(frozen=True)
class Target:
    """What is to be written: see ``VideoWriter`` for the fields."""

    width: int
    height: int
    fps: Fraction
    format: Format
    crf: float | None
    matrix: WriteMatrix
    preset: str
    threads: int
    variable: bool

    @property
    def pix_fmt(self) -> str:
        """Pixel format in the file: 4:2:0 needs even sizes, so odd ones are kept in 4:4:4."""
        if self.format == "ffv1":
            return "bgr0"
        return "yuv444p" if self.width % 2 or self.height % 2 else "yuv420p"


def add_stream(container: Any, target: Target) -> Any:
    """Adds the video stream of a target to an opened output container."""
    codec = {"ffv1": "ffv1", "h264": "libx264", "hevc": "libx265"}[target.format]
    stream = container.add_stream(codec, rate=target.fps, options=_options(target))
    stream.width, stream.height, stream.pix_fmt = target.width, target.height, target.pix_fmt
    context = stream.codec_context
    context.thread_count = target.threads
    context.flags |= _BITEXACT
    context.time_base = VFR_TICK if target.variable else 1 / target.fps
    tags = _TAGS["rgb" if target.format == "ffv1" else target.matrix]
    context.color_primaries, context.color_trc, context.colorspace = tags
    context.color_range = ColorRange.JPEG if target.format == "ffv1" else ColorRange.MPEG
    return stream


def _options(target: Target) -> dict[str, str]:
    """Encoder options.

    The block tree of both libraries is off: that of libx264 reads memory that it never wrote (its streams
    change with the heap's content at widths such as 320), that of libx265 writes past its own buffers below
    a width of about 50. libx265 also prints by itself and starts a thread pool unless told.
    """
    if target.format == "ffv1":
        slices = "4" if min(target.width, target.height) >= 16 else "1"  # 4 need 2 rows and 2 columns
        return {"level": "3", "slices": slices, "slicecrc": "1", "coder": "rice", "context": "0"}
    common = {"crf": f"{target.crf:g}", "preset": target.preset}
    if target.format == "h264":
        return {**common, "x264-params": f"mbtree=0:threads={target.threads}"}
    pools = "none" if target.threads == 1 else str(target.threads)
    return {**common, "x265-params": f"log-level=none:cutree=0:frame-threads=1:pools={pools}"}


def convert(packed: Any, target: Target, scaler: Any) -> Any:
    """The RGB ``av.VideoFrame`` in the target's pixel format, matrix and range, tagged accordingly."""
    if target.format == "ffv1":
        return scaler.reformat(packed, format=target.pix_fmt, threads=1)
    frame = scaler.reformat(
        packed,
        format=target.pix_fmt,
        dst_colorspace=SPACES[target.matrix],
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
        interpolation=SCALING,
        threads=1,
    )
    frame.color_primaries, frame.color_trc, frame.colorspace = _TAGS[target.matrix]
    frame.color_range = ColorRange.MPEG
    return frame
