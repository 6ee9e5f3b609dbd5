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
    extra 'dataset' or 'vmaf'. Measures are kept, so an interrupted run goes on where it stopped.
    """
    from ddsr_bench.cli._dataset_rate import run

    ctx.exit(run(**options))


def _counts(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, int, int] | None:
    if value is None:
        return None
    parts = value.split(",")
    if len(parts) != 3 or not all(part.strip().isdigit() for part in parts):
        raise click.BadParameter(f"{value!r}; write rows,sources,conditions, such as 1155,105,11")
    return int(parts[0]), int(parts[1]), int(parts[2])


@command.command("check")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@click.option("--no-hashes", is_flag=True, help="Do not read the videos in full.")
@click.option("--expect", callback=_counts, metavar="ROWS,SOURCES,CONDITIONS", help="What there should be.")
@click.pass_context
def check_command(ctx: click.Context, folder: Path, no_hashes: bool, expect: tuple[int, int, int] | None) -> None:
    """Check a dataset: types, paths, hashes, votes, and that no source is in train and in test."""
    from ddsr_bench.cli._dataset_check import run_check

    ctx.exit(run_check(folder=folder, hashes=not no_hashes, expect=expect))


@command.command("info")
@click.argument("name")
@click.pass_context
def info_command(ctx: click.Context, name: str) -> None:
    """Say what a dataset holds. NAME: a manifest of ours, such as ddsr-open-1155, or a dataset's folder."""
    from ddsr_bench.cli._dataset_check import run_info

    ctx.exit(run_info(name=name))


@command.command("sample")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@click.option("--out", required=True, type=_folder, help="Folder for the pictures and clips.")
@click.option("--count", type=click.IntRange(1, 1000), default=30, show_default=True, help="Videos on the sheet.")
@click.option(
    "--lr", "chosen", multiple=True, metavar="LR_ID", help="LR clip to compare (repeatable), not random ones."
)
@click.option("--clips", type=click.IntRange(0, 100), default=1, show_default=True, help="So many random LR clips.")
@click.option("--methods", callback=names, help="Methods with commas, in this order.  [default: all]")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Decides the choice.")
@click.option("--overwrite", is_flag=True, help="Write into --out although it is not empty.")
@click.pass_context
def sample_command(ctx: click.Context, /, **options: Any) -> None:
    """Look at a dataset with videos: sheet.png, board.png, and clips in which all methods play side by side.

    The sheet shows random videos, with LR, SR and HR in detail and the recipe; the board shows one moment of an LR clip
    by every method.
    """
    from ddsr_bench.cli._dataset_sample import run

    ctx.exit(run(**options))


@command.command("publish")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@click.option("--out", required=True, type=_folder, help="Folder for the tables, such as manifests/NAME.")
@click.option("--name", help="Name of the dataset.  [default: the last part of --out]")
@click.pass_context
def publish_command(ctx: click.Context, folder: Path, out: Path, name: str | None) -> None:
    """Write the tables-only manifest of a built and rated dataset, with its card and Croissant metadata."""
    from ddsr_bench.cli._dataset_check import run_publish

    ctx.exit(run_publish(folder=folder, out=out, name=name))


@command.command("import")
@click.option("--videos", required=True, type=_folder, help="Folder of the videos, or of folders of frames.")
@click.option(
    "--labels", required=True, multiple=True, type=click.Path(path_type=Path), help="Label file (repeatable)."
)
@click.option("--out", required=True, type=_folder, help="Folder to make.")
@click.option(
    "--layout",
    type=click.Choice(["authors", "generic", "konvid-1k", "live-vqc", "lsvq", "avt-vsr"]),
    default="authors",
    show_default=True,
    help="How names and label files are written.",
)
@click.option("--copy", "transfer", flag_value="copy", default=True, help="Copy the videos (the default).")
@click.option("--link", "transfer", flag_value="link", help="Hard-link them instead; needs one file system.")
@click.option("--workers", type=click.IntRange(1, 1024), default=os.cpu_count() or 1, help="[default: cores]")
@click.option("--overwrite", is_flag=True, help="Import into a folder that is not empty.")
@click.pass_context
def import_command(ctx: click.Context, /, **options: Any) -> None:
    """Import rated videos: the RealVQA-DDSR authors' own release, or data sets that people already have.

    Layouts: authors (_METHODxSCALE_SET_CLIP.avi, lines name,-1,-1,mos), generic (a CSV with file_name and mos),
    konvid-1k, live-vqc, lsvq (path,duration,fps,mos), avt-vsr (dataset.json). --labels may be repeated. Labels without
    a video and videos without a label are told at the end, with exit code 1; the rest is imported.
    """
    from ddsr_bench.cli._dataset_import import run_import

    ctx.exit(run_import(**options))


@command.command("import-ratings")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@click.argument("ratings", type=click.Path(path_type=Path), metavar="RATINGS")
@click.option(
    "--model", type=click.Choice(["p910", "p913", "bt500", "mean"]), default="p910", show_default=True, help="Recovery."
)
@click.pass_context
def import_ratings_command(ctx: click.Context, /, **options: Any) -> None:
    """Replace a dataset's scores, simulated ones too, by those of real votes (as `ddsr-bench mos` reads them)."""
    from ddsr_bench.cli._dataset_import import run_import_ratings

    ctx.exit(run_import_ratings(**options))
