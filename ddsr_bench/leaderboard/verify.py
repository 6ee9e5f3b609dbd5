"""Whether what a leaderboard says is what its methods and metrics give: all of it against the store, some anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ddsr_bench.errors import DdsrError
from ddsr_bench.jobs import Job, run_jobs
from ddsr_bench.jobs.records import Progress
from ddsr_bench.leaderboard.assemble import UNBEGUN, method_results
from ddsr_bench.leaderboard.child import Made, Task, run_task
from ddsr_bench.leaderboard.clips import BoardClip
from ddsr_bench.leaderboard.entries import Entry
from ddsr_bench.leaderboard.results import Cell, ClipResult, MethodResults
from ddsr_bench.leaderboard.run import Matrix
from ddsr_bench.quality.metric import Metric
from ddsr_bench.quality.pooling import pool
from ddsr_bench.seeding import generator


@dataclass(frozen=True)
class Checked:
    """One cell that was computed anew.

    Attributes:
        method, clip, metric: which.
        recorded: its value in the results file.
        computed: the value now; None where there is none.
        reason: why there is none.
    """

    method: str
    clip: str
    metric: str
    recorded: float
    computed: float | None
    reason: str | None = None

    @property
    def equal(self) -> bool:
        """Whether both are the same number, bit for bit."""
        return self.computed == self.recorded


@dataclass(frozen=True)
class Differs:
    """Something in a results file that is not what the store holds.

    Attributes:
        where: method and clip.
        told: what, and both values.
    """

    where: str
    told: str


def against_store(matrix: Matrix, results: Mapping[str, MethodResults]) -> tuple[int, list[Differs]]:
    """Compare whole results files with the store; how many cells it could judge, and what differs.

    Cells that the store does not hold, as those of results that came from elsewhere, are not judged.

    Args:
        matrix: of the same clips, methods, metrics and settings, not run.
        results: by method's name what is held to the test.
    """
    matrix.look_up()
    count, found = 0, []
    for entry in matrix.entries:
        if entry.name not in results:
            continue
        kept = method_results(entry, matrix, {}).clips
        for clip, said in results[entry.name].clips.items():
            if clip in kept:
                judged, wrong = _against(said, kept[clip])
                count += judged
                found += [Differs(f"{entry.name} on {clip}", told) for told in wrong]
    return count, found


def _against(said: ClipResult, kept: ClipResult) -> tuple[int, list[str]]:
    stored = {name: cell for name, cell in kept.cells.items() if cell.reason != UNBEGUN}
    pairs = [(name, said.cells.get(name), cell) for name, cell in stored.items()]
    wrong = [f"{name}: recorded {_written(one)}, stored {_written(cell)}" for name, one, cell in pairs if one != cell]
    if kept.output is not None and said.output != kept.output:
        wrong.append("output: its size, hash of frames or shift is not the stored one")
    return len(stored), wrong


def _written(cell: Cell | None) -> str:
    if cell is None:
        return "nothing"
    return repr(cell.reason) if cell.value is None else f"{cell.value!r} of {cell.n}"


def sampled(results: Mapping[str, MethodResults], count: int, seed: int) -> list[tuple[str, str, str]]:
    """A random sample of (method, clip, metric) with a value; the seed alone decides which."""
    cells = [
        (name, clip, metric)
        for name in sorted(results)
        for clip, row in sorted(results[name].clips.items())
        for metric, cell in sorted(row.cells.items())
        if cell.value is not None
    ]
    order = generator(seed, "leaderboard verify").permutation(len(cells))[:count]
    return [cells[place] for place in sorted(int(one) for one in order)]


def check(
    matrix: Matrix,
    results: Mapping[str, MethodResults],
    cells: Sequence[tuple[str, str, str]],
    progress: Progress | None = None,
) -> list[Checked]:
    """Compute cells anew, nothing taken from the store.

    Args:
        matrix: of the same clips, methods, metrics and settings, not run.
        results: by method's name, what is held to the test.
        cells: of :func:`sampled`.
        progress: called with every event.

    Raises:
        DdsrError: a cell's method, clip or metric is not in the matrix.
    """
    entries = {entry.name: entry for entry in matrix.entries}
    clips = {clip.id: clip for clip in matrix.data.clips}
    wanted: dict[tuple[str, str], list[str]] = {}
    for method, clip, metric in cells:
        if method not in entries or clip not in clips:
            raise DdsrError(f"{method} on {clip}: cannot be run here; give what it needs, or remove its results")
        wanted.setdefault((method, clip), []).append(metric)
    jobs = [
        Job(f"{method} on {clip}", _task(matrix, entries[method], clips[clip], metrics))
        for (method, clip), metrics in wanted.items()
    ]
    options = matrix.options
    report = run_jobs(run_task, jobs, engine=options.engine, workers=options.workers, progress=progress)
    errors = {failure.id: failure.message for failure in report.failures}
    checked = []
    for method, clip, metric in cells:
        name = f"{method} on {clip}"
        recorded = results[method].clips[clip].cells[metric].value
        assert recorded is not None
        value, reason = _value(matrix, report.results.get(name), metric)
        checked.append(Checked(method, clip, metric, recorded, value, errors.get(name) or reason))
    return checked


def _task(matrix: Matrix, entry: Entry, clip: BoardClip, metrics: Sequence[str]) -> Task:
    texts = {metric.name: text for text, metric in matrix.chosen.metrics.items()}
    lacking = [name for name in metrics if name not in texts]
    if lacking:
        raise DdsrError(f"metric {lacking[0]!r}: not among those of the run; give it, or remove its cells")
    options = matrix.options
    return Task(
        method=entry.text,
        clip=clip,
        settings=options.settings,
        metrics=tuple(texts[name] for name in metrics),
        crop_border=options.crop_border,
        scratch=options.out,
    )


def _value(matrix: Matrix, made: Made | None, name: str) -> tuple[float | None, str | None]:
    if made is None:
        return None, "nothing was made"
    if name not in made.scores.values:
        return None, made.scores.errors.get(name, "no value")
    metric: Metric = next(one for one in matrix.chosen.metrics.values() if one.name == name)
    pooled = pool(metric, made.scores.values[name][:, :1], fps=made.scores.fps)
    return next(iter(pooled.values())), None
