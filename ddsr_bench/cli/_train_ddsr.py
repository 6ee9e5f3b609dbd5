"""The body of ``train ddsr``: prepare, train, say how it went."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ddsr_bench.cli._training import Told, interrupted, prepared
from ddsr_bench.cli.progress import duration
from ddsr_bench.errors import DdsrError

_OURS = {"best.safetensors", "last.pt", "log.jsonl", "tensorboard", "train.json", "clips"}
_SHOWN = {"psnr": ("PSNR-Y", 2), "ssim": ("SSIM", 4), "gmsd": ("GMSD", 4), "rw_vsr_qa": ("RW-VSR-QA (simulated)", 3)}


def run(*, resume: str | None, overwrite: bool, **options: Any) -> int:
    """Train; returns the exit code: 0, or 130 after Ctrl-C."""
    from ddsr_bench.train.ddsr.run import Options, task_of, train_ddsr
    from ddsr_bench.train.loop.ranks import joined

    chosen = Options(**options, resume=resume is not None)
    # What is wrong with the input is told before anything is written.
    task = task_of(chosen)
    try:
        with joined() as ranks:
            refused = prepared(chosen.out, _OURS, resume=chosen.resume, overwrite=overwrite) if ranks.first else ""
            # Told once, by the first process, however many there are.
            if told := ranks.agreed(refused):
                if ranks.first:
                    raise DdsrError(told)
                return 1
            trained = train_ddsr(chosen, ranks, progress=Told(values_text), task=task)
    except KeyboardInterrupt:
        return interrupted()
    if ranks.first:
        outcome = trained.outcome
        best = f"of epoch {outcome.best_epoch}" if outcome.best_epoch else "of the last epoch, as none was better"
        early = ", stopped early" if outcome.early else ""
        click.echo(f"{outcome.steps} steps, {outcome.epochs} epochs{early}; weights {best}", err=True)
        said = f": on clips kept apart {values_text(trained.values)}" if trained.values else ""
        click.echo(f"{chosen.out / 'best.safetensors'}{said}", err=True)
    return 0


def dry_run(*, out: Path | None, resume: str | None, overwrite: bool, **options: Any) -> int:
    """Print what a run would do: clips, network, room, steps, time; trains and writes nothing."""
    from ddsr_bench.train.ddsr.run import Options, rehearsed, task_of

    chosen = Options(out=out or Path(), **options)
    task = task_of(chosen)
    stock, data, epochs = task.stream.samples.stock, task.config.data, task.config.loop.epochs
    for side, clips in (("training", task.sides.train), ("validation", task.sides.validation)):
        click.echo(f"{side}: {len(clips)} clips, {sum(clip.frames for clip in clips)} frames")
    room = stock.bytes_needed((*task.sides.train, *task.sides.validation))
    click.echo(f"decoded and degraded clips: about {room / 1e9:.2f} GB below {chosen.stock_folder}")
    count = sum(parameter.numel() for parameter in task.network.parameters())
    given = next((name for name in ("init", "transfer") if options[name] is not None), "")
    begun = f"begun with --{given}" if given else "begun at random"
    click.echo(f"network: {task.config.network.kind} x{data.scale}, {count} parameters, {begun}")
    click.echo(f"batch: {data.batch} sequences of {data.frames} frames, LR {data.crop}x{data.crop}")
    click.echo(f"losses: {', '.join(f'{name} {value:g}' for name, value in task.weights.items() if value)}")
    seconds, memory = rehearsed(task, chosen)
    click.echo(
        f"{epochs} epochs of {task.steps} steps, {seconds:.2f} s each: {duration(epochs * task.steps * seconds)}"
    )
    click.echo(f"memory of a step: {memory}")
    click.echo("Degrading clips and validating come on top.")
    return 0


def values_text(values: Mapping[str, float]) -> str:
    """Values of a validation as text, such as ``PSNR-Y 27.31, SSIM 0.8123``."""
    shown = [f"{text} {values[name]:.{digits}f}" for name, (text, digits) in _SHOWN.items() if name in values]
    if "watched" in values and not math.isfinite(values["watched"]):
        shown.append("not counted: by SSIM or GMSD worse than before training")
    return ", ".join(shown)
