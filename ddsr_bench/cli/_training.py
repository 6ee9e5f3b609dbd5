"""What the commands that train share: their folder, their progress, their end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ddsr_bench.cli._outfolder import prepare, sweep
from ddsr_bench.cli.progress import RichProgress
from ddsr_bench.errors import DdsrError
from ddsr_bench.jobs import Event

if TYPE_CHECKING:
    from ddsr_bench.train.loop.train import Report

_INTERRUPTED = 130
_MARKS = ("last.pt", "log.jsonl", "train.json")
_NOT_AGAIN = ("last.pt", "best.safetensors", "train.json", "videos.json")


def prepared(out: Path, ours: set[str], *, resume: bool, overwrite: bool) -> str:
    """Prepare the folder of a run; why that was refused, empty where it was not."""
    try:
        prepare(out, ours=ours, marks=_MARKS, resume=resume, overwrite=overwrite)
        sweep(out)
    except DdsrError as error:
        return str(error)
    if overwrite:
        for name in _NOT_AGAIN:
            (out / name).unlink(missing_ok=True)
    return ""


def interrupted() -> int:
    """Say how to go on after Ctrl-C; returns the exit code."""
    click.echo("Interrupted; the same command with --resume goes on from the last checkpoint", err=True)
    return _INTERRUPTED


class Told:
    """Shows a run: a count of steps, and a line for each validation.

    Args:
        text: of a validation's values.
    """

    def __init__(self, text: Callable[[Mapping[str, float]], str]) -> None:
        self._text = text
        self._show = RichProgress("train, steps")

    def __call__(self, report: Report) -> None:
        if report.kind == "begin":
            self._begun = report.step
        if report.kind == "note":
            click.echo(f"Note: {report.text}", err=True)
        elif report.kind == "validation":
            best = ", the best so far" if report.best else ""
            click.echo(f"epoch {report.epoch}: {self._text(report.values)}{best}", err=True)
        else:
            kind = "finished" if report.kind == "step" else report.kind
            done = report.step - self._begun
            self._show(Event(kind, None, report.steps - self._begun, done, done, 0))  # type: ignore[arg-type]
