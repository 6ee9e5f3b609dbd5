"""The body of ``train rw-vsr-qa``: prepare, train, say how it went."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ddsr_bench.cli._training import Told, interrupted, prepared
from ddsr_bench.cli.progress import RichProgress, duration
from ddsr_bench.errors import DdsrError

if TYPE_CHECKING:
    from ddsr_bench.train.rw_vsr_qa.run import Trained

_OURS = {"best.safetensors", "last.pt", "log.jsonl", "tensorboard", "train.json", "videos.json"}
_SHOWN = {"srocc": "SROCC", "plcc": "PLCC", "pairs": "pairs in order", "ladder_pairs": "ladder pairs in order"}


def run(*, resume: str | None, overwrite: bool, **options: Any) -> int:
    """Train; returns the exit code: 0, or 130 after Ctrl-C."""
    from ddsr_bench.train.loop.ranks import joined
    from ddsr_bench.train.rw_vsr_qa.run import Options, samples_of, settings_of, train_rw_vsr_qa

    chosen = Options(**options, resume=resume is not None)
    # What is wrong with the input is told before anything is written.
    origin = samples_of(chosen, settings_of(chosen)).origin
    try:
        with joined() as ranks:
            refused = prepared(chosen.out, _OURS, resume=chosen.resume, overwrite=overwrite) if ranks.first else ""
            # Told once, by the first process, however many there are.
            if told := ranks.agreed(refused):
                if ranks.first:
                    raise DdsrError(told)
                return 1
            trained = train_rw_vsr_qa(
                chosen,
                ranks,
                progress=Told(lambda values: values_text(values, origin)),
                fragments=RichProgress("cut fragments, videos"),
            )
    except KeyboardInterrupt:
        return interrupted()
    if ranks.first:
        _tell(chosen.out, trained)
    return 0


def dry_run(*, out: Path | None, resume: str | None, overwrite: bool, **options: Any) -> int:
    """Print what a run would do: videos, network, steps, time; trains nothing, writes fragments alone."""
    from ddsr_bench.train.loop.ranks import Ranks
    from ddsr_bench.train.rw_vsr_qa.run import Options, rehearsed, task_of

    chosen = Options(out=out or Path(), **options)
    task = task_of(chosen, Ranks(), first_batch=True)
    samples, epochs = task.samples, task.config.loop.epochs
    for side, members in (("training", samples.train), ("validation", samples.validation)):
        ladders = sum(not one.rated for one in members)
        groups = len({one.source_group for one in members})
        click.echo(f"{side}: {len(members) - ladders} rated videos, {ladders} of ladders, {groups} source groups")
    count = sum(parameter.numel() for parameter in task.network.parameters())
    click.echo(f"scores: {samples.origin}")
    click.echo(f"network: {count} parameters, begun {'with --init' if task.init else 'at random'}")
    seconds = rehearsed(task, chosen)
    steps = task.steps * epochs
    click.echo(f"{epochs} epochs of {task.steps} steps, {seconds:.2f} s each: {duration(steps * seconds)} of training")
    click.echo("Cutting fragments (once) and validating come on top.")
    return 0


def values_text(values: Mapping[str, float], origin: str) -> str:
    """Values of a validation as text, such as ``SROCC 0.812, pairs in order 0.774 (simulated scores)``."""
    shown = ", ".join(f"{text} {_value_text(values[name])}" for name, text in _SHOWN.items() if name in values)
    return f"{shown or 'nothing to compare'} ({origin if origin == 'order' else origin + ' scores'})"


def _value_text(value: float) -> str:
    """A number, or that there is none: of too few videos, or where all have one score, a coefficient is undefined."""
    return f"{value:.3f}" if math.isfinite(value) else "cannot be told (too few videos, or all alike)"


def _tell(out: Path, trained: Trained) -> None:
    outcome = trained.outcome
    best = f"of epoch {outcome.best_epoch}" if outcome.best_epoch else "of the last epoch, as none had a value"
    early = ", stopped early" if outcome.early else ""
    click.echo(f"{outcome.steps} steps, {outcome.epochs} epochs{early}; weights {best}", err=True)
    click.echo(f"{out / 'best.safetensors'}: on sources kept apart {values_text(trained.values, trained.origin)}")
