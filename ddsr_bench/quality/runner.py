"""Score one clip: frames are read once, in batches, for all metrics together."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.batches import Picture, batches
from ddsr_bench.quality.metric import Floats, Metric
from ddsr_bench.quality.passes import Pass, one_thread_each, usable_threads, value_frames
from ddsr_bench.video import VideoInfo, probe, read_frames

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class Selection:
    """What of a clip is scored.

    Attributes:
        start: index of the first frame.
        stop: index after the last one; None is the end.
        every: take each n-th frame only; they are then neighbours for measures in time.
        crop_border: samples to leave out at each border for full-reference metrics.
    """

    start: int = 0
    stop: int | None = None
    every: int = 1
    crop_border: int = 0

    def numbers(self, count: int) -> list[int]:
        """Indices of the frames it takes of ``count``."""
        stop = count if self.stop is None else min(count, self.stop)
        return list(range(self.start, stop, self.every))


#: Every frame, every sample.
WHOLE = Selection()


@dataclass(frozen=True)
class ClipScores:
    """What came of one clip.

    Attributes:
        values: by metric float64 (n, k), every value of every column, finite.
        errors: by metric the one line that says why it has no values.
        frames: by metric the index of the frame each value belongs to, the last one of those it was computed from.
        fps: scored frames per second.
        notes: warnings about the clip, such as colours that had to be guessed.
    """

    values: Mapping[str, Floats] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    frames: Mapping[str, Sequence[int]] = field(default_factory=dict)
    fps: float = 25.0
    notes: tuple[str, ...] = ()


def score_clip(
    path: PathLike,
    metrics: Sequence[Metric],
    *,
    reference: PathLike | None = None,
    selection: Selection = WHOLE,
    threads: int | None = None,
    batch: int | None = None,
) -> ClipScores:
    """Score a video file or a folder of frames; decoded once, with exact colours, in memory that does not grow.

    A metric that fails is among ``errors`` and leaves the others alone. Values do not depend on ``threads``, ``batch``
    or the other metrics.

    Args:
        path: the clip.
        metrics: of different names.
        reference: the sharp clip for full-reference metrics: as large and as long, frame for frame.
        selection: which frames, and what border to crop.
        threads: None takes two, or one on a machine with one core.
        batch: frames at a time; None chooses by their size.

    Raises:
        DdsrError: the clip cannot be read to its end, or has no frame in the selection.
    """
    info = probe(path)
    numbers = selection.numbers(info.frames)
    if not numbers:
        raise DdsrError(f"{path}: has {info.frames} frames, none from {selection.start} on; ask for earlier ones")
    blind = [metric for metric in metrics if metric.reference == "NR"]
    why = _misfit(info, reference, selection) if len(blind) < len(metrics) else None
    how = {"threads": threads, "batch": batch, "numbers": numbers, "fps": float(info.fps) / selection.every}
    if why is None:
        try:
            return _score_streams(info, metrics, reference, selection, how)
        except _ReferenceError as error:
            why = str(error)
    scores = _score_streams(info, blind, None, selection, how)
    errors = {metric.name: f"{metric.name}: {why}" for metric in metrics if metric.reference == "FR"}
    return replace(scores, errors={**errors, **scores.errors})


def score_frames(
    frames: Iterable[Picture],
    metrics: Sequence[Metric],
    *,
    reference: Iterable[Picture] | None = None,
    crop_border: int = 0,
    threads: int | None = None,
    batch: int | None = None,
    numbers: Sequence[int] | None = None,
    fps: float = 25.0,
) -> ClipScores:
    """Score frames in memory or from any stream; see :func:`score_clip`.

    Args:
        frames: uint8 (H, W, 3), RGB, full range.
        metrics: of different names.
        reference: the sharp frames to them.
        crop_border: samples to leave out at each border for full-reference metrics.
        threads: None takes two, or one on a machine with one core.
        batch: frames at a time.
        numbers: what the frames are called; None counts from 0.
        fps: frames per second.

    Raises:
        DdsrError: ``reference`` is longer or shorter than ``frames``, or another size than they are.
    """
    threads = threads or usable_threads()
    work = Pass(metrics, threads)
    count = 0
    alone = all(metric.reference == "NR" for metric in metrics)
    stream = batches(frames, None if alone else reference, size=batch, parts=threads, crop=crop_border)
    try:
        with one_thread_each(max(1, threads // max(1, len(metrics)))):
            for one in stream if metrics else ():
                if not count:
                    work.begin(one.whole[0].rgb.shape[1:3], one.inner[0].rgb.shape[1:3])
                count += sum(len(part) for part in one.whole)
                if not work.alive():
                    break
                work.feed(one)
            work.finish()
    finally:
        work.close()
    return _collected(work, numbers if numbers is not None else range(count), fps)


class _ReferenceError(DdsrError):
    """The sharp clip cannot be read to its end."""


def _score_streams(
    info: VideoInfo, metrics: Sequence[Metric], reference: PathLike | None, selection: Selection, how: Mapping[str, Any]
) -> ClipScores:
    threads = how["threads"]
    paired = reference is not None and any(metric.reference == "FR" for metric in metrics)
    # Closed here, for they are not read to their ends where every metric fails.
    with ExitStack() as files:
        frames = files.enter_context(closing(_reading(info.path, selection, threads, info)))
        sharp = files.enter_context(closing(_sharp(reference, selection, threads))) if paired and reference else None
        return score_frames(frames, metrics, reference=sharp, crop_border=selection.crop_border, **how)


def _misfit(info: VideoInfo, reference: PathLike | None, selection: Selection) -> str | None:
    """Why full-reference metrics cannot run, if they cannot."""
    if reference is None:
        return "needs the sharp clip to compare with; give --reference"
    try:
        sharp = probe(reference)
    except DdsrError as error:
        return str(error)
    if (sharp.width, sharp.height) != (info.width, info.height):
        return (
            f"{info.path} is {info.width}x{info.height}, its reference {reference} {sharp.width}x{sharp.height}; "
            "give clips of one size"
        )
    if sharp.frames != info.frames:
        return (
            f"{info.path} has {info.frames} frames, its reference {reference} {sharp.frames}; give clips of one length"
        )
    if 2 * selection.crop_border >= min(info.width, info.height):
        return f"a border of {selection.crop_border} leaves nothing of {info.width}x{info.height} frames; crop less"
    return None


def _reading(
    path: PathLike, selection: Selection, threads: int | None, info: VideoInfo | None = None
) -> Generator[Picture, None, None]:
    source: Any = read_frames(path, selection.start, selection.stop, threads=threads, info=info, precise=True)
    with closing(source):
        yield from islice(source, 0, None, selection.every)


def _sharp(path: PathLike, selection: Selection, threads: int | None) -> Generator[Picture, None, None]:
    try:
        yield from _reading(path, selection, threads)
    except DdsrError as error:
        raise _ReferenceError(str(error)) from error


def _collected(work: Pass, numbers: Sequence[int], fps: float) -> ClipScores:
    values: dict[str, Floats] = {}
    errors: dict[str, str] = {}
    for one in work.running:
        name = one.metric.name
        try:
            if one.error is not None:
                raise DdsrError(one.error)
            values[name] = one.values(numbers)
        except DdsrError as error:
            errors[name] = str(error)
    frames = {name: value_frames(len(found), numbers) for name, found in values.items()}
    return ClipScores(values, errors, frames, fps)
