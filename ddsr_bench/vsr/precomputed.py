"""A folder of SR clips that were made elsewhere, taken for a method."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from ddsr_bench.errors import DdsrError
from ddsr_bench.video import probe, read_frames
from ddsr_bench.video.info import Frame
from ddsr_bench.video.naming import shown
from ddsr_bench.vsr.method import Method, Run, Settings

PREFIX = "folder:"
_SUFFIXES = (".mkv", ".mp4", ".mov", ".avi", ".webm", ".y4m")
_SCALES = tuple(range(1, 17))


def precomputed_method(text: str) -> Method:
    """The method ``"folder:DIR"``: for the clip ``id`` the frames of ``DIR/id.mkv`` (or .mp4, .mov, .avi, .webm, .y4m),
    or of the folder of images ``DIR/id``.

    As many frames as the LR clip has, and a whole multiple of its size, are demanded when a clip is asked for; the
    scale is what the files have.

    Raises:
        DdsrError: no such folder.
    """
    folder = Path(text.removeprefix(PREFIX)).expanduser()
    if not folder.is_dir():
        raise DdsrError(f"{text}: no such folder; write folder: and the folder that holds the clips")

    def start_clip(settings: Settings, clip: str) -> Run:
        path = find_clip(folder, clip)

        def run(frames: Iterator[Frame]) -> Iterator[Frame]:
            return _paired(path, frames, settings.scale)

        return run

    def start(settings: Settings) -> Run:
        raise DdsrError(f"{text}: must be told which clip it is; use it with upscale on files, not on bare frames")

    name = folder.resolve().name or "folder"
    return Method(name=name, version="files", scales=_SCALES, start=start, start_clip=start_clip)


def find_clip(folder: Path, clip: str) -> Path:
    """The file or folder of a clip, which must lie below ``folder``.

    Raises:
        DdsrError: there is none or several, or ``clip`` leads out of the folder.
    """
    relative = Path(clip)
    if relative.is_absolute() or ".." in relative.parts:
        raise DdsrError(f"{clip}: leaves the folder {shown(folder)}; only clips below it are used")
    found = [path for suffix in _SUFFIXES if (path := folder / f"{clip}{suffix}").is_file()]
    if (folder / clip).is_dir():
        found.append(folder / clip)
    if len(found) != 1:
        what = "no clip" if not found else f"{len(found)} clips"
        raise DdsrError(f"{shown(folder)}: {what} called {clip!r}; put one there, named as the LR clip is")
    return found[0]


def _paired(path: Path, frames: Iterator[Frame], scale: int | None) -> Iterator[Frame]:
    """The frames of a file, held against those of the LR clip."""
    made = read_frames(path, info=probe(path))
    for index, (low, high) in enumerate(zip_longest(frames, made)):
        if low is None or high is None:
            shorter = "LR" if low is None else "SR"
            raise DdsrError(f"{shown(path)}: the {shorter} clip ends at frame {index}; both need as many frames")
        (rows, columns), (height, width) = low.shape[:2], high.shape[:2]
        factor = height // rows
        if (height, width) != (factor * rows, factor * columns) or not factor:
            raise DdsrError(f"{shown(path)}: {width}x{height} is no whole multiple of {columns}x{rows}; check the clip")
        if scale not in (None, factor):
            raise DdsrError(f"{shown(path)}: is x{factor}, but x{scale} was asked for; leave the scale out")
        yield high
