"""The inside of a method's own process: run it on a clip, time it, score what it made, write the copy to look at."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ddsr_bench.errors import DdsrError
from ddsr_bench.leaderboard.clips import BoardClip
from ddsr_bench.leaderboard.cost import Stopwatch, forget_peak, gflops_per_megapixel, peak_mib, shared_out
from ddsr_bench.leaderboard.media import write_output
from ddsr_bench.leaderboard.phase import shift_against_bicubic
from ddsr_bench.leaderboard.spool import Spool
from ddsr_bench.quality.catalogue import get_metric
from ddsr_bench.quality.runner import ClipScores, score_frames
from ddsr_bench.video import probe, read_frames
from ddsr_bench.video.info import Frame, VideoInfo
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.method import Settings
from ddsr_bench.vsr.runner import Upscaler

_GIB = 2**30


@dataclass(frozen=True)
class Task:
    """One method on one clip.

    Attributes:
        method: as it was asked for.
        clip: what it gets.
        settings: of the method.
        metrics: as they were asked for, those to compute.
        crop_border: samples left out at each border by full-reference metrics.
        scratch: folder for the frames while they are needed.
        media: where the copy goes, or None.
        flops: whether arithmetic is to be counted.
        memory: what the process may take, GiB; for the message.
        deadline: Unix time after which nothing is begun, or None.
    """

    method: str
    clip: BoardClip
    settings: Settings
    metrics: tuple[str, ...]
    crop_border: int
    scratch: Path
    media: Path | None = None
    flops: bool = False
    memory: float | None = None
    deadline: float | None = None


@dataclass(frozen=True)
class Made:
    """What came of it.

    Attributes:
        scores: of the metrics.
        size: width and height of the frames.
        frames_sha256: of the frames, as :func:`~ddsr_bench.video.frames_sha256` has it.
        seconds: by frame, without the warm-up.
        cold_s: from nothing loaded to the first frame; of a process's first clip only.
        peak_mib: highest resident memory of the process while the method ran.
        gflops_per_mp: see :func:`~ddsr_bench.leaderboard.cost.gflops_per_megapixel`.
        shift: against bicubic, pixels of the output, on the middle frame.
    """

    scores: ClipScores
    size: tuple[int, int]
    frames_sha256: str
    seconds: tuple[float, ...]
    cold_s: float | None
    peak_mib: float | None
    gflops_per_mp: float | None
    shift: tuple[float, float] | None


def limit_memory(gib: float | None) -> None:
    """Let no allocation of this process go beyond ``gib``, where the system can: it fails, and the machine lives."""
    if gib is None:
        return
    try:
        import resource
    except ImportError:
        return
    # Data, not address space: libraries map far more than they use.
    kind = getattr(resource, "RLIMIT_DATA", resource.RLIMIT_AS)
    most = resource.getrlimit(kind)[1]
    limit = int(gib * _GIB)
    resource.setrlimit(kind, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))


_held: dict[str, Upscaler] = {}


def run_task(task: Task) -> Made | None:
    """Do a task; None where its deadline has passed.

    Raises:
        DdsrError: the method failed, or made other frames than it should; or something cannot be read or written.
    """
    if task.deadline is not None and time.time() > task.deadline:
        return None
    try:
        return _made(task)
    except MemoryError as error:
        most = "" if task.memory is None else f" beyond the {task.memory:g} GiB of --memory"
        raise DdsrError(f"out of memory{most} ({' '.join(str(error).split()) or 'MemoryError'})") from error


def _made(task: Task) -> Made:
    clip = task.clip
    upscaler, cold = _ready(task)
    watch = Stopwatch()
    middle: list[Frame] = []
    with Spool(task.scratch) as spool:
        forget_peak()
        with closing(_low(clip)) as low:  # type: ignore[type-var]
            for frame in watch.timed(upscaler, _keeping(low, clip.frames // 2, middle), clip.id):
                spool.add(_expected(frame, task))
        peak = peak_mib()
        if len(spool) != clip.frames:
            raise DdsrError(
                f"method {task.method!r}: gave {len(spool)} frames for {clip.frames}; it must give one each"
            )
        scores = _scored(spool, task)
        if task.media is not None:
            write_output(spool, clip, task.media)
        flops = gflops_per_megapixel(upscaler, _low(clip, 16)) if task.flops else None
        digest, shift = spool.sha256, _shift(spool, clip, middle)
    seconds = tuple(shared_out(watch.seconds))
    return Made(scores, (clip.width, clip.height), digest, seconds, cold, peak, flops, shift)


def _ready(task: Task) -> tuple[Upscaler, float | None]:
    """The method, made ready once in this process, and how long that took until its first frame."""
    method = get_method(task.method)
    key = repr((task.method, method.version, task.settings))
    if key in _held:
        return _held[key], None
    few = list(_low(task.clip, max(1, method.fewest)))
    began = time.perf_counter()
    _held[key] = Upscaler(method, task.settings, scale=task.settings.scale)
    # Clips made elsewhere are read, not made: there is nothing to warm up.
    warm = method.start_clip is not None or _warmed(_held[key], few, task.clip.id)
    return _held[key], time.perf_counter() - began if warm and method.start_clip is None else None


def _warmed(upscaler: Upscaler, few: list[Frame], clip: str) -> bool:
    """Run a method on its first frames, which are not timed; False where it cannot live on so few."""
    try:
        for _ in upscaler(few, clip=clip):
            pass
    # What is wrong with the method shows on the clip itself, and there it counts.
    except Exception:
        return False
    return True


def _info(path: Path) -> VideoInfo:
    """What is known of a clip; counting its frames takes time, and every method asks again."""
    state = path.stat()
    return _probed(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=256)
def _probed(path: Path, _changed: int, _size: int) -> VideoInfo:
    return probe(path)


def _low(clip: BoardClip, most: int | None = None) -> Iterator[Frame]:
    stop = clip.stop if most is None else min(clip.stop, clip.start + most)
    return read_frames(clip.raw.lr, clip.start, stop, threads=1, info=_info(clip.raw.lr))


def _keeping(frames: Iterator[Frame], number: int, kept: list[Frame]) -> Iterator[Frame]:
    """The frames, of which a copy of one is put into ``kept``: decoding it once more takes as long as half the clip."""
    for index, frame in enumerate(frames):
        if index == number:
            kept.append(frame.copy())
        yield frame


def _expected(frame: Frame, task: Task) -> Frame:
    """A frame of the size that the clip needs; whatever else the method makes is refused, not resized."""
    clip = task.clip
    if frame.shape != (clip.height, clip.width, 3):
        raise DdsrError(
            f"method {task.method!r}: gave frames of {frame.shape[1]}x{frame.shape[0]}, this clip needs "
            f"{clip.width}x{clip.height}; correct it"
        )
    return frame


def _scored(spool: Spool, task: Task) -> ClipScores:
    metrics = [get_metric(text) for text in task.metrics]
    clip, sharp = task.clip, None
    if clip.raw.hr is not None and any(metric.reference == "FR" for metric in metrics):
        sharp = read_frames(clip.raw.hr, clip.start, clip.stop, threads=1, info=_info(clip.raw.hr), precise=True)
    return score_frames(
        spool.frames(),
        metrics,
        reference=sharp,
        crop_border=task.crop_border,
        threads=1,
        numbers=range(clip.start, clip.stop),
        fps=float(clip.fps),
    )


def _shift(spool: Spool, clip: BoardClip, middle: list[Frame]) -> tuple[float, float] | None:
    """Against bicubic, on the middle frame; a method that read no frames, as of clips made elsewhere, kept none."""
    number = len(spool) // 2
    first = clip.start + number
    low = middle or read_frames(clip.raw.lr, first, first + 1, threads=1, info=_info(clip.raw.lr))
    return shift_against_bicubic(next(iter(low)), spool.frame(number), clip.scale)
