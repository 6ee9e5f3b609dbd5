"""Streaming readers: RGB frames, the luma plane, time stamps. Memory does not grow with the clip."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ddsr_bench.errors import DdsrError
from ddsr_bench.video.ahead import ahead
from ddsr_bench.video.colour import Colour, Converter, colour_of, rotate, warn_untagged
from ddsr_bench.video.decode import decoded
from ddsr_bench.video.folder import list_images, load_images, to_rgb8
from ddsr_bench.video.info import FOLDER_FPS, Frame, Plane, VideoInfo
from ddsr_bench.video.luma import luma_of_rgb, luma_plane
from ddsr_bench.video.naming import shown
from ddsr_bench.video.probe import frame_seconds, rotation_of
from ddsr_bench.video.scan import scan_file
from ddsr_bench.video.source import check_file

_AHEAD = 4  # decoded frames that wait for conversion


def read_frames(
    path: str | os.PathLike[str],
    start: int = 0,
    stop: int | None = None,
    *,
    threads: int | None = None,
    info: VideoInfo | None = None,
    precise: bool = False,
) -> Iterator[Frame]:
    """Yields the frames ``start <= index < stop`` of a clip in display order.

    Each is a fresh C-contiguous ``uint8 (H, W, 3)``, RGB, full range, turned upright, at the file's own
    frames: none repeated or dropped for the sake of a constant rate. Closing the iterator closes the file.

    Args:
        path: a video file, or a folder of PNG or JPEG images.
        start: index of the first frame.
        stop: index after the last frame; None, or a number past the end, reads to the end.
        threads: decoder threads; None lets the decoder choose; 1 also decodes in the caller's thread.
        info: what ``probe`` said; its ``matrix`` and ``full_range`` then overrule the file's tags.
        precise: exact rounding and interpolated chroma (within 0.5/255 on flat colours, reproducible on
            every processor) at about 2.5 ms more for a 720p frame; else within 2.6/255, as common players are.

    Raises:
        DdsrError: what ``probe`` refuses; no frame in the asked range; a frame that cannot be decoded, or
            fewer frames than announced, with the number that could be read.
    """
    path = _checked(path, start, stop)
    if path.is_dir():
        yield from (to_rgb8(image) for image in load_images(_images(path, start, stop), threads))
        return
    convert: Converter | None = None
    with closing(_decoded(path, start, stop, threads)) as frames:
        for frame in frames:
            if convert is None:
                convert = Converter(_colour(path, frame, info), rotation_of(frame), precise, path)
            yield convert(frame)


def read_luma(
    path: str | os.PathLike[str],
    start: int = 0,
    stop: int | None = None,
    *,
    threads: int | None = None,
    matrix: Literal["bt601", "bt709", "bt2020"] = "bt709",
) -> Iterator[Plane]:
    """Yields the luma plane ``(H, W)`` of each frame as it is stored: uint8, or uint16 for 9 bits and more.

    Nothing is converted, so the values are in the file's own range (``probe(path).full_range``) and depth.
    Grey clips give their samples. RGB clips have no luma: theirs is computed with ``matrix``, limited range,
    8 bit: ``16 + 219 (Kr R + Kg G + Kb B) / 255``, rounded. Arguments and errors as for ``read_frames``.
    """
    path = _checked(path, start, stop)
    if path.is_dir():
        for image in load_images(_images(path, start, stop), threads):
            yield image if image.ndim == 2 else luma_of_rgb(to_rgb8(image), matrix)
        return
    convert: Converter | None = None
    with closing(_decoded(path, start, stop, threads)) as frames:
        for frame in frames:
            colour = colour_of(frame, path)
            if colour.matrix == "rgb":
                convert = convert or Converter(colour, rotation_of(frame), True, path)
                yield luma_of_rgb(convert(frame), matrix)
            else:
                yield np.ascontiguousarray(rotate(luma_plane(frame, path), rotation_of(frame)))


def read_timestamps(path: str | os.PathLike[str]) -> npt.NDArray[np.float64]:
    """Time (s, float64) at which each frame is shown, the first at 0; a folder's are at ``FOLDER_FPS``.

    Raises:
        DdsrError: what ``probe`` refuses.
    """
    path = Path(path)
    check_file(path)
    if path.is_dir():
        return np.arange(len(list_images(path)), dtype=np.float64) / float(FOLDER_FPS)
    return frame_seconds(scan_file(path))


def _decoded(path: Path, start: int, stop: int | None, threads: int | None) -> Generator[Any, None, None]:
    """Decoded frames, in a thread of their own unless one thread was asked for."""
    source = decoded(path, start, stop, threads)
    return source if threads == 1 else ahead(source, _AHEAD)


def _checked(path: str | os.PathLike[str], start: int, stop: int | None) -> Path:
    path = Path(path)
    check_file(path)
    if start < 0 or (stop is not None and stop <= start):
        raise DdsrError(f"{shown(path)}: frames {start} to {stop} hold nothing; give 0 <= start < stop")
    return path


def _images(folder: Path, start: int, stop: int | None) -> list[Path]:
    images = list_images(folder)
    chosen = list(islice(images, start, stop))
    if not chosen:
        count = len(images)
        raise DdsrError(f"{shown(folder)}: has {count} frames, none from {start} on; ask for earlier ones")
    return chosen


def _colour(path: Path, frame: Any, info: VideoInfo | None) -> Colour:
    if info is not None:
        return Colour(info.matrix, info.matrix_tagged, info.full_range)
    colour = colour_of(frame, path)
    warn_untagged(shown(path), colour)
    return colour
