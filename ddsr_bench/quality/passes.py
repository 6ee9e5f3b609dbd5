"""One pass over a clip with many metrics at once; none can touch another's values or end another's work."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.batches import Batch
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats, Metric, PerFrame, Scorer

Task = Callable[[], Sequence[Floats]]


@dataclass
class Running:
    """One metric at work: its values so far, or why it stopped."""

    metric: Metric
    scorer: Scorer | None = None
    chunks: list[Floats] = field(default_factory=list)
    error: str | None = None
    seconds: float = 0.0

    @property
    def alive(self) -> bool:
        """Whether it still takes frames."""
        return self.error is None

    def guard(self, work: Task) -> list[Floats]:
        """Do some of its work; whatever goes wrong there is noted as this metric's fault."""
        start = time.perf_counter()
        try:
            return [_columns(self.metric, values) for values in work()]
        except (Exception, SystemExit) as error:
            self.error = self.error or _reason(self.metric.name, error)
            return []
        finally:
            self.seconds += time.perf_counter() - start

    def begin(self, height: int, width: int) -> None:
        """Make the scorer, unless the frames are too small."""
        least = self.metric.smallest
        if height < least[0] or width < least[1]:
            self.error = (
                f"{self.metric.name}: frames are {width}x{height}, it needs {least[1]}x{least[0]}; "
                f"leave {self.metric.name} out"
            )
        else:
            self.guard(self._start)

    def values(self, frame_numbers: Sequence[int]) -> Floats:
        """All values, float64 (n, k), after the end.

        Raises:
            DdsrError: none came, or one is not a number; the frame is named.
        """
        name = self.metric.name
        values = np.concatenate([np.zeros((0, _width(self.metric))), *self.chunks])
        if not len(values):
            raise DdsrError(f"{name}: gave no value for {len(frame_numbers)} frames; leave the clip or {name} out")
        bad = ~np.isfinite(values).all(axis=1)
        if bad.any():
            first = int(np.argmax(bad))
            value = values[first][~np.isfinite(values[first])][0]
            frame = value_frames(len(values), frame_numbers)[first]
            raise DdsrError(f"{name}: the value of frame {frame} is {value:g}, no number; leave the clip or {name} out")
        return values

    def _start(self) -> Sequence[Floats]:
        self.scorer = self.metric.start()
        return ()


def value_frames(count: int, frame_numbers: Sequence[int]) -> list[int]:
    """The frames that ``count`` values belong to: the last ones, for a measure of neighbours begins late."""
    missing = len(frame_numbers) - count
    return [frame_numbers[max(0, missing + i)] for i in range(count)]


class Pass:
    """Feeds batches to metrics in a few threads.

    A batch comes in parts. A measure of single frames takes parts in any order, several at once; any other takes them
    one after the other. So every scorer sees the same frames in the same order whatever the number of threads.
    """

    def __init__(self, metrics: Iterable[Metric], threads: int) -> None:
        self.running = [Running(metric) for metric in metrics]
        self._pool = ThreadPoolExecutor(threads, "ddsr-metric") if threads > 1 else None
        self._waiting: list[tuple[Running, list[Future[list[Floats]]]]] = []

    def begin(self, whole: tuple[int, ...], inner: tuple[int, ...]) -> None:
        """Make the scorers, for frames of these (H, W): whole ones, and those that full-reference metrics get."""
        for one in self.alive():
            one.begin(*(inner if one.metric.reference == "FR" else whole))

    def alive(self) -> list[Running]:
        """The metrics still at work, the slowest so far first, so that threads end together."""
        return sorted((one for one in self.running if one.alive), key=lambda one: -one.seconds)

    def feed(self, batch: Batch) -> None:
        """Give out a batch; returns once the batch before it is done."""
        self.settle()
        for one in self.alive():
            tasks = _tasks(one, batch)
            if self._pool is None:
                for task in tasks:
                    one.chunks += one.guard(task)
            else:
                self._waiting.append((one, [self._pool.submit(one.guard, task) for task in tasks]))

    def settle(self) -> None:
        """Wait for the batch that was given out."""
        for one, futures in self._waiting:
            for future in futures:
                one.chunks += future.result()
        self._waiting = []

    def finish(self) -> None:
        """Collect what the metrics still have after the last frame."""
        self.settle()
        for one in self.alive():
            scorer = one.scorer
            assert scorer is not None
            one.chunks += one.guard(partial(_finish, scorer))

    def close(self) -> None:
        """End the threads; work that was not begun is dropped."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _tasks(one: Running, batch: Batch) -> list[Task]:
    scorer = one.scorer
    assert scorer is not None
    paired = one.metric.reference == "FR" and batch.reference is not None
    clip = batch.inner if paired else batch.whole
    sharp: Sequence[Frames | None] = batch.reference if paired and batch.reference else [None] * len(clip)
    if isinstance(scorer, PerFrame):
        return [partial(_score_part, one.metric, scorer, *pair) for pair in zip(clip, sharp, strict=True)]
    return [lambda: [scorer.add(*pair) for pair in zip(clip, sharp, strict=True)]]


def _score_part(metric: Metric, scorer: Scorer, frames: Frames, reference: Frames | None) -> list[Floats]:
    values = scorer.add(frames, reference)
    if len(values) != len(frames):
        raise DdsrError(f"{metric.name}: gave {len(values)} values for {len(frames)} frames; one for each is due")
    return [values]


def _finish(scorer: Scorer) -> list[Floats]:
    return [scorer.finish()]


@contextmanager
def one_thread_each(threads: int) -> Iterator[None]:
    """Hold OpenCV to ``threads`` and linear algebra to one: we have threads of our own, and sums stay as they are."""
    import cv2
    import threadpoolctl

    before = cv2.getNumThreads()
    cv2.setNumThreads(threads)
    try:
        with threadpoolctl.threadpool_limits(1):
            yield
    finally:
        cv2.setNumThreads(before)


def usable_threads() -> int:
    """How many cores this process may use, two at most unless told otherwise."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(2, cores)


def _width(metric: Metric) -> int:
    return max(1, len(metric.columns))


def _columns(metric: Metric, values: Floats) -> Floats:
    """Values as float64 (n, k)."""
    array, width = np.asarray(values, np.float64), _width(metric)
    if array.size == 0:
        return np.zeros((0, width))
    if array.shape != (len(array), width) and not (width == 1 and array.ndim == 1):
        raise DdsrError(f"{metric.name}: gave values of shape {array.shape}; it has {width} columns")
    return array.reshape(-1, width)


def _reason(name: str, error: BaseException) -> str:
    """One line that names the metric, and for what is no user's mistake the kind of error."""
    text = " ".join(str(error).split())
    text = text if isinstance(error, DdsrError) else f"{type(error).__name__}: {text}"
    return text if text.startswith((f"{name}: ", f"metric {name!r}")) else f"{name}: {text}"
