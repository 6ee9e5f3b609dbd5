"""``ddsr-bench metrics``: what measures there are, their values on video, and the model files they need."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from ddsr_bench.cli._options import FrameRange, names

_weights_dir = click.option(
    "--weights-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the authors' model files, instead of fetching them.",
)


@click.group("metrics")
def command() -> None:
    """Quality measures: list them, read about one, score videos, get model files."""


@command.command("list")
@click.argument("pattern", default="*")
def list_command(pattern: str) -> None:
    """Print the metrics whose names match PATTERN, such as '*ssim*' or 'pyiqa:*'."""
    from ddsr_bench.cli._metrics import listing

    click.echo(listing(pattern))


@command.command("show")
@click.argument("name")
def show_command(name: str) -> None:
    """Print what is known of a metric: its card, its definition, what it needs."""
    from ddsr_bench.cli._metrics import description

    click.echo(description(name))


@command.command("fetch")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@_weights_dir
@click.option("--trust", is_flag=True, help="Take files of which no hash is published; what was seen is kept.")
def fetch_command(names: tuple[str, ...], weights_dir: Path | None, trust: bool) -> None:
    """Bring the model files of metrics into the user's cache: from the web, or from --weights-dir."""
    from ddsr_bench.cli._metrics import fetch

    for name in names:
        click.echo(fetch(name, weights_dir, trust=trust))


@command.command("fit")
@click.argument("name", type=click.Choice(["niqe", "ilniqe"]))
@click.argument("pictures", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Model to write, .npz.")
@click.option("--overwrite", is_flag=True, help="Replace the model in --out.")
def fit_command(name: str, pictures: Path, out: Path, overwrite: bool) -> None:
    """Fit a metric's model to the sharp pictures in DIR (PNG or JPEG, any sizes); score with it as NAME-fit:MODEL."""
    from ddsr_bench.cli._metrics import fit

    click.echo(fit(name, pictures, out, overwrite=overwrite))


@command.command("run")
@click.argument("videos", nargs=-1, required=True, metavar="VIDEO...")
@click.option("--metrics", callback=names, help="Names with commas; patterns such as '*' or 'pyiqa:*' too.")
@click.option(
    "--metric", "own", multiple=True, metavar="FILE.py:NAME", help="Your own function of frames (repeatable)."
)
@click.option("--reference", type=click.Path(path_type=Path), help="Sharp clip, or folder of clips of the same names.")
@click.option(
    "--pooling",
    type=click.Choice(["mean", "harmonic", "hysteresis", "last"]),
    help="Values to score.  [default: the metric's own, mostly mean]",
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder, or a table: .csv, .json, .parquet.")
@click.option("--frames", type=FrameRange(), default=(0, None), help="Use frames A to B-1 only.")
@click.option("--every", type=click.IntRange(1), default=1, show_default=True, help="Take each N-th frame.")
@click.option("--crop-border", type=click.IntRange(0), default=0, help="Samples to leave out for full reference.")
@click.option("--workers", type=click.IntRange(1, 1024), default=os.cpu_count() or 1, help="[default: cores]")
@click.option("--store", type=click.Path(file_okay=False, path_type=Path), help="Where scores are kept.")
@click.option("--no-store", is_flag=True, help="Compute everything, keep nothing.")
@_weights_dir
@click.option("--plot", is_flag=True, help="Draw the values of all frames (PNG and PDF beside the table).")
@click.option("--overwrite", is_flag=True, help="Replace what stands in --out.")
@click.pass_context
def run_command(ctx: click.Context, /, **options: Any) -> None:
    """Score videos.

    VIDEO: video files, folders of videos or of frames, or globs. All metrics read a clip in one pass. Values of every
    frame are kept by content, so a second run takes no time. --out DIR holds scores.csv (eval-qa reads it once it has
    a column of MOS), frames.parquet (value of every frame) and results.json. A video that cannot be read is told at
    the end, with exit code 1; the others are scored.
    """
    from ddsr_bench.cli._metrics_run import run

    if not options["metrics"] and not options["own"]:
        raise click.UsageError("no metric; name some with --metrics a,b (see: ddsr-bench metrics list)")
    if options["store"] is not None and options["no_store"]:
        raise click.UsageError("--store and --no-store exclude each other; give one")
    if options["plot"] and options["out"] is None:
        raise click.UsageError("--plot draws into --out; give a folder or a table there")
    ctx.exit(run(**options))


@command.command("explain")
@click.argument("clip", type=click.Path(path_type=Path), metavar="VIDEO")
@click.option("--metric", default="rw-vsr-qa", show_default=True, help="A no-reference metric with values of frames.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder.  [default: VIDEO-explained]")
@click.option("--weights", type=click.Path(path_type=Path), help="Your own weights, for metrics that are trained.")
@_weights_dir
@click.option("--overwrite", is_flag=True, help="Replace what stands in --out.")
def explain_command(**options: Any) -> None:
    """Draw a video's values, its worst and its best frame and, with rw-vsr-qa, where in these quality is lost.

    --out gets explain.png, explain.pdf and explain.json.
    """
    from ddsr_bench.cli._metrics_explain import run

    run(**options)
