"""Files that ``metrics run`` leaves behind."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ddsr_bench.errors import DdsrError
from ddsr_bench.files import make_folder, write_bytes_atomic
from ddsr_bench.provenance import SCHEMA_VERSION, collect, write_json_atomic
from ddsr_bench.quality.batch import BatchScores, Clip
from ddsr_bench.quality.metric import Metric
from ddsr_bench.quality.pooling import score_columns
from ddsr_bench.subjective.table import write_table

_TABLES = (".csv", ".tsv", ".json", ".parquet")


class Output:
    """Where things go: ``DIR/scores.csv, frames.parquet, results.json``, or a table and its companions beside it.

    Raises:
        DdsrError: results stand there already, or the folder cannot be made.
    """

    def __init__(self, out: Path, *, overwrite: bool) -> None:
        if out.suffix.lower() in _TABLES:
            self.scores, self._stem = out, f"{out.stem}."
        else:
            self.scores, self._stem = out / "scores.csv", ""
        present = [path for path in (self.scores, self._beside("results.json")) if path.exists()]
        if present and not overwrite:
            raise DdsrError(f"{present[0]}: is there already; give another --out, or --overwrite to replace it")
        make_folder(self.scores.parent)

    def write(
        self,
        clips: Sequence[Clip],
        batch: BatchScores,
        scores: Mapping[str, Mapping[str, float]],
        metrics: Mapping[str, Metric],
        settings: Mapping[str, Any],
    ) -> None:
        """Write the table of scores, that of frames, and last the record of the run."""
        write_table(self.scores, score_frame(clips, batch, scores, metrics.values()))
        frames = frame_table(batch, metrics.values())
        if len(frames):
            write_table(self._beside("frames.parquet"), frames)
        results = {
            "schema_version": SCHEMA_VERSION,
            "kind": "metrics-run",
            "provenance": collect("metrics run"),
            "settings": dict(settings),
            "metrics": {metric.name: _facts(text, metric) for text, metric in metrics.items()},
            "videos": len(clips),
            "scored": sum(bool(found.values) for found in batch.clips.values()),
            "from_store": sum(found.stored for found in batch.clips.values()),
            "interrupted": batch.interrupted,
            "failures": [{"id": name, "message": text} for name, text in batch.failures()],
        }
        write_json_atomic(self._beside("results.json"), results)

    def plot(self, batch: BatchScores, metrics: Sequence[Metric]) -> None:
        """Draw the values of all frames, where there are any."""
        from ddsr_bench.cli._metrics_plot import curves

        drawn = curves(batch, metrics)
        if drawn is not None:
            write_bytes_atomic(self._beside("curves.pdf"), drawn.pdf)
            write_bytes_atomic(self._beside("curves.png"), drawn.png)

    def _beside(self, name: str) -> Path:
        return self.scores.with_name(self._stem + name)


def score_frame(
    clips: Sequence[Clip], batch: BatchScores, scores: Mapping[str, Mapping[str, float]], metrics: Any
) -> Any:
    """A pandas DataFrame, a row per video: ``video_id, file, sha256``, then the scores; NaN where one is missing."""
    import pandas as pd

    names = [name for metric in metrics for name in score_columns(metric)]
    data: dict[str, Any] = {
        "video_id": [clip.id for clip in clips],
        "file": [clip.path.as_posix() for clip in clips],
        "sha256": [batch.clips[clip.id].sha256 for clip in clips],
    }
    columns = {name: [scores[clip.id].get(name, float("nan")) for clip in clips] for name in names}
    return pd.DataFrame({**data, **columns})


def frame_table(batch: BatchScores, metrics: Any) -> Any:
    """A pandas DataFrame, a row per video and frame: ``video_id, frame``, then the values of measures that have them.

    A value that was computed from several frames stands at the last of these.
    """
    import pandas as pd

    parts = []
    for clip, found in batch.clips.items():
        rows: dict[int, dict[str, Any]] = {}
        for metric in metrics:
            stored = found.values.get(metric.name)
            if stored is None or metric.pooling == "last":
                continue
            for frame, values in zip(stored.frames, stored.values, strict=True):
                row = rows.setdefault(frame, {"video_id": clip, "frame": frame})
                row.update(zip(score_columns(metric), map(float, values), strict=True))
        parts.append([rows[frame] for frame in sorted(rows)])
    return pd.DataFrame.from_records(list(itertools.chain.from_iterable(parts)))


def _facts(text: str, metric: Metric) -> dict[str, Any]:
    return {
        "asked_as": text,
        "version": metric.version,
        "reference": metric.reference,
        "higher_is_better": metric.higher_is_better,
        "pooling": metric.pooling,
        "columns": list(score_columns(metric)),
        "parameters": dict(metric.parameters),
    }
