"""The body of ``dataset build``: plan, make, compare with the manifest, write the tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from ddsr_bench.cli._outfolder import prepare, sweep
from ddsr_bench.cli.progress import RichProgress
from ddsr_bench.cli.tables import failure_table
from ddsr_bench.data.manifest.write import write_tables
from ddsr_bench.data.open_set.build import Task, build_source, check_methods
from ddsr_bench.data.open_set.compare import Comparison, compare, manifest_of, with_scores
from ddsr_bench.data.open_set.plan import estimate, footage_tasks, open_tasks
from ddsr_bench.data.open_set.sources import NAME
from ddsr_bench.errors import DdsrError
from ddsr_bench.jobs import Failure, Job, JobReport, run_jobs
from ddsr_bench.provenance import collect, write_json_atomic
from ddsr_bench.vsr.classical import CONDITIONS

_INTERRUPTED = 130
_OURS = {"hr", "lr", "videos", "recipes", "records", "train.parquet", "test.parquet", "ratings.parquet", "README.md"}
_OURS |= {"results.json", "measures.parquet", "rating.json"}


def run(
    *,
    name: str,
    out: Path,
    sources: Path | None,
    methods: tuple[str, ...] | None,
    subset: int | None,
    seed: int,
    workers: int,
    resume: bool,
    overwrite: bool,
    dry_run: bool,
    strict: bool,
) -> int:
    """Do what the options say; returns the exit code: 0, 1 if something failed, 130 after Ctrl-C."""
    if name != NAME and sources is None:
        raise DdsrError(f"{name}: unknown; build {NAME}, or give your own clips with --sources")
    chosen = check_methods(methods or CONDITIONS)
    unusable: list[Failure] = []
    if sources is None:
        tasks = open_tasks(out, chosen, subset, seed)
    else:
        tasks, unusable = footage_tasks(out, chosen, str(sources), subset, seed)
    _announce(tasks, workers)
    if dry_run:
        _tell(unusable)
        return 1 if unusable else 0
    prepare(out, ours=_OURS, marks=("records",), resume=resume, overwrite=overwrite)
    if overwrite:
        _forget(out, tasks)
    made = _make(tasks, workers)
    report = replace(made, failures=[*unusable, *made.failures])
    sweep(out)
    rows = [row for one in report.results.values() for row in one]
    comparison = _write(name, out, rows, report, {"seed": seed, "subset": subset, "methods": list(chosen)})
    return _end(name, out, report, rows, comparison, strict=strict)


def _announce(tasks: Sequence[Task], workers: int) -> None:
    what = estimate(tasks, workers)
    minutes = what.seconds / 60
    time = f"{minutes:.0f} minutes" if minutes >= 2 else f"{what.seconds:.0f} seconds"
    click.echo(
        f"{len(tasks)} sources, {what.videos} videos, {what.frames} source frames; about {what.size / 1e6:.0f} MB "
        f"and {time} with {workers} worker{'s' if workers > 1 else ''}",
        err=True,
    )


def _forget(out: Path, tasks: Sequence[Task]) -> None:
    """Remove the records of what is to be made again; each file is replaced when its new one is whole."""
    for task in tasks:
        for record in (out / "records" / task.source.lr_id).glob("*.json"):
            record.unlink()
        (out / "recipes" / f"{task.source.lr_id}.json").unlink(missing_ok=True)


def _make(tasks: Sequence[Task], workers: int) -> JobReport:
    # A single worker is a process too, so that its libraries run with one thread like those of many.
    jobs = [Job(task.source.lr_id, task) for task in tasks]
    return run_jobs(build_source, jobs, engine="processes", workers=workers, progress=RichProgress("dataset build"))


def _write(
    name: str, out: Path, rows: list[dict[str, Any]], report: JobReport, settings: dict[str, Any]
) -> Comparison | None:
    """Write the tables of what is there, with the manifest's scores where it lists them."""
    from ddsr_bench.data.manifest.card import write_card
    from ddsr_bench.data.manifest.datasheet import licences

    manifest = manifest_of(name)
    comparison: Comparison | None = None
    ratings: list[dict[str, Any]] = []
    if manifest is not None and rows:
        comparison = compare(rows, manifest)
        rows, ratings = with_scores(rows, manifest)
    if rows:
        write_tables(out, rows, ratings or None)
        write_card(out, name, rows, rated=bool(ratings), words=licences() if name == NAME else "")
    results = {
        **collect("dataset build", int(settings["seed"])),
        "options": settings,
        "videos": len(rows),
        "interrupted": report.interrupted,
        "failures": [{"id": one.id, "kind": one.kind, "message": one.message} for one in report.failures],
        "manifest": vars(comparison) if comparison else None,
    }
    write_json_atomic(out / "results.json", results)
    return comparison


def _end(
    name: str, out: Path, report: JobReport, rows: Sequence[Any], comparison: Comparison | None, *, strict: bool
) -> int:
    _tell(report.failures)
    click.echo(f"{out}: {len(rows)} videos, {len(report.failures)} sources failed", err=True)
    if comparison is not None:
        click.echo(comparison.text(name), err=True)
    if report.interrupted:
        click.echo("Interrupted; add --resume to the same command to go on", err=True)
        return _INTERRUPTED
    differs = comparison is not None and comparison.same_file < comparison.known
    return 1 if report.failures or (strict and differs) else 0


def _tell(failures: Sequence[Failure]) -> None:
    if failures:
        click.echo(failure_table([(one.id, one.message) for one in failures]), err=True)
