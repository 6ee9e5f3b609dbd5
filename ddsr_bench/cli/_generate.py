"""The body of ``generate-lr``: plan, run, write the tables, say what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ddsr_bench.cli._outfolder import prepare, sweep
from ddsr_bench.cli.progress import RichProgress
from ddsr_bench.cli.tables import failure_table
from ddsr_bench.data.discover import find_clips
from ddsr_bench.data.generate import Item, generate, is_done
from ddsr_bench.data.plan import Options, Plan, load_recipes, plan
from ddsr_bench.data.table import read_records, write_dataset
from ddsr_bench.degrade.describe import describe
from ddsr_bench.degrade.spec import load_preset, load_spec
from ddsr_bench.errors import DdsrError
from ddsr_bench.jobs import Failure, Job, JobReport, run_jobs
from ddsr_bench.provenance import collect, write_json_atomic

_INTERRUPTED = 130
_OURS = {"lr", "hr", "recipes", "metadata.parquet", "README.md", "results.json", "preview.png"}


def run(
    *,
    inputs: Sequence[str],
    out: Path,
    scale: str,
    preset: str | None,
    spec: Path | None,
    from_recipe: Path | None,
    seed: int,
    variants: int,
    frames: tuple[int, int | None],
    file_format: str,
    keep_hr: bool,
    workers: int,
    engine: str | None,
    resume: bool,
    overwrite: bool,
    dry_run: bool,
    preview: bool,
) -> int:
    """Do what the options say; returns the exit code: 0, 1 if a clip failed, 130 after Ctrl-C."""
    recipes = load_recipes(from_recipe) if from_recipe else {}
    chosen = None if recipes else (load_spec(spec) if spec else load_preset(preset or "ddsr"))
    clips = find_clips(inputs)
    if "" in recipes and len(clips) != 1:
        raise DdsrError(f"{from_recipe}: one recipe, but {len(clips)} clips; give the recipes' folder or one clip")
    size = next(iter(recipes.values())).scale if recipes else int(scale)
    options = Options(out, size, seed, variants, frames, file_format, keep_hr)
    if not dry_run:
        prepare(out, ours=_OURS, marks=("results.json", "recipes"), resume=resume, overwrite=overwrite)
        sweep(out)
    work = plan(clips, options, chosen, recipes)
    if dry_run:
        return _dry_run(work)
    made = _Run(options, work, resume, workers, engine or ("processes" if workers > 1 else "serial"), preview)
    return made.go()


def _dry_run(work: Plan) -> int:
    for item in work.items:
        recipe = item.recipe
        clip = recipe.clip
        click.echo(
            f"{item.id}: {clip.width}x{clip.height}, {clip.frames} frames -> {recipe.lr_width}x{recipe.lr_height}"
        )
        for line in describe(recipe):
            click.echo(f"    {line}")
    pixels = sum(i.recipe.lr_width * i.recipe.lr_height * i.recipe.clip.frames for i in work.items)
    click.echo(f"{len(work.items)} LR clips, {pixels * 3 / 2**20:.1f} MiB of uncompressed RGB; nothing was written")
    _tell(work.failures)
    return 1 if work.failures else 0


def _tell(failures: Sequence[Failure]) -> None:
    if failures:
        click.echo(failure_table([(failure.id, failure.message) for failure in failures]), err=True)


@dataclass(frozen=True)
class _Run:
    options: Options
    work: Plan
    resume: bool
    workers: int
    engine: str
    preview: bool

    def go(self) -> int:
        """Generate, then write what describes the whole; also after Ctrl-C, for what is done."""
        todo = [item for item in self.work.items if not (self.resume and is_done(item))]
        done = len(self.work.items) - len(todo)
        if done:
            click.echo(f"{done} clips are there already", err=True)
        jobs = [Job(item.id, item) for item in todo]
        report = run_jobs(
            generate, jobs, engine=self.engine, workers=self.workers, progress=RichProgress("generate-lr")
        )
        failures = [*self.work.failures, *report.failures]
        # A killed run's workers may have been at it for a second after this one began.
        sweep(self.options.root)
        records = self._write(report, failures)
        _tell(failures)
        made = len(report.results)
        click.echo(
            f"{self.options.root}: {made} LR clips made, {len(records)} in all, {len(failures)} failed",
            err=True,
        )
        if report.interrupted:
            click.echo("Interrupted; add --resume to the same command to go on", err=True)
            return _INTERRUPTED
        return 1 if failures else 0

    def _write(self, report: JobReport, failures: Sequence[Failure]) -> list[dict[str, Any]]:
        root, options = self.options.root, self.options
        records = read_records(root)
        write_dataset(root, records, options.file_format, f"LR clips made by {self._names(records)}")
        if self.preview and not report.interrupted:
            self._contact_sheet({str(record["id"]) for record in records})
        results = {
            **collect("generate-lr", options.seed),
            "options": {
                "scale": options.scale,
                "variants": options.variants,
                "frames": list(options.frames),
                "format": options.file_format,
                "keep_hr": options.keep_hr,
                "engine": self.engine,
                "workers": self.workers,
            },
            "clips": len(records),
            "made": len(report.results),
            "interrupted": report.interrupted,
            "failures": [{"id": item.id, "kind": item.kind, "message": item.message} for item in failures],
        }
        write_json_atomic(root / "results.json", results)
        return records

    def _names(self, records: Sequence[dict[str, Any]]) -> str:
        return ", ".join(sorted({str(record["recipe"]["preset"]) for record in records})) or "no preset"

    def _contact_sheet(self, ids: set[str]) -> None:
        from ddsr_bench.data.preview import contact_sheet

        items: list[Item] = sorted((i for i in self.work.items if i.id in ids), key=lambda item: item.id)
        rows = contact_sheet(items, self.options.root / "preview.png")
        if rows < len(items):
            click.echo(f"preview.png shows the first {rows} of {len(items)} clips", err=True)
