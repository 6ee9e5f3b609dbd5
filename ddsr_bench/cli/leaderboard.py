"""``ddsr-bench leaderboard``: methods on clips, scored, ranked with uncertainty, and shown side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ddsr_bench.cli._leaderboard_options import DefaultRun, Duration, listed
from ddsr_bench.cli._options import FrameRange, names

_folder = click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")


@click.group("leaderboard", cls=DefaultRun)
def command() -> None:
    """Run methods on clips and rank them; see `ddsr-bench leaderboard run --help` (`run` may be left out)."""


@command.command("run")
@click.option("--data", required=True, help="Dataset folder, manifest name, folder of your own clips, or one clip.")
@click.option("--hr", type=click.Path(path_type=Path), help="Sharp clips to a folder of clips, of the same names.")
@click.option("--split", type=click.Choice(["test", "train", "all"]), default="test", show_default=True)
@click.option("--where", multiple=True, metavar="COLUMN=VALUE", help="Only such rows of the dataset; * is a wildcard.")
@click.option("--clips", type=click.IntRange(1), help="At most so many clips, spread evenly.")
@click.option("--frames", type=FrameRange(), default=(0, None), help="Use frames A to B-1 of each clip only.")
@click.option("--scale", type=click.IntRange(1, 16), help="SR size / LR size.  [default: 4 where there is any]")
@click.option("--methods", default="all", show_default=True, callback=names, help="Names with commas, or all.")
@click.option("--method", "own", multiple=True, metavar="FILE.py:NAME", help="Your own too, or folder:DIR.")
@click.option("--metrics", callback=names, help="Names with commas.  [default: those that need no download]")
@click.option("--metric", "own_metrics", multiple=True, metavar="FILE.py:NAME", help="Your own metric too.")
@click.option("--tracks", callback=listed("paired", "real-world", "human", "cost"), help="[default: all four]")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to make.")
@click.option("--budget", type=Duration(), help="Begin no clip after so long: 90s, 20min, 2h.")
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Clips at a time.")
@click.option(
    "--engine",
    type=click.Choice(["processes", "serial"]),
    default="processes",
    show_default=True,
    help="serial runs all in this process, for finding faults in your own method.",
)
@click.option("--memory", type=click.FloatRange(0.1), help="GiB that a method may take.  [default: 80 % of all]")
@click.option("--device", default="auto", show_default=True, help="cpu, cuda, cuda:1, mps.")
@click.option("--precision", type=click.Choice(["fp32", "auto", "bf16", "fp16"]), default="fp32", show_default=True)
@click.option("--crop-border", type=click.IntRange(0), help="Left out for full reference.  [default: the scale]")
@click.option("--no-media", is_flag=True, help="Write no copies to look at.")
@click.option("--export", callback=listed("md", "csv", "tex", "json"), help="Tables to write too, with commas.")
@click.option("--title", default="", help="Of the page.")
@click.pass_context
def run_command(ctx: click.Context, /, **options: Any) -> None:
    """Run methods on clips, score what they make, and write a page.

    OUT holds index.html, results/ (a JSON file a method), media/ and store/. What is in the store is not computed
    again: the same command goes on where a stopped one was, and a new method costs its own cells alone. Clips with a
    sharp version are scored against it; on others, and on your own footage, metrics that need none are used. Exit
    code 1 tells that a method failed somewhere; its cells say why.
    """
    from ddsr_bench.cli._leaderboard_run import run

    ctx.exit(run(**options))


@command.command("verify")
@_folder
@click.option("--sample", type=click.IntRange(1), default=10, show_default=True, help="Cells to compute anew.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Decides which.")
@click.pass_context
def verify_command(ctx: click.Context, /, folder: Path, sample: int, seed: int) -> None:
    """Compare a leaderboard's results with its store, and a random sample with what is computed anew.

    Needs its clips where they were. Exit code 1 tells that something differs.
    """
    from ddsr_bench.cli._leaderboard_verify import verify

    ctx.exit(verify(folder, sample, seed))


@command.command("export")
@_folder
@click.option("--format", "kind", type=click.Choice(["md", "csv", "tex", "json"]), default="md", show_default=True)
def export_command(folder: Path, kind: str) -> None:
    """Print the standings of a leaderboard as a table."""
    from ddsr_bench.leaderboard.export import exported, read_board

    click.echo(exported(read_board(folder), kind), nl=False)


@command.command("badge")
@_folder
@click.option("--top", type=click.IntRange(1), default=5, show_default=True, help="How many methods.")
def badge_command(folder: Path, top: int) -> None:
    """Print a short table for a README: the best methods of each track by its leading metric."""
    from ddsr_bench.leaderboard.export import badge, read_board

    click.echo(badge(read_board(folder), top), nl=False)
