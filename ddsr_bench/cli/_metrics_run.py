"""What ``metrics run`` does once its options are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ddsr_bench.cli._metrics import prepared, simulated_notes
from ddsr_bench.cli._metrics_out import Output
from ddsr_bench.cli.progress import RichProgress
from ddsr_bench.cli.tables import columns, failure_table
from ddsr_bench.data.discover import SourceClip, find_clips
from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.batch import BatchScores, Clip, score_clips
from ddsr_bench.quality.catalogue import is_feature_set
from ddsr_bench.quality.metric import Metric
from ddsr_bench.quality.pooling import Pooling, score_columns
from ddsr_bench.quality.runner import Selection
from ddsr_bench.quality.store import ScoreStore

_INTERRUPTED = 130
_ROWS, _NOTES = 60, 5
_WAYS = {True: "higher", False: "lower", None: "?"}


def run(
    *,
    videos: Sequence[str],
    metrics: Sequence[str] | None,
    own: Sequence[str],
    reference: Path | None,
    pooling: Pooling | None,
    out: Path | None,
    frames: tuple[int, int | None],
    every: int,
    crop_border: int,
    workers: int,
    store: Path | None,
    no_store: bool,
    weights_dir: Path | None,
    plot: bool,
    overwrite: bool,
) -> int:
    """Score, print, write; returns the exit code: 0, 1 if anything failed, 130 after Ctrl-C."""
    chosen = prepared([*(metrics or ()), *own], with_reference=reference is not None, weights_dir=weights_dir)
    clips = with_references(find_clips(videos), reference)
    output = Output(out, overwrite=overwrite) if out is not None else None
    selection = Selection(*frames, every, crop_border)
    batch = score_clips(
        clips,
        chosen,
        selection=selection,
        store=None if no_store else ScoreStore(store),
        workers=workers,
        progress=RichProgress("metrics run"),
    )
    scores = batch.pooled(chosen.values(), pooling)
    if any(scores.values()):
        click.echo(table(scores, list(chosen.values())))
        for note in simulated_notes(chosen.values()):
            click.echo(note, err=True)
    if output is not None:
        output.write(clips, batch, scores, chosen, _settings(pooling, selection))
        if plot:
            output.plot(batch, list(chosen.values()))
    return told(batch, output)


def with_references(clips: Sequence[SourceClip], reference: Path | None) -> list[Clip]:
    """Clips with their sharp ones: one clip for all, or of a folder's clips the one of the same name.

    Raises:
        DdsrError: the reference is missing.
    """
    if reference is None:
        return [Clip(clip.id, clip.path) for clip in clips]
    if not reference.exists():
        raise DdsrError(f"{reference}: no such file or folder; check --reference")
    sharp = find_clips([str(reference)])
    if len(sharp) == 1 and sharp[0].path == reference:
        return [Clip(clip.id, clip.path, reference) for clip in clips]
    by_id = {clip.id: clip.path for clip in sharp}
    # A clip that has none keeps the name it should have, so that the message tells it.
    return [Clip(clip.id, clip.path, by_id.get(clip.id, reference / clip.path.name)) for clip in clips]


def table(scores: Mapping[str, Mapping[str, float]], metrics: Sequence[Metric]) -> str:
    """The table that is printed: a row per video, a column per score; of features only how many there are."""
    heads, ways = ["video"], ["better:"]
    cells: dict[str, list[str]] = {clip: [clip] for clip in list(scores)[:_ROWS]}
    for metric in metrics:
        names = score_columns(metric)
        features = is_feature_set(metric)
        heads += [metric.name] if features else names
        ways += ["features"] if features else [_WAYS[metric.higher_is_better] if len(names) == 1 else "-"] * len(names)
        for clip, row in cells.items():
            found = [scores[clip].get(name) for name in names]
            shown = ["-" if value is None else f"{value:.5g}" for value in found]
            row += ([f"{len(names)} values"] if found[0] is not None else ["-"]) if features else shown
    more = [] if len(scores) <= _ROWS else [f"... and {len(scores) - _ROWS} more videos"]
    return "\n".join([columns([heads, ways, *cells.values()]), *more])


def told(batch: BatchScores, output: Output | None) -> int:
    """Say what failed and what was done; returns the exit code."""
    notes = [note for scores in batch.clips.values() for note in scores.notes]
    for note in notes[:_NOTES]:
        click.echo(f"Warning: {note}", err=True)
    if len(notes) > _NOTES:
        click.echo(f"Warning: {len(notes) - _NOTES} more such warnings", err=True)
    failures = batch.failures()
    if failures:
        click.echo(failure_table(failures), err=True)
    values = [scores for scores in batch.clips.values() if scores.values]
    kept = sum(scores.stored for scores in values)
    whole = sum(len(scores.values) for scores in values)
    where = f"; open {output.scores}" if output is not None else ""
    click.echo(f"{len(values)} of {len(batch.clips)} videos, {whole} scores ({kept} from the store){where}", err=True)
    if batch.interrupted:
        click.echo("Interrupted; the same command goes on where it stopped", err=True)
        return _INTERRUPTED
    return 1 if failures else 0


def _settings(pooling: Pooling | None, selection: Selection) -> dict[str, Any]:
    return {
        "pooling": pooling,
        "frames": [selection.start, selection.stop],
        "every": selection.every,
        "crop_border": selection.crop_border,
    }
