"""``eval-qa --manifest``: a dataset's videos are scored first, and the table that comes of it is evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from ddsr_bench.cli._metrics import prepared
from ddsr_bench.cli.progress import RichProgress
from ddsr_bench.cli.tables import failure_table
from ddsr_bench.data.manifest_clips import read_manifest
from ddsr_bench.errors import DdsrError
from ddsr_bench.files import make_folder
from ddsr_bench.quality.batch import BatchScores, Clip, score_clips
from ddsr_bench.quality.catalogue import is_feature_set, metric_names
from ddsr_bench.quality.metric import Metric
from ddsr_bench.quality.pooling import Pooling, score_columns
from ddsr_bench.quality.runner import Selection
from ddsr_bench.quality.store import ScoreStore
from ddsr_bench.subjective.table import write_table


@dataclass(frozen=True)
class Computed:
    """What scoring a dataset gives to the evaluation.

    Attributes:
        table: the dataset's table with a column for each score.
        metrics: columns to evaluate.
        features: columns to train a metric on, by its name.
        directions: by column whether higher is better, where the metric says.
        facts: for results.json.
        notes: what a reader should know.
    """

    table: Path
    metrics: tuple[str, ...]
    features: tuple[tuple[str, str], ...]
    directions: dict[str, bool]
    facts: dict[str, Any]
    notes: tuple[str, ...] = field(default=())


def compute(
    folder: Path,
    out: Path,
    *,
    metrics: Sequence[str] | None,
    own: Sequence[str],
    mos: str | None,
    drop_missing: bool,
    pooling: Pooling | None,
    every: int,
    store: Path | None,
    no_store: bool,
    weights_dir: Path | None,
    workers: int,
) -> Computed:
    """Score the videos of a dataset and write the joined table to ``out/scores.parquet``.

    A name that is no metric but a column of the dataset's table is taken from there: scores of any other program.

    Raises:
        DdsrError: what is wrong with the dataset's table, an unknown metric, or not a single score.
    """
    manifest = read_manifest(folder, mos=mos, drop_unrated=drop_missing)
    there, asked = _split(metrics or (), list(manifest.frame.columns))
    with_reference = any(clip.reference for clip in manifest.clips)
    chosen = prepared([*asked, *own], with_reference=with_reference, weights_dir=weights_dir)
    make_folder(out)
    batch = score_clips(
        manifest.clips,
        chosen,
        selection=Selection(every=every),
        store=None if no_store else ScoreStore(store),
        workers=workers,
        progress=RichProgress("metrics"),
    )
    scores = batch.pooled(chosen.values(), pooling)
    _tell(batch)
    if chosen and not any(scores.values()):
        raise DdsrError(f"{manifest.table}: not one score could be computed; see above")
    path = out / "scores.parquet"
    write_table(path, _joined(manifest.frame, manifest.clips, scores, list(chosen.values())))
    facts = {"table": manifest.table.name, "pooling": pooling, "every": every, **_facts(chosen.values(), batch)}
    notes = [f"{manifest.unrated} videos without a MOS were left out."] if manifest.unrated else []
    return _computed(path, there, list(chosen.values()), facts, notes)


def _tell(batch: BatchScores) -> None:
    failures = batch.failures()
    if failures:
        click.echo(failure_table(failures), err=True)
    if batch.interrupted:
        raise DdsrError("interrupted; the same command goes on where it stopped")


def _facts(metrics: Iterable[Metric], batch: BatchScores) -> dict[str, Any]:
    return {
        "metrics": {metric.name: metric.version for metric in metrics},
        "failures": [{"id": name, "message": message} for name, message in batch.failures()],
    }


def _split(names: Sequence[str], columns: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names of columns that stand in the table and are no metric of ours, and the others."""
    ours = set(metric_names())
    there = [name for name in names if name in columns and name not in ours]
    return there, [name for name in names if name not in there]


def _joined(frame: Any, clips: Sequence[Clip], scores: Any, metrics: Sequence[Metric]) -> Any:
    """The dataset's rows with the scores behind; a column of a score's name is replaced."""
    import pandas as pd

    names = [name for metric in metrics for name in score_columns(metric)]
    computed = {name: [scores[clip.id].get(name, float("nan")) for clip in clips] for name in names}
    kept = frame.drop(columns=[name for name in names if name in frame.columns])
    if not {"video_id", "id"} & set(kept.columns):
        kept.insert(0, "video_id", [clip.id for clip in clips])
    return pd.concat([kept, pd.DataFrame(computed, index=kept.index)], axis=1)


def _computed(
    path: Path, there: Sequence[str], metrics: Sequence[Metric], facts: dict[str, Any], notes: Sequence[str]
) -> Computed:
    single = [metric for metric in metrics if not is_feature_set(metric)]
    features = [(m.name, ",".join(score_columns(m))) for m in metrics if is_feature_set(m)]
    names = [*there, *(name for metric in single for name in score_columns(metric))]
    directions = {m.name: m.higher_is_better for m in single if not m.columns and m.higher_is_better is not None}
    return Computed(path, tuple(names), tuple(features), directions, facts, tuple(notes))
