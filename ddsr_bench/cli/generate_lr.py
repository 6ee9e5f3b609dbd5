"""``ddsr-bench generate-lr``: sharp clips in, LR/HR pairs with recorded, replayable defects out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from ddsr_bench.cli._options import FrameRange


def _presets(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from ddsr_bench.degrade.spec import load_preset, preset_names

    for name in preset_names():
        click.echo(f"{name:14s} {load_preset(name).title}")
    ctx.exit()


@click.command("generate-lr")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to make.")
@click.option("--scale", type=click.Choice(["2", "3", "4"]), default="4", show_default=True, help="HR size / LR size.")
@click.option("--preset", help="Named degradation (see --list-presets).  [default: ddsr]")
@click.option("--spec", type=click.Path(path_type=Path), help="Your own degradation, a TOML file.")
@click.option("--from-recipe", type=click.Path(exists=True, path_type=Path), help="Recipe JSON, or a folder of them.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Decides every draw.")
@click.option("--variants", type=click.IntRange(1, 10_000), default=1, show_default=True, help="LR clips per source.")
@click.option("--frames", type=FrameRange(), default=(0, None), help="Use frames A to B-1 only.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["mkv", "mp4", "png"]),
    default="mkv",
    show_default=True,
    help="Lossless FFV1, visually lossless H.264, or folders of PNG.",
)
@click.option("--keep-hr", is_flag=True, help="Write the aligned, cropped HR clip beside each LR clip.")
@click.option(
    "--workers",
    type=click.IntRange(1, 1024),
    default=os.cpu_count() or 1,
    help="Processes.  [default: cores]",
)
@click.option("--engine", type=click.Choice(["serial", "processes"]), help="[default: processes if --workers > 1]")
@click.option("--resume", is_flag=True, help="Go on in --out: make only what is not there yet or has changed.")
@click.option("--overwrite", is_flag=True, help="Make everything again in --out.")
@click.option("--dry-run", is_flag=True, help="Print recipes and sizes; touch no pixel and write nothing.")
@click.option("--preview", is_flag=True, help="Write a contact sheet, OUT/preview.png: HR | LR | parameters.")
@click.option("--list-presets", is_flag=True, is_eager=True, expose_value=False, callback=_presets, help="Print them.")
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Degrade sharp clips into realistic low-resolution ones.

    INPUT: video files, folders of videos or of frames, or globs. OUT holds lr/, hr/ (with --keep-hr), recipes/,
    metadata.parquet, results.json and a dataset card; `datasets.load_dataset(OUT)` opens it. The same seed gives
    the same bytes, whatever the order of inputs and the number of workers.
    """
    from ddsr_bench.cli._generate import run

    if options["resume"] and options["overwrite"]:
        raise click.UsageError("--resume and --overwrite exclude each other; --resume keeps what is done")
    sources = [name for name in ("preset", "spec", "from_recipe") if options[name] is not None]
    if len(sources) > 1:
        names = " and ".join(f"--{name.replace('_', '-')}" for name in sources)
        raise click.UsageError(f"{names} exclude each other; give one")
    ctx.exit(run(**options))
