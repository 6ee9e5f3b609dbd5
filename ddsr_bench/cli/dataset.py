"""``ddsr-bench dataset``: build, check, import, rate, show and read about datasets of rated videos."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from ddsr_bench.cli._options import names

_folder = click.Path(file_okay=False, path_type=Path)


@click.group("dataset")
def command() -> None:
    """Datasets of super-resolved video with scores: build the open one, import others, check, rate, look."""


@command.command("build")
@click.argument("name")
@click.option("--out", required=True, type=_folder, help="Folder to make.")
@click.option("--sources", type=click.Path(path_type=Path), help="Your own sharp clips in place of the open sources.")
@click.option("--methods", callback=names, help="Methods with commas.  [default: the eleven of the open set]")
@click.option("--subset", type=click.IntRange(1), help="So many sources only, spread over all kinds.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Decides the recipes.")
@click.option("--workers", type=click.IntRange(1, 1024), default=os.cpu_count() or 1, help="[default: cores]")
@click.option("--resume", is_flag=True, help="Go on in --out: make only what is not there yet or has changed.")
@click.option("--overwrite", is_flag=True, help="Make everything again in --out.")
@click.option("--dry-run", is_flag=True, help="Say what would be made, its size and time; write nothing.")
@click.option("--strict", is_flag=True, help="Exit code 1 where a video is not byte for byte the manifest's.")
@click.pass_context
def build_command(ctx: click.Context, /, **options: Any) -> None:
    """Build a dataset on this machine.

    NAME is ddsr-open-1155, or any name together with --sources. Sources are rendered, degraded by preset 'ddsr' and
    upscaled by each method; what the manifest lists is checked against its hashes and gets its (simulated) scores.
    `datasets.load_dataset(OUT)` opens the result.
    """
    from ddsr_bench.cli._dataset_build import run

    if options["resume"] and options["overwrite"]:
        raise click.UsageError("--resume and --overwrite exclude each other; --resume keeps what is done")
    ctx.exit(run(**options))


@command.command("rate")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@click.option("--subjects", type=click.IntRange(3, 1000), default=24, show_default=True, help="Size of the panel.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Decides every vote.")
@click.option("--workers", type=click.IntRange(1, 1024), default=os.cpu_count() or 1, help="[default: cores]")
@click.pass_context
def rate_command(ctx: click.Context, /, **options: Any) -> None:
    """Let a SIMULATED panel rate the videos of a built dataset.

    Each video is measured against its sharp source (srq-fr, flicker), a model of people votes on that, and the scores
    are recovered from the votes by ITU-T P.910. Tables, ratings.parquet and rating.json say "simulated". Needs the
    extra 'vmaf'. Measures are kept, so an interrupted run goes on where it stopped.
    """
    from ddsr_bench.cli._dataset_rate import run

    ctx.exit(run(**options))
