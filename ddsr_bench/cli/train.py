"""``ddsr-bench train``: quality models and methods from data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

_RUN_OPTIONS = (
    click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for weights, log and state."),
    click.option("--epochs", type=click.IntRange(1), help="Instead of the settings' number."),
    click.option(
        "--precision",
        type=click.Choice(["auto", "fp32", "bf16", "fp16"]),
        help="Instead of the settings' one. bf16 is quicker on processors with AVX512-BF16 or AMX, slower on others.",
    ),
    click.option("--seed", type=int, default=0, show_default=True),
    click.option("--device", default="auto", show_default=True, help="cpu, cuda, cuda:1, mps."),
    click.option(
        "--resume",
        is_flag=False,
        flag_value="auto",
        type=click.Choice(["auto"]),
        help="Go on in --out from its last checkpoint, if there is one.",
    ),
    click.option("--overwrite", is_flag=True, help="Begin anew in --out."),
    click.option("--dry-run", is_flag=True, help="Say what would be trained, and how long it would take."),
)


def run_options(function: Callable[..., None]) -> Callable[..., None]:
    """The options of every run, whatever it trains."""
    for option in reversed(_RUN_OPTIONS):
        function = option(function)
    return function


def chosen(run: Callable[..., int], dry_run: Callable[..., int], options: dict[str, Any]) -> int:
    """Train, or say what would be trained; returns the exit code."""
    if options["resume"] and options["overwrite"]:
        raise click.UsageError("--resume and --overwrite exclude each other; --resume keeps what is done")
    if options.pop("dry_run"):
        return dry_run(**options)
    if options["out"] is None:
        raise click.UsageError("no --out; give a folder for the weights")
    return run(**options)


@click.group("train")
def command() -> None:
    """Train models. Several GPUs: torchrun --nproc-per-node N -m ddsr_bench train ..."""


@command.command("rw-vsr-qa")
@click.option("--data", help="Folder of a rated dataset, built or imported, or a manifest's name.")
@click.option("--ladders", type=click.Path(path_type=Path), help="Folder of ladders: clips of known order.")
@click.option("--shards", type=click.Path(path_type=Path), help="Folder of fragments cut beforehand, with labels.")
@click.option(
    "--config",
    default="default",
    show_default=True,
    metavar="NAME|FILE",
    help="default, shipped, ladders, tiny, or TOML.",
)
@click.option("--init", type=click.Path(path_type=Path), help="Weights to begin with.")
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), help="Where fragments are kept.")
@click.option(
    "--split", default="split", show_default=True, help="Rows to train on: split, split_00 to split_09, or all."
)
@click.option(
    "--workers", type=click.IntRange(1, 1024), default=1, show_default=True, help="Processes that cut fragments."
)
@run_options
@click.pass_context
def rw_vsr_qa_command(ctx: click.Context, /, **options: Any) -> None:
    """Train RW-VSR-QA, the quality model, on rated videos, on ladders or on both.

    OUT holds best.safetensors (the weights that did best on sources kept apart), train.json (where they come from),
    log.jsonl (losses and validations) and last.pt (all that --resume needs).
    """
    from ddsr_bench.cli._train import dry_run, run

    ctx.exit(chosen(run, dry_run, options))


@command.command("ddsr")
@click.option("--data", required=True, help="Folder of HR clips, or of a built dataset, whose training split is taken.")
@click.option(
    "--config",
    default="ddsr-lite-x4",
    show_default=True,
    metavar="NAME|FILE",
    help="ddsr-lite-x4, ddsr-x4, ddsr-paper-x4 or another that comes with us, or TOML.",
)
@click.option("--preset", help="Of the degradations, instead of the settings' one; or a TOML file.")
@click.option("--init", type=click.Path(path_type=Path), help="Weights to begin with, such as those of stage 1.")
@click.option(
    "--transfer", type=click.Path(path_type=Path), help="Weights of another scale or depth, to begin with what fits."
)
@click.option(
    "--cache", type=click.Path(file_okay=False, path_type=Path), help="Where decoded and degraded clips are kept."
)
@click.option("--workers", type=click.IntRange(0, 1024), default=1, show_default=True, help="Processes that degrade.")
@run_options
@click.pass_context
def ddsr_command(ctx: click.Context, /, **options: Any) -> None:
    """Train DDSR, which deblurs, denoises and super-resolves, on HR clips that are degraded meanwhile.

    OUT holds best.safetensors (for upscale --method ddsr-lite-x4 --weights FILE), train.json (where they come from),
    log.jsonl (losses and validations) and last.pt (all that --resume needs).
    """
    from ddsr_bench.cli._train_ddsr import dry_run, run

    ctx.exit(chosen(run, dry_run, options))
