"""Upscaling files: one clip in, one clip out, with its times, its sound and a record of how it was made."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ddsr_bench import video
from ddsr_bench.errors import DdsrError
from ddsr_bench.files import make_folder
from ddsr_bench.provenance import canonical_json, read_json, write_json_atomic
from ddsr_bench.video.info import Frame, VideoInfo
from ddsr_bench.video.naming import shown
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.checkpoints import weights_hashes
from ddsr_bench.vsr.method import Method, Settings
from ddsr_bench.vsr.runner import Upscaler, native_scale

RECORD_VERSION = 2  # 2: weights by role, those of the store too


@dataclass(frozen=True)
class Plan:
    """What all clips of a run share.

    Attributes:
        method: as on the command line.
        settings: of the method; its scale is left aside.
        scale: output size / input size; None is the method's main one.
        cuts: whether shots are upscaled apart.
        crf: of lossy outputs; None is the writer's.
    """

    method: str
    settings: Settings
    scale: float | None = None
    cuts: bool = True
    crf: float | None = None


@dataclass(frozen=True)
class ClipTask:
    """One clip to upscale.

    Attributes:
        id: of the clip.
        source: the LR file or folder of frames.
        target: the SR file, or the folder of PNG frames.
        record: where its record goes, or None.
        start: first frame to take.
        stop: frame after the last; None is the end.
    """

    id: str
    source: Path
    target: Path
    record: Path | None = None
    start: int = 0
    stop: int | None = None


_held: dict[str, Upscaler] = {}


def prepared(plan: Plan) -> Upscaler:
    """The plan's method, made ready once in each process, and anew where its weights have changed.

    Raises:
        DdsrError: what the method refuses.
    """
    chosen = get_method(plan.method)
    key = canonical_json({**asdict(plan), "weights_sha256": _weights(chosen, plan)})
    if key not in _held:
        _held.clear()
        _held[key] = Upscaler(chosen, plan.settings, scale=plan.scale, cuts=plan.cuts)
    return _held[key]


def upscale_clip(task: ClipTask, plan: Plan, on_frame: Callable[[], None] | None = None) -> dict[str, Any]:
    """Upscale one clip; its file and its record appear under their names only when they are whole.

    Times of a variable rate are kept, and sound is copied, but for folders of PNG frames, which have neither.

    Args:
        task: which clip.
        plan: how.
        on_frame: called after each frame.

    Returns:
        The record, as it is written to ``task.record``.

    Raises:
        DdsrError: the source cannot be read, does not fit the method, or the target cannot be written.
    """
    began = time.monotonic()
    info = video.probe(task.source)
    stop = info.frames if task.stop is None else min(task.stop, info.frames)
    if stop <= task.start:
        raise DdsrError(f"{shown(task.source)}: has {info.frames} frames, none from {task.start} on; ask for earlier")
    low = video.read_frames(task.source, task.start, stop, threads=1, info=info)
    with closing(low):  # type: ignore[type-var]
        made = _Written(task, plan, info, stop)
        digest = video.frames_sha256(made.write(prepared(plan)(low, clip=task.id), on_frame))
    seconds = time.monotonic() - began
    record = {
        **_facts(task, plan),
        "id": task.id,
        "sr": {
            "file": task.target.name,
            "width": made.size[0],
            "height": made.size[1],
            "frames": stop - task.start,
            "sha256": video.file_sha256(task.target),
            "frames_sha256": digest if task.target.suffix in ("", ".mkv") else None,
        },
        "seconds": round(seconds, 3),
        "frames_per_second": round((stop - task.start) / seconds, 3) if seconds else None,
    }
    if task.record is not None:
        make_folder(task.record.parent)
        write_json_atomic(task.record, record)
    return record


def is_done(task: ClipTask, plan: Plan) -> bool:
    """Whether the clip's record is there, says the same source and plan, and its file is as recorded."""
    if task.record is None:
        return False
    try:
        record = read_json(task.record)
        facts = _facts(task, plan)
        same = {key: record[key] for key in facts} == facts
        return same and video.file_sha256(task.target) == record["sr"]["sha256"]
    except (DdsrError, KeyError, TypeError, OSError):
        return False


class _Written:
    """The frames of a clip on their way into its file."""

    def __init__(self, task: ClipTask, plan: Plan, info: VideoInfo, stop: int) -> None:
        self._task, self._plan, self._info, self._stop = task, plan, info, stop
        self.size = (0, 0)

    def write(self, frames: Iterator[Frame], on_frame: Callable[[], None] | None) -> Iterator[Frame]:
        """Write each frame, then yield it; the file is whole when the last one has been taken."""
        with ExitStack() as stack:
            writer: video.VideoWriter | None = None
            for frame in frames:
                if writer is None:
                    self.size = (frame.shape[1], frame.shape[0])
                    writer = stack.enter_context(self._writer())
                writer.write(frame)
                if on_frame is not None:
                    on_frame()
                yield frame

    def _writer(self) -> video.VideoWriter:
        task, info = self._task, self._info
        make_folder(task.target.parent)
        times = video.read_timestamps(task.source) if info.is_vfr or info.has_audio else None
        sound = None
        if times is not None and info.has_audio:
            end = float(times[self._stop]) if self._stop < info.frames else None
            sound = video.SoundOf(task.source, float(times[task.start]), end)
        return video.VideoWriter(
            task.target,
            width=self.size[0],
            height=self.size[1],
            fps=info.fps.limit_denominator(1_000_000),
            crf=self._plan.crf,
            timestamps=None if times is None or not info.is_vfr else list(times[task.start : self._stop]),
            sound=sound,
        )


def _facts(task: ClipTask, plan: Plan) -> dict[str, Any]:
    """What decides the output, as plain JSON values."""
    stat = task.source.stat()
    settings = plan.settings
    chosen = get_method(plan.method)
    facts: dict[str, Any] = {
        "record_version": RECORD_VERSION,
        "source": {
            "name": shown(task.source.name),
            "bytes": stat.st_size,
            "modified_ns": stat.st_mtime_ns,
            "frames": [task.start, task.stop],
        },
        "method": {"name": chosen.name, "version": chosen.version},
        "scale": plan.scale,
        "cuts": plan.cuts,
        "crf": plan.crf,
        "format": task.target.suffix,
        "settings": {
            "precision": settings.precision,
            "tile": settings.tile,
            "window": settings.window,
            "exact": settings.exact,
            "options": dict(settings.options),
            "weights_sha256": _weights(chosen, plan),
        },
    }
    return facts


def _weights(method: Method, plan: Plan) -> dict[str, str]:
    return weights_hashes(method.name, native_scale(method, plan.scale), plan.settings)
