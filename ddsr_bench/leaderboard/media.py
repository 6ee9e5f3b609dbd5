"""What the page plays: H.264 copies of LR, HR and every method's clip, all of one size; nothing is measured on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from ddsr_bench.files import make_folder
from ddsr_bench.leaderboard.clips import BoardClip, safe_name
from ddsr_bench.leaderboard.spool import Spool
from ddsr_bench.video import probe, read_frames, write_video
from ddsr_bench.video.info import Frame

LR, HR = "lr", "hr"
_CRF, _PRESET = 16.0, "veryfast"
# So that a player can step and seek: browsers are slow where a frame hangs on hundreds before it.
_FASTEST, _SLOWEST = Fraction(240), Fraction(1)


def media_path(clip: str, what: str, sha256: str) -> str:
    """Path below the leaderboard's folder of a copy, which changes with what it is a copy of.

    Args:
        clip: its id.
        what: a method, or lr or hr.
        sha256: of the file, or of what the method's output depends on.
    """
    name = safe_name(what)
    # A method may be called lr; its file must not take the clip's place.
    return f"media/{safe_name(clip)}/{name if what in (LR, HR) else f'sr-{name}'}-{sha256[:8]}.mp4"


def input_paths(clip: BoardClip) -> tuple[str, str | None]:
    """Paths below the leaderboard's folder of the copies of LR and HR; None where there is no HR."""
    high = None if clip.hr_sha256 is None else media_path(clip.id, HR, clip.hr_sha256)
    return media_path(clip.id, LR, clip.lr_sha256), high


def write_copy(frames: Iterable[Frame], path: Path, fps: Fraction) -> None:
    """Write a copy that browsers play: H.264, 4:2:0, BT.709, sides even (a last odd row or column is cut off).

    Raises:
        DdsrError: it cannot be written.
    """
    make_folder(path.parent)
    rate = min(max(fps.limit_denominator(1001), _SLOWEST), _FASTEST)
    write_video(path, _even(frames), rate, format="h264", crf=_CRF, preset=_PRESET)


def write_inputs(clip: BoardClip, folder: Path) -> None:
    """Write the copies of LR, every pixel a square of ``scale`` pixels, and of HR, where they are not there yet.

    Raises:
        DdsrError: a clip cannot be read, or a copy not be written.
    """
    low, high = input_paths(clip)
    if not (folder / low).is_file():
        frames = read_frames(clip.raw.lr, clip.start, clip.stop, threads=1, info=probe(clip.raw.lr))
        write_copy((_squares(frame, clip.scale) for frame in frames), folder / low, clip.fps)
    if high is not None and clip.raw.hr is not None and not (folder / high).is_file():
        frames = read_frames(clip.raw.hr, clip.start, clip.stop, threads=1, info=probe(clip.raw.hr))
        write_copy(frames, folder / high, clip.fps)


def write_output(spool: Spool, clip: BoardClip, path: Path) -> None:
    """Write the copy of a method's frames."""
    write_copy(spool.frames(), path, clip.fps)


def _even(frames: Iterable[Frame]) -> Iterator[Frame]:
    for frame in frames:
        height, width = (max(2, side // 2 * 2) for side in frame.shape[:2])
        if frame.shape[:2] == (height, width):
            yield frame
            continue
        missing = (height - min(height, frame.shape[0]), width - min(width, frame.shape[1]))
        padded = np.pad(frame, ((0, missing[0]), (0, missing[1]), (0, 0)), "edge")
        yield np.ascontiguousarray(padded[:height, :width])


def _squares(frame: Frame, scale: int) -> Frame:
    return np.ascontiguousarray(frame.repeat(scale, 0).repeat(scale, 1))
