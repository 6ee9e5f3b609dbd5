"""Score many clips: what is stored is taken, the rest computed, one clip's fault is that clip's alone."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from pathlib import Path

from ddsr_bench.errors import DdsrError
from ddsr_bench.jobs import Job, run_jobs
from ddsr_bench.jobs.records import Progress
from ddsr_bench.quality.catalogue import get_metric
from ddsr_bench.quality.metric import Metric
from ddsr_bench.quality.pooling import Pooling, pool
from ddsr_bench.quality.runner import WHOLE, ClipScores, Selection, score_clip
from ddsr_bench.quality.store import Key, ScoreStore, Stored, key_of
from ddsr_bench.video import UntaggedColourWarning, file_sha256


@dataclass(frozen=True)
class Clip:
    """A clip to score: what it is called, where it is, and its sharp reference where it has one."""

    id: str
    path: Path
    reference: Path | None = None


@dataclass
class Scores:
    """What is known of one clip.

    Attributes:
        sha256: of the file; empty where it cannot be read.
        values: by metric's name.
        errors: by metric's name; of the clip as a whole by ``""``.
        stored: how many of ``values`` were there already.
        notes: warnings about the clip.
    """

    sha256: str = ""
    values: dict[str, Stored] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    stored: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class BatchScores:
    """Scores by clip's id, in the order of clips; ``interrupted`` after Ctrl-C."""

    clips: dict[str, Scores]
    interrupted: bool = False

    def failures(self) -> list[tuple[str, str]]:
        """Everything that went wrong: clip's id and one line; what is wrong in every clip is told once."""
        found = [(name, text) for name, scores in self.clips.items() for text in scores.errors.values()]
        counts = Counter(text for _, text in found)
        common = [text for text in counts if counts[text] == len(self.clips) > 1]
        return [(f"all {len(self.clips)}", text) for text in common] + [one for one in found if one[1] not in common]

    def pooled(self, metrics: Iterable[Metric], pooling: Pooling | None = None) -> dict[str, dict[str, float]]:
        """By clip's id the scores by column; values that cannot be pooled are added to the errors."""
        scores: dict[str, dict[str, float]] = {}
        for (clip, found), metric in product(self.clips.items(), metrics):
            row, stored = scores.setdefault(clip, {}), found.values.get(metric.name)
            if stored is None:
                continue
            try:
                row.update(pool(metric, stored.values, pooling, fps=stored.fps))
            except DdsrError as error:
                found.errors[metric.name] = str(error)
        return scores


def score_clips(
    clips: Sequence[Clip],
    metrics: Mapping[str, Metric],
    *,
    selection: Selection = WHOLE,
    store: ScoreStore | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> BatchScores:
    """Score clips by several metrics.

    Args:
        clips: with different ids.
        metrics: as :func:`~ddsr_bench.quality.catalogue.choose_metrics` gives them.
        selection: which frames.
        store: None computes everything.
        workers: cores to use: clips go to processes of their own, or one clip's metrics to threads.
        progress: called with every event of the clips that are not stored already.

    Raises:
        DdsrError: the store cannot be written.
    """
    run = _Run(clips, metrics, selection, store)
    run.look_up(workers)
    run.leave_out_broken()
    todo = [clip for clip in clips if run.missing[clip.id]]
    processes = min(workers, len(todo)) or 1
    report = run_jobs(
        # A process of its own finds the metrics by what was written; here they are at hand.
        _score_anew if processes > 1 else partial(_score, metrics),
        [Job(clip.id, run.work(clip, max(1, workers // processes))) for clip in todo],
        engine="processes" if processes > 1 else "serial",
        workers=processes,
        on_result=run.keep,
        progress=progress,
    )
    for failure in report.failures:
        run.found[failure.id].errors[""] = failure.message
    return BatchScores(run.found, report.interrupted)


@dataclass(frozen=True)
class _Work:
    """One clip's part of a run, as it travels to a worker: metrics by what was written for them."""

    clip: Clip
    metrics: tuple[str, ...]
    selection: Selection
    threads: int


class _Run:
    """The books of one batch: what is found, and by clip the keys of what is missing."""

    def __init__(
        self, clips: Sequence[Clip], metrics: Mapping[str, Metric], selection: Selection, store: ScoreStore | None
    ) -> None:
        self.clips, self.metrics, self.selection, self.store = clips, metrics, selection, store
        self.found = {clip.id: Scores() for clip in clips}
        self.missing: dict[str, dict[str, Key]] = {clip.id: {} for clip in clips}

    def look_up(self, workers: int) -> None:
        """Hash all files and take what is stored."""
        paths = list({path for clip in self.clips for path in (clip.path, clip.reference) if path is not None})
        # Hashing frees the interpreter, so threads do.
        with ThreadPoolExecutor(workers) as pool:
            hashes = dict(zip(paths, pool.map(_hash, paths), strict=True))
        for clip in self.clips:
            scores = self.found[clip.id]
            scores.sha256, why = hashes[clip.path]
            if why:
                scores.errors[""] = why
            else:
                self._take(clip.id, scores, hashes[clip.reference][0] if clip.reference is not None else None)

    def _take(self, clip: str, scores: Scores, reference: str | None) -> None:
        for metric in self.metrics.values():
            key = key_of(metric, self.selection, scores.sha256, reference)
            stored = self.store.get(key) if self.store is not None else None
            if stored is None:
                self.missing[clip][metric.name] = key
            else:
                scores.values[metric.name] = stored
                scores.stored += 1

    def leave_out_broken(self) -> None:
        """Leave out metrics that cannot start anywhere (a model is missing), told once and not found in every clip."""
        for metric in self.metrics.values():
            wanted = [clip for clip, missing in self.missing.items() if metric.name in missing]
            try:
                if wanted:
                    metric.start()
            except DdsrError as error:
                for clip in wanted:
                    del self.missing[clip][metric.name]
                    self.found[clip].errors[metric.name] = str(error)

    def work(self, clip: Clip, threads: int) -> _Work:
        """What a worker needs to know."""
        texts = tuple(text for text, metric in self.metrics.items() if metric.name in self.missing[clip.id])
        return _Work(clip, texts, self.selection, threads)

    def keep(self, clip: str, scores: ClipScores) -> None:
        """Take a clip's scores in, and store them."""
        found = self.found[clip]
        found.errors.update(scores.errors)
        found.notes = scores.notes
        for name, values in scores.values.items():
            found.values[name] = Stored(values, scores.frames[name], scores.fps)
            if self.store is not None:
                self.store.put(self.missing[clip][name], found.values[name])


def _score_anew(work: _Work) -> ClipScores:
    return _score({text: get_metric(text) for text in work.metrics}, work)


def _score(metrics: Mapping[str, Metric], work: _Work) -> ClipScores:
    chosen = [metrics[text] for text in work.metrics]
    clip = work.clip
    # Warnings travel with the scores: a worker's own stderr is nobody's.
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", UntaggedColourWarning)
        scores = score_clip(clip.path, chosen, reference=clip.reference, selection=work.selection, threads=work.threads)
    return replace(scores, notes=tuple(dict.fromkeys(str(one.message) for one in told)))


def _hash(path: Path) -> tuple[str, str]:
    """A file's hash, or why it has none."""
    try:
        return file_sha256(path), ""
    except DdsrError as error:
        return "", str(error)
