"""Tiny clips for the tests: flat colours, moving frames, and files encoded with any setting."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

SPACE_CODES = {"bt601": 6, "bt709": 1, "bt2020": 9}


def moving_frames(count: int = 6, height: int = 36, width: int = 64, seed: int = 0) -> list[np.ndarray]:
    """Noise that drifts, every frame different."""
    rng = np.random.default_rng(seed)
    wide = rng.integers(0, 256, (height, width + 2 * count, 3), np.uint8)
    return [wide[:, 2 * i : 2 * i + width].copy() for i in range(count)]


def numbered_frames(count: int, height: int = 32, width: int = 64) -> list[np.ndarray]:
    """Flat grey frames whose level tells their index (20, 28, 36, ...)."""
    return [np.full((height, width, 3), 20 + 8 * i, np.uint8) for i in range(count)]


def encode(
    path: Path | io.BytesIO,
    frames: list[np.ndarray] | list[Any],
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    rate: int | Fraction = 25,
    options: dict[str, str] | None = None,
    tags: tuple[int, int, int, int] | None = None,
    rotation: int = 0,
    container: str | None = None,
    audio: bool = False,
) -> None:
    """Encodes with PyAV directly, beside the package's writer; ``tags``: primaries, transfer, matrix, range."""
    with av.open(path if isinstance(path, io.BytesIO) else str(path), "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate, options=options or {})
        first = frames[0]
        stream.width, stream.height = (
            (first.width, first.height) if isinstance(first, av.VideoFrame) else (first.shape[1], first.shape[0])
        )
        stream.pix_fmt = pix_fmt
        stream.codec_context.thread_count = 1
        if tags:
            context = stream.codec_context
            context.color_primaries, context.color_trc, context.colorspace, context.color_range = tags
        if rotation:
            stream.set_display_rotation(rotation)
        sound = output.add_stream("aac", rate=8000, layout="mono") if audio else None
        for index, frame in enumerate(frames):
            picture = frame if isinstance(frame, av.VideoFrame) else av.VideoFrame.from_ndarray(frame, format="rgb24")
            if picture.format.name != pix_fmt:
                picture = picture.reformat(format=pix_fmt)
            picture.pts, picture.time_base = index, 1 / Fraction(rate)
            if tags:
                picture.color_primaries, picture.color_trc, picture.colorspace, picture.color_range = tags
            output.mux(stream.encode(picture))
        output.mux(stream.encode())
        if sound is not None:
            _add_silence(output, sound)


def _add_silence(output: Any, sound: Any) -> None:
    silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
    silence.sample_rate = 8000
    for index in range(3):
        silence.pts = 1024 * index
        output.mux(sound.encode(silence))
    output.mux(sound.encode())


def flat_yuv(values: tuple[int, int, int], pix_fmt: str, width: int = 34, height: int = 18) -> Any:
    """An ``av.VideoFrame`` whose planes each hold one value."""
    frame = av.VideoFrame(width, height, pix_fmt)
    for plane, value in zip(frame.planes, values, strict=True):
        dtype = np.uint16 if frame.format.components[0].bits > 8 else np.uint8
        plane.update(np.full(plane.buffer_size // np.dtype(dtype).itemsize, value, dtype).tobytes())
    return frame
