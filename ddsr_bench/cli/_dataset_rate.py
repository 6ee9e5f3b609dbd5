"""The body of ``dataset rate``: measure every video, let the simulated panel vote, write scores and votes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ddsr_bench.cli.progress import RichProgress
from ddsr_bench.cli.tables import failure_table
from ddsr_bench.data.layout import inside
from ddsr_bench.data.manifest.card import write_card
from ddsr_bench.data.manifest.read import read_parquet, read_rows
from ddsr_bench.data.manifest.write import write_parquet, write_tables
from ddsr_bench.data.rate import Rated, rate, variance_split
from ddsr_bench.data.rate_measure import MEASURES, Clip, measure
from ddsr_bench.errors import DdsrError
from ddsr_bench.jobs import Failure, Job, run_jobs
from ddsr_bench.provenance import collect, write_json_atomic
from ddsr_bench.quality.ffmpeg_vmaf import find_ffmpeg
from ddsr_bench.subjective.panel import PanelSpec

_INTERRUPTED = 130
_SAVE_EVERY = 50


def run(*, folder: Path, subjects: int, seed: int, workers: int) -> int:
    """Do what the options say; returns the exit code: 0, 1 if a video failed, 130 after Ctrl-C."""
    rows = read_rows(folder)
    real = sum(row["score_origin"] == "subjective" for row in rows)
    if real:
        raise DdsrError(f"{folder}: {real} videos have scores by people; a simulated panel shall not replace them")
    find_ffmpeg()
    measures = _Measures(folder, rows)
    failures, interrupted = measures.complete(workers)
    if failures:
        click.echo(failure_table([(one.id, one.message) for one in failures]), err=True)
    if interrupted:
        click.echo("Interrupted; give the same command again to go on", err=True)
        return _INTERRUPTED
    rated = rate(measures.values(), spec=PanelSpec(subjects=subjects), seed=seed)
    rows = [{**row, **rated.scores.get(row["video_id"], {})} for row in rows]
    files = {row["video_id"]: row["file_name"] for row in rows}
    votes = [{"file_name": files[vote["video_id"]], **vote} for vote in rated.ratings]
    write_tables(folder, rows, votes)
    write_card(folder, folder.resolve().name, rows, rated=True)
    _report(folder, rows, rated, {"seed": seed, "subjects": subjects})
    return 1 if failures else 0


class _Measures:
    """What was measured before, and what is still to be; kept in ``measures.parquet`` by the videos' hashes."""

    def __init__(self, folder: Path, rows: Sequence[Mapping[str, Any]]) -> None:
        self._folder, self._rows = folder, {row["video_id"]: row for row in rows}
        self._path = folder / "measures.parquet"
        known = read_parquet(self._path).to_pylist() if self._path.is_file() else []
        self._known = {
            one["video_id"]: {**one, **{name: float(one[name]) for name in MEASURES}}
            for one in known
            if one["video_id"] in self._rows and one["sha256"] == self._rows[one["video_id"]]["sha256"]
        }

    def complete(self, workers: int) -> tuple[list[Failure], bool]:
        """Measure what is missing; returns failures and whether Ctrl-C came."""
        jobs = [Job(name, self._clip(row)) for name, row in self._rows.items() if name not in self._known]
        engine = "processes" if workers > 1 else "serial"
        show = RichProgress("dataset rate")
        report = run_jobs(measure, jobs, engine=engine, workers=workers, on_result=self._keep, progress=show)
        self._save()
        return report.failures, report.interrupted

    def values(self) -> list[dict[str, Any]]:
        """All rows, by video."""
        if not self._known:
            raise DdsrError(f"{self._folder}: not one video could be measured; see the failures above")
        return [self._known[name] for name in sorted(self._known)]

    def _clip(self, row: Mapping[str, Any]) -> Clip:
        if not row.get("hr_file_name"):
            raise DdsrError(f"{row['video_id']}: has no sharp source; only a dataset with hr_file_name can be rated")
        return Clip(row["video_id"], inside(self._folder, row["file_name"]), inside(self._folder, row["hr_file_name"]))

    def _keep(self, name: str, value: dict[str, Any]) -> None:
        self._known[name] = {**value, "sha256": self._rows[name]["sha256"]}
        if len(self._known) % _SAVE_EVERY == 0:
            self._save()

    def _save(self) -> None:
        # Text keeps every digit of a float, which float32 would not.
        rows = [
            {"video_id": name, "sha256": one["sha256"], **{key: repr(one[key]) for key in MEASURES}}
            for name, one in sorted(self._known.items())
        ]
        write_parquet(self._path, rows, ())


def _report(folder: Path, rows: Sequence[Mapping[str, Any]], rated: Rated, settings: Mapping[str, int]) -> None:
    """Write ``rating.json`` and print its gist."""
    scored = [row for row in rows if row["mos"] is not None]
    mos = sorted(row["mos"] for row in scored)
    split = variance_split(scored)
    methods = sorted({row["method"] for row in scored})
    means = {name: _mean([row["mos"] for row in scored if row["method"] == name]) for name in methods}
    report = {
        **collect("dataset rate", settings["seed"]),
        "settings": dict(settings),
        "score_origin": "simulated",
        "videos": len(scored),
        "votes": len(rated.ratings),
        "mos": {"least": mos[0], "most": mos[-1], "mean": _mean(mos), "median": mos[len(mos) // 2]},
        "stretched": rated.stretched,
        "variance_split": split,
        "condition_means": means,
    }
    write_json_atomic(folder / "rating.json", report)
    click.echo(
        f"{folder}: {len(scored)} videos, {len(rated.ratings)} simulated votes, MOS {mos[0]:.2f} to {mos[-1]:.2f}"
    )
    parts = f"LR clip {split['lr_clip']:.0%}, condition {split['condition']:.0%}, rest {split['interaction']:.0%}"
    click.echo(f"variance of the simulated MOS: {parts}")
    for name, value in sorted(means.items(), key=lambda one: -one[1]):
        click.echo(f"  {name:16s} {value:.2f}")


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
