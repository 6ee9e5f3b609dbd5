"""The body of ``leaderboard run``: choose, run, write, say what happened."""

from __future__ import annotations

import os
import shlex
import sys
import time
from pathlib import Path
from typing import Any

import click

from ddsr_bench.cli._outfolder import prepare, sweep
from ddsr_bench.cli.progress import RichProgress
from ddsr_bench.cli.tables import failure_table
from ddsr_bench.errors import DdsrError
from ddsr_bench.leaderboard.build import Builder, Built
from ddsr_bench.leaderboard.clips import BoardData
from ddsr_bench.leaderboard.data import DataOptions, load_data
from ddsr_bench.leaderboard.entries import choose_methods
from ddsr_bench.leaderboard.export import exported
from ddsr_bench.leaderboard.metrics import TRACKS, choose
from ddsr_bench.leaderboard.run import RunOptions
from ddsr_bench.provenance import write_json_atomic, write_text_atomic
from ddsr_bench.provenance.machine import memory_bytes
from ddsr_bench.vsr.method import Settings

_INTERRUPTED = 130
_SHARE = 0.8
_SHOWN = 40
OURS = {"store", "results", "media", "static", "index.html", "data.js", "board.json", "run.json"}
_MARKS = ("store", "board.json", "run.json")


def run(**options: Any) -> int:
    """Do what the options say; returns the exit code: 0, 1 if a method failed anywhere, 130 after Ctrl-C."""
    began = time.time()
    out: Path = options["out"]
    builder = prepared(options, began)
    exports = {f"leaderboard.{kind}" for kind in ("md", "csv", "tex", "json")}
    prepare(out, ours=OURS | exports, marks=_MARKS, resume=True, overwrite=False)
    sweep(out)
    write_json_atomic(out / "run.json", recorded(options))
    _announce(builder)
    built = builder.build(RichProgress("leaderboard, clips"))
    for kind in options["export"] or ():
        write_text_atomic(out / f"leaderboard.{kind}", exported(built.board, kind))
    page = write_page(built, out)
    return _told(built, builder, page, time.time() - began)


def prepared(options: dict[str, Any], began: float) -> Builder:
    """The parts of a leaderboard, from the options of the command.

    Raises:
        DdsrError: whatever is wrong with them; nothing has been written then.
    """
    tracks = options["tracks"] or TRACKS
    asked = options["metrics"]
    chosen = choose([*(asked or ()), *options["own_metrics"]] if asked or options["own_metrics"] else None, tracks)
    data = load_data(_data_options(options))
    scale = data.clips[0].scale
    settings = Settings(scale=scale, device=options["device"], precision=options["precision"])
    entries = choose_methods([*(options["methods"] or ()), *options["own"]], settings)
    budget, border = options["budget"], options["crop_border"]
    border = scale if border is None else border
    _check_border(data, border)
    return Builder(
        data=data,
        entries=entries,
        chosen=chosen,
        options=RunOptions(
            out=options["out"],
            settings=settings,
            crop_border=border,
            workers=options["workers"],
            memory=options["memory"] or _most(options["workers"]),
            deadline=None if budget is None else began + budget,
            media=not options["no_media"],
            engine=options["engine"],
        ),
        tracks=tracks,
        command=_command(),
        title=options["title"],
        warn=lambda text: click.echo(f"Warning: {text}", err=True),
    )


def _data_options(options: dict[str, Any]) -> DataOptions:
    return DataOptions(
        data=options["data"],
        hr=options["hr"],
        split=options["split"],
        where=tuple(options["where"]),
        clips=options["clips"],
        scale=options["scale"],
        frames=tuple(options["frames"]),
    )


def _check_border(data: BoardData, border: int) -> None:
    for clip in data.clips:
        if 2 * border >= min(clip.width, clip.height):
            raise DdsrError(
                f"--crop-border {border}: leaves nothing of {clip.width}x{clip.height} frames of {clip.id}; crop less"
            )


def _most(workers: int) -> float | None:
    """GiB for each process, so that together they leave the machine a fifth."""
    memory = memory_bytes()
    return None if memory is None else round(_SHARE * memory / 2**30 / workers, 1)


def _command() -> str:
    return shlex.join(["ddsr-bench", *sys.argv[1:]])


def recorded(options: dict[str, Any]) -> dict[str, Any]:
    """The options as plain values, from which ``verify`` finds clips, methods and metrics again."""
    kept = {key: value for key, value in options.items() if key not in ("out", "budget", "export", "title")}
    plain = {key: _plain(value) for key, value in kept.items()}
    # Relative, so that the path tells nothing of the machine where a leaderboard is published.
    return {"schema_version": 1, "options": plain, "made_from": os.path.relpath(Path.cwd(), options["out"].resolve())}


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def write_page(built: Built, out: Path) -> Path:
    """Write the page and return its path."""
    from ddsr_bench.leaderboard.page import write_page as write

    return write(built.board, out)


def _announce(builder: Builder) -> None:
    able = [entry for entry in builder.entries if entry.reason is None]
    data = builder.data
    click.echo(
        f"{data.name}: {len(data.clips)} clips, {sum(clip.frames for clip in data.clips)} frames, "
        f"x{builder.options.settings.scale}; {len(able)} methods run, {len(builder.entries) - len(able)} cannot; "
        f"{len(builder.chosen.metrics)} metrics",
        err=True,
    )
    for note in data.notes:
        click.echo(f"Left out: {note}", err=True)
    for name, reason in {**builder.chosen.left_out, **builder.chosen.reasons}.items():
        told = reason.removeprefix(f"{name}: ").removeprefix(f"metric {name!r}: ")
        click.echo(f"Left out: {name}: {told}", err=True)


def _told(built: Built, builder: Builder, page: Path, seconds: float) -> int:
    report = built.report
    missing = [(entry.name, entry.reason) for entry in builder.entries if entry.reason is not None]
    failures = report.failures() + [(name, str(reason)) for name, reason in missing if _is_named(builder, name)]
    failures += [("all methods", reason) for reason in builder.chosen.reasons.values()]
    if missing and not all(_is_named(builder, name) for name, _ in missing):
        click.echo(f"{len(missing)} methods cannot run here; the page says why", err=True)
    if failures:
        click.echo(failure_table(failures[:_SHOWN]), err=True)
        if len(failures) > _SHOWN:
            click.echo(f"  and {len(failures) - _SHOWN} more", err=True)
    if report.unbegun:
        click.echo(_unbegun(report.unbegun), err=True)
    click.echo(f"{report.computed} cells computed, {report.stored} from the store, {seconds:.0f} s", err=True)
    click.echo(str(page))
    if report.interrupted:
        click.echo("Interrupted; the same command goes on where it stopped", err=True)
        return _INTERRUPTED
    return 1 if failures else 0


def _is_named(builder: Builder, name: str) -> bool:
    return any(entry.name == name and entry.named for entry in builder.entries)


def _unbegun(unbegun: list[tuple[str, str]]) -> str:
    methods = ", ".join(sorted({method for method, _ in unbegun}))
    return f"Budget spent: {len(unbegun)} clips were not begun, of {methods}; the same command goes on with them"
