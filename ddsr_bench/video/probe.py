"""``probe``: everything about a clip that can be known without decoding all of it."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ddsr_bench.video.colour import Colour, colour_of, warn_untagged
from ddsr_bench.video.folder import probe_folder
from ddsr_bench.video.hdr import refuse_unsupported
from ddsr_bench.video.info import VideoInfo
from ddsr_bench.video.naming import shown
from ddsr_bench.video.scan import Scan, scan_file
from ddsr_bench.video.source import check_file


def probe(path: str | os.PathLike[str], *, fps: Fraction | None = None) -> VideoInfo:
    """Describes a video file, or a folder of PNG or JPEG images.

    Reads every packet of a file (no full decode, except where only decoding tells the number of frames).
    Of several video streams the largest marked as default is taken; cover pictures and sound are left aside.

    Args:
        path: the file or folder.
        fps: frame rate (frames/s) of a folder, by default ``FOLDER_FPS`` (24/1); not used for files.

    Raises:
        DdsrError: missing, empty, truncated or not a video; no frames; HDR (PQ, HLG) or interlaced.

    Warns:
        UntaggedColourWarning: the file does not name its colour matrix, so it is guessed from the size.
    """
    path = Path(path)
    check_file(path)
    if path.is_dir():
        return probe_folder(path, fps)
    info = _describe(path, scan_file(path))
    warn_untagged(shown(path), Colour(info.matrix, info.matrix_tagged, info.full_range))
    return info


def frame_seconds(found: Scan) -> npt.NDArray[np.float64]:
    """Times (s, float64, first frame 0) of the frames; evenly spaced where the file keeps no times."""
    ticks = found.ticks
    if any(tick is None for tick in ticks):
        return np.arange(len(ticks), dtype=np.float64) / float(average_rate(found))
    whole = np.array(ticks, dtype=np.int64)
    return np.asarray((whole - whole[0]) * float(found.time_base), dtype=np.float64)


def rotation_of(frame: Any) -> int:
    """Clockwise turn in degrees (0, 90, 180, 270) that a decoded frame's display matrix asks for."""
    return int(round(-frame.rotation / 90) % 4 * 90)


def average_rate(found: Scan) -> Fraction:
    """Frames/s over the clip: the header's rate where the time stamps agree with it, else what they say."""
    named = found.rates
    span = _span(found)
    if not span:
        return named[0] if named else Fraction(25)
    measured = (len(found.ticks) - 1) / span
    # Containers round times to their tick, so the named rate is the better one within that rounding.
    slack = max(Fraction(1, 200), 2 * found.time_base / span)
    close = [rate for rate in named if abs(rate / measured - 1) <= slack]
    return close[0] if close else measured.limit_denominator(100_000)


def is_variable(found: Scan) -> bool:
    """Whether frame durations differ by more than tick rounding (2 ticks) and 1 %."""
    if _span(found) is None or len(found.ticks) < 3:
        return False
    steps = np.diff(np.array(found.ticks, dtype=np.int64))
    return bool(steps.max() - steps.min() > max(2.0, 0.01 * float(np.median(steps))))


def _span(found: Scan) -> Fraction | None:
    """Seconds from the first frame to the last; None where the file keeps no times."""
    first, last = found.ticks[0], found.ticks[-1]
    if first is None or last is None or None in found.ticks or last <= first:
        return None
    return (last - first) * found.time_base


def _describe(path: Path, found: Scan) -> VideoInfo:
    frame = found.head[0]
    refuse_unsupported(path, frame.color_trc, any(f.interlaced_frame for f in found.head))
    colour = colour_of(frame, path)
    rotation = rotation_of(frame)
    width, height = (frame.width, frame.height) if rotation % 180 == 0 else (frame.height, frame.width)
    rate = average_rate(found)
    last = found.last_duration * found.time_base or 1 / rate
    return VideoInfo(
        path=path,
        kind="file",
        codec=found.codec,
        pix_fmt=frame.format.name,
        width=width,
        height=height,
        frames=len(found.ticks),
        fps=rate,
        duration=float((_span(found) or (len(found.ticks) - 1) / rate) + last),
        matrix=colour.matrix,
        matrix_tagged=colour.tagged,
        full_range=colour.full_range,
        rotation=rotation,
        bit_depth=max(component.bits for component in frame.format.components),
        is_vfr=is_variable(found),
        has_audio=found.has_audio,
    )
