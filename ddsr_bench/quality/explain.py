"""Why a clip has its score: the curve over its frames, its worst and best ones and, for rw-vsr-qa, where in them."""

from __future__ import annotations

import os
import warnings
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.catalogue import get_metric
from ddsr_bench.quality.metric import Metric
from ddsr_bench.quality.metrics import rw_vsr_qa
from ddsr_bench.quality.pooling import pool
from ddsr_bench.quality.runner import ClipScores, score_clip
from ddsr_bench.quality.rw_vsr_qa.places import Places, PlacesSum, places_of
from ddsr_bench.quality.rw_vsr_qa.scorer import Bytes, KeyFrames, KeyScores, RwVsrQaScorer
from ddsr_bench.video import UntaggedColourWarning, read_frames


@dataclass(frozen=True)
class Moment:
    """One frame of a clip.

    Attributes:
        frame: its number.
        value: what the metric gives it.
        places: where it is good and bad, of metrics that know.
    """

    frame: int
    value: float
    places: Places | None = None


@dataclass(frozen=True)
class Explanation:
    """What a clip's score came from.

    Attributes:
        path: of the clip.
        metric: which has a direction.
        score: of the clip.
        frames, values: the curve; float64 values.
        fps: values per second.
        worst, best: the first of equal ones.
        places: over all key frames, of metrics that know.
        notes: warnings about the clip.
    """

    path: Path
    metric: Metric
    score: float
    frames: tuple[int, ...]
    values: NDArray[np.float64]
    fps: float
    worst: Moment
    best: Moment
    places: Places | None
    notes: tuple[str, ...]


def explain(path: str | os.PathLike[str], metric: str = rw_vsr_qa.NAME) -> Explanation:
    """Score a clip and keep what its score came from; memory grows by one number a frame.

    Args:
        path: video file or folder of frames.
        metric: as :func:`~ddsr_bench.quality.catalogue.get_metric` takes it; ``rw-vsr-qa`` and ``rw-vsr-qa:FILE``
            tell places, too.

    Raises:
        DdsrError: an unknown metric, one that compares with a reference or has no value of frames or no direction;
            missing weights; a clip that cannot be read or has no score.
    """
    asked = get_metric(metric)
    _check(metric, asked)
    watch = Watch()
    name, _, weights = metric.partition(":")
    keys = watch.on(Path(weights) if weights else rw_vsr_qa.shipped_weights()) if name == rw_vsr_qa.NAME else None
    scores, notes = _scored(path, asked if keys is None else replace(asked, start=lambda: RwVsrQaScorer(keys)))
    values, frames = scores.values[asked.name][:, 0], tuple(scores.frames[asked.name])
    if watch.worst is not None and watch.best is not None:
        worst, best = watch.worst, watch.best
    else:
        order = values if asked.higher_is_better else -values
        low, high = int(np.argmin(order)), int(np.argmax(order))
        worst, best = (Moment(frames[k], float(values[k])) for k in (low, high))
    score = pool(asked, scores.values[asked.name], fps=scores.fps)[asked.name]
    return Explanation(Path(path), asked, score, frames, values, scores.fps, worst, best, watch.total.mean(), notes)


def frame_at(path: str | os.PathLike[str], number: int) -> Bytes:
    """One frame of a clip, uint8 (H, W, 3); errors as :func:`~ddsr_bench.video.read_frames`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UntaggedColourWarning)
        frames: Any = read_frames(path, number, number + 1, threads=1, precise=True)
        with closing(frames):
            return cast(Bytes, next(frames))


class Watch:
    """Sees all key frames of a clip and keeps the worst, the best and the mean."""

    def __init__(self) -> None:
        self.worst: Moment | None = None
        self.best: Moment | None = None
        self.total = PlacesSum()

    def on(self, weights: Path) -> KeyFrames:
        """The key frames of one clip to come, by a network that is read from a file."""
        from ddsr_bench.quality.rw_vsr_qa.checkpoint import load_network

        return _Watched(self, *load_network(weights))

    def see(self, key: KeyScores) -> None:
        """Take a key frame."""
        places = places_of(key)
        moment = Moment(key.number, key.score, places)
        self.total.add(places)
        if self.worst is None or key.score < self.worst.value:
            self.worst = moment
        if self.best is None or key.score > self.best.value:
            self.best = moment


class _Watched(KeyFrames):
    """Key frames, each shown to a watch."""

    def __init__(self, watch: Watch, network: Any, calibration: Any) -> None:
        super().__init__(network, calibration)
        self._watch = watch

    def add(self, frame: Bytes) -> KeyScores | None:
        """See the class above it."""
        return self._shown(super().add(frame))

    def last(self) -> KeyScores | None:
        """See the class above it."""
        return self._shown(super().last())

    def _shown(self, key: KeyScores | None) -> KeyScores | None:
        if key is not None:
            self._watch.see(key)
        return key


def _check(text: str, metric: Metric) -> None:
    """Refuse metrics that have no curve with a worst and a best frame."""
    why = None
    if metric.reference == "FR":
        why = "compares with a sharp clip"
    elif metric.pooling == "last":
        why = "has one value for the whole clip, none of its frames"
    elif len(metric.columns) > 1:
        why = f"has {len(metric.columns)} values for each frame"
    elif metric.higher_is_better is None:
        why = "does not say whether higher is better"
    if why is not None:
        raise DdsrError(f"metric {text!r}: {why}, so no frame is the worst; explain another one, such as niqe")


def _scored(path: str | os.PathLike[str], metric: Metric) -> tuple[ClipScores, tuple[str, ...]]:
    metric.start()  # What it lacks is no fault of the clip.
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", UntaggedColourWarning)
        scores = score_clip(path, [metric])
    if metric.name in scores.errors:
        raise DdsrError(f"{path}: {scores.errors[metric.name]}")
    return scores, tuple(dict.fromkeys(str(one.message) for one in told))
