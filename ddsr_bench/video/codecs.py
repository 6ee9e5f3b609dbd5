"""The video codecs that a clip can be sent through: encoders, their settings, and contexts that are ready to run.

Every encoder and decoder works with one thread (SVT-AV1 has threads of its own, which do not change its result at
constant quality): x264 and x265 give other bits with another number of threads, and clips, not pictures, are what is
done in parallel. Settings that are not given stay the encoder's own defaults, except the speed of VP8, VP9 and AV1,
whose defaults are meant for archives.

=====  =========================  =========================  ====================================================
codec  encoder                    ``crf``                    ``preset``
=====  =========================  =========================  ====================================================
h264   libx264                    0 to 51                    ultrafast ... placebo (default medium)
hevc   libx265                    0 to 51                    ultrafast ... placebo (default medium)
mpeg4  FFmpeg's MPEG-4 part 2     quantiser, 1 to 31         none
mpeg2  FFmpeg's MPEG-2            quantiser, 1 to 31         none
vp8    libvpx                     quantiser, 0 to 63, whole  0 to 8: ``cpu-used``, from 5 on in real-time mode (5)
vp9    libvpx-vp9                 0 to 63, whole             as vp8
av1    libsvtav1, or libaom-av1   0 to 63, whole             0 to 12, of which libaom has 0 to 8 (8)
=====  =========================  =========================  ====================================================
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
import cv2

from ddsr_bench.errors import DdsrError
from ddsr_bench.video.scheduling import ordinary_scheduling

_X26X = (
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
    "placebo",
)
_SPEEDS = tuple(str(speed) for speed in range(9))
# The frame rates that an MPEG-2 stream can name.
_MPEG2_RATES = [Fraction(n, 1001) for n in (24000, 30000, 60000)] + [Fraction(n) for n in (24, 25, 30, 50, 60)]
_DEFAULT_VPX_SPEED, _DEFAULT_AV1_SPEED = "5", "8"
# Enough for any frame: a bound that keeps VP8's rate control out of the way of a fixed quantiser.
_UNBOUND = 1_000_000_000
# OpenCV's number for AVX2 (CpuFeatures); Python has no name for it.
_AVX2 = 11
# FFmpeg's FF_QP2LAMBDA: Lagrange multiplier of one quantiser step.
_LAMBDA = 118


@dataclass(frozen=True)
class Codec:
    """What is known about a codec: encoders and decoders by preference, ranges, and the least side in pixels."""

    encoders: tuple[str, ...]
    decoders: tuple[str, ...]
    crf: tuple[float, float]
    presets: tuple[str, ...] = ()
    least_side: int = 16
    takes_bitrate: bool = True


CODECS: Mapping[str, Codec] = {
    "h264": Codec(("libx264",), ("h264",), (0, 51), _X26X),
    # x265 (build 216) writes past its own buffers where a picture is narrower than 64, and gives another stream on
    # every run where one is just as wide as that (a single block).
    "hevc": Codec(("libx265",), ("hevc",), (0, 51), _X26X, least_side=80),
    "mpeg4": Codec(("mpeg4",), ("mpeg4",), (1, 31)),
    "mpeg2": Codec(("mpeg2video",), ("mpeg2video",), (1, 31)),
    "vp8": Codec(("libvpx",), ("vp8",), (0, 63), _SPEEDS),
    "vp9": Codec(("libvpx-vp9",), ("vp9",), (0, 63), _SPEEDS),
    # SVT-AV1's rate control depends on the timing of its threads, so it is never used (measured).
    "av1": Codec(
        ("libsvtav1", "libaom-av1"),
        ("libdav1d", "libaom-av1"),
        (0, 63),
        tuple(str(speed) for speed in range(13)),
        least_side=64,
        takes_bitrate=False,
    ),
}


@dataclass(frozen=True)
class Settings:
    """How to encode: see :func:`ddsr_bench.video.roundtrip.roundtrip` for the fields."""

    codec: str
    fps: Fraction
    crf: float | None = None
    bitrate: int | None = None
    preset: str | None = None
    gop: int | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def rate(self) -> Fraction:
        """The frame rate that the encoder is told: the nearest to ``fps`` that the codec can name."""
        if self.codec == "mpeg2":
            return min(_MPEG2_RATES, key=lambda rate: abs(rate - self.fps))
        return 1 / (1 / self.fps).limit_denominator(65535)

    @property
    def told_bitrate(self) -> int | None:
        """Bits a second at :attr:`rate`, so that the bits a frame are those of ``bitrate`` at ``fps``.

        At least 1000: most encoders count in kilobits and refuse to work with none.
        """
        return None if self.bitrate is None else max(1000, round(self.bitrate * self.rate / self.fps))


def problem(codec: str, crf: float | None, bitrate: float | None, preset: str | None) -> str | None:
    """What is wrong with a combination of settings, in words; None where nothing is."""
    if codec not in CODECS:
        return f"codec {codec!r} is unknown (allowed: {', '.join(CODECS)})"
    facts = CODECS[codec]
    if crf is not None and bitrate is not None:
        return "crf and a bitrate exclude each other; give one"
    if crf is not None and not facts.crf[0] <= crf <= facts.crf[1]:
        return f"crf = {crf:g} is outside {facts.crf[0]:g} to {facts.crf[1]:g}, the range of {codec}"
    if bitrate is not None and not facts.takes_bitrate:
        return f"{codec} takes no bitrate, since its rate control is not repeatable; give crf"
    if bitrate is not None and bitrate <= 0:
        return f"bitrate = {bitrate!r} is not above 0"
    if preset is not None and preset not in facts.presets:
        return f"preset {preset!r} is unknown to {codec} (allowed: {', '.join(facts.presets) or 'none'})"
    return None


def encoder_name(codec: str) -> str:
    """The encoder that this PyAV has for ``codec``.

    Raises:
        DdsrError: it has none.
    """
    return _first(CODECS[codec].encoders, "w", f"codec {codec}: this PyAV has no encoder for it")


def open_encoder(settings: Settings, width: int, height: int) -> Any:
    """An open ``av.VideoCodecContext`` for ``yuv420p`` pictures; ``pts`` counts frames in its ``time_base``.

    Raises:
        DdsrError: the encoder is missing or refuses the settings.
    """
    name = encoder_name(settings.codec)
    context: Any = av.CodecContext.create(name, "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base, context.framerate = 1 / settings.rate, settings.rate
    context.thread_count = 1
    if settings.gop is not None:
        context.gop_size = settings.gop
    if settings.told_bitrate is not None:
        context.bit_rate = settings.told_bitrate
    elif settings.crf is not None and name.startswith("lib"):
        context.bit_rate = _UNBOUND if name == "libvpx" else 0
    context.options = _joined(_options(name, settings), settings.options)
    if name == "libsvtav1":
        os.environ.setdefault("SVT_LOG", "0")  # the only way to keep it from talking to stderr
    try:
        with ordinary_scheduling():
            context.open()
    except av.FFmpegError as error:
        raise DdsrError(
            f"codec {settings.codec}: {name} refuses {width}x{height} at {float(settings.rate):g} frames/s with "
            f"{context.options} ({error}); change the settings or the codec"
        ) from error
    return context


def open_decoder(codec: str, conceal: bool = False) -> Any:
    """An open ``av.VideoCodecContext``; with ``conceal`` it shows what it can make of damaged pictures.

    Raises:
        DdsrError: this PyAV has no decoder for it.
    """
    name = _first(CODECS[codec].decoders, "r", f"codec {codec}: this PyAV has no decoder for it")
    context: Any = av.CodecContext.create(name, "r")
    context.thread_count = 1
    options = {"max_frame_delay": "1"} if name == "libdav1d" else {}
    if conceal:
        options = {"flags": "+output_corrupt", "ec": "guess_mvs+deblock"}
    context.options = options
    context.open()
    return context


def codec_versions() -> dict[str, str]:
    """Codec -> its encoder with the build, as far as it is known, for a run's provenance."""
    from ddsr_bench.provenance.encoders import encoder_builds

    libavcodec = "libavcodec " + ".".join(map(str, av.library_versions["libavcodec"]))
    builds = {"libvpx-vp9": encoder_builds().get("libvpx"), **encoder_builds()}
    versions: dict[str, str] = {}
    for codec, facts in CODECS.items():
        for name in facts.encoders:
            if name in av.codecs_available:
                versions.setdefault(codec, f"{name} {builds.get(name) or libavcodec}")
    return versions


def _first(names: tuple[str, ...], mode: str, complaint: str) -> str:
    for name in names:
        try:
            av.Codec(name, mode)
        except ValueError:  # av.codec.codec.UnknownCodecError is one
            continue
        return name
    raise DdsrError(f"{complaint} ({' or '.join(names)}); install PyAV's wheel, or choose another codec")


def _options(encoder: str, settings: Settings) -> dict[str, str]:
    crf, preset = settings.crf, settings.preset
    if encoder == "libx264":
        return {**_x264_assembly(), **_given("crf", crf), **_given("preset", preset)}
    if encoder == "libx265":
        alone = {"x265-params": "log-level=none:pools=none:frame-threads=1"}
        return {**alone, **_given("crf", crf), **_given("preset", preset)}
    if encoder in ("mpeg4", "mpeg2video"):
        return {} if crf is None else _fixed_quantiser(crf)
    whole = None if crf is None else round(crf)
    if encoder == "libsvtav1":
        return {**_given("crf", whole), "preset": preset or _DEFAULT_AV1_SPEED, "svtav1-params": "lp=1"}
    if encoder == "libaom-av1":
        speed = str(min(8, int(preset or _DEFAULT_AV1_SPEED)))
        return {**_given("crf", whole), "cpu-used": speed, "row-mt": "0"}
    return _vpx_options(encoder, whole, preset or _DEFAULT_VPX_SPEED)


def _x264_assembly() -> dict[str, str]:
    # x264's AVX-512 code (core 165) reads memory that nobody wrote: noisy clips gave another stream on every run,
    # with one thread too. Its AVX2 code gives one, at 95 % of the speed, and the same on machines without AVX-512.
    return {"x264-params": "asm=avx2"} if cv2.checkHardwareSupport(_AVX2) else {}


def _joined(ours: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    both = {name: f"{ours[name]}:{given[name]}" for name in ours if name in given and name.endswith("-params")}
    return {**ours, **given, **both}


def _fixed_quantiser(quantiser: float) -> dict[str, str]:
    # FFmpeg's own constant quantiser is set on each picture, where PyAV cannot reach; bounds do the same.
    bound = str(round(quantiser * _LAMBDA))
    return {"qmin": str(int(quantiser)), "qmax": str(-int(-quantiser // 1)), "lmin": bound, "lmax": bound}


def _vpx_options(encoder: str, crf: int | None, speed: str) -> dict[str, str]:
    hurried = int(speed) >= 5
    options = {"cpu-used": speed, "deadline": "realtime" if hurried else "good"}
    if hurried:
        options["lag-in-frames"] = "0"
    if hurried and encoder == "libvpx":
        options["cpu-used"] = f"-{speed}"  # a positive speed of VP8 follows the clock, so that reruns differ
    if encoder == "libvpx-vp9":
        return {**options, "row-mt": "0", **_given("crf", crf)}
    # VP8's own crf is a mere bound on a bitrate: a fixed quantiser is what the other codecs mean by it.
    return options if crf is None else {**options, "qmin": str(crf), "qmax": str(crf)}


def _given(name: str, value: object) -> dict[str, str]:
    return {} if value is None else {name: str(value)}
