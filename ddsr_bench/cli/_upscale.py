"""The body of ``upscale``: plan, run, say what happened."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from ddsr_bench import video
from ddsr_bench.cli._outfolder import prepare, sweep
from ddsr_bench.cli.progress import Count, RichProgress
from ddsr_bench.cli.tables import failure_table
from ddsr_bench.data.discover import SourceClip, find_clips
from ddsr_bench.data.layout import inside
from ddsr_bench.errors import DdsrError
from ddsr_bench.jobs import Job, JobReport, run_jobs
from ddsr_bench.provenance import collect, read_json, write_json_atomic
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.clips import ClipTask, Plan, is_done, prepared, upscale_clip
from ddsr_bench.vsr.method import Settings
from ddsr_bench.vsr.runner import native_scale

_INTERRUPTED = 130
_OURS = {"sr", "records", "results.json"}
_SUFFIXES = {"mkv": ".mkv", "mp4": ".mp4", "png": ""}
_FILES = (".mkv", ".mp4", ".mov")


def run(
    *,
    inputs: Sequence[str],
    method: str,
    out: Path,
    scale: float | None,
    file_format: str,
    crf: float | None,
    frames: tuple[int, int | None],
    no_cuts: bool,
    workers: int,
    resume: bool,
    overwrite: bool,
    **settings: Any,
) -> int:
    """Do what the options say; returns the exit code: 0, 1 if a clip failed, 130 after Ctrl-C."""
    native_scale(get_method(method), scale)
    plan = Plan(method, Settings(**settings), scale, not no_cuts, crf)
    clips = find_clips(inputs)
    one_file = out.suffix.lower() in _FILES
    if crf is not None and (out.suffix.lower() not in (".mp4", ".mov") if one_file else file_format != "mp4"):
        raise DdsrError(f"--crf {crf:g}: only lossy files have one; write MP4, or leave it out")
    if one_file:
        tasks = [_single(clips, out, frames, resume=resume, overwrite=overwrite)]
    else:
        prepare(out, ours=_OURS, marks=("results.json", "records"), resume=resume, overwrite=overwrite)
        sweep(out)
        tasks = [_task(clip, out, file_format, frames) for clip in clips]
    todo = [task for task in tasks if not (resume and is_done(task, plan))]
    if len(todo) < len(tasks):
        click.echo(f"{len(tasks) - len(todo)} clips are there already", err=True)
    report = _upscaled(todo, plan, workers) if todo else JobReport()
    if not one_file:
        sweep(out)
        _write(out, plan, report, frames, workers)
    return _told(out, report)


def _single(
    clips: Sequence[SourceClip], out: Path, frames: tuple[int, int | None], *, resume: bool, overwrite: bool
) -> ClipTask:
    if len(clips) != 1:
        raise DdsrError(f"{out}: one file, but {len(clips)} clips; give a folder as --out")
    if resume:
        raise DdsrError(f"{out}: one file is made whole or not at all; give a folder as --out to use --resume")
    if out.exists() and not overwrite:
        raise DdsrError(f"{out}: is there already; add --overwrite, or choose another --out")
    if out.exists() and out.samefile(clips[0].path):
        raise DdsrError(f"{out}: is the input itself; choose another --out")
    return ClipTask(clips[0].id, clips[0].path, out, None, *frames)


def _task(clip: SourceClip, out: Path, file_format: str, frames: tuple[int, int | None]) -> ClipTask:
    target = inside(out, f"sr/{clip.id}{_SUFFIXES[file_format]}")
    return ClipTask(clip.id, clip.path, target, inside(out, f"records/{clip.id}.json"), *frames)


def _upscaled(tasks: Sequence[ClipTask], plan: Plan, workers: int) -> JobReport:
    """Run the tasks, here with a count of frames, or in processes with a count of clips."""
    jobs = [Job(task.id, task) for task in tasks]
    if workers > 1:
        function = partial(upscale_clip, plan=plan)
        progress = RichProgress("upscale, clips")
        begin = partial(prepared, plan)
        return run_jobs(
            function, jobs, engine="processes", workers=workers, progress=progress, initializer=partial(_quietly, begin)
        )
    prepared(plan)  # what the method lacks is told before any clip is opened
    with Count("upscale, frames", sum(_length(task) for task in tasks)) as count:
        return run_jobs(partial(upscale_clip, plan=plan, on_frame=count.add), jobs)


def _quietly(begin: Any) -> None:
    """An initializer, whose result is not wanted."""
    begin()


def _length(task: ClipTask) -> int:
    """Frames that a task will make; a clip that cannot be read fails later, with its reason."""
    try:
        total = video.probe(task.source).frames
    except DdsrError:
        return 0
    return max(0, min(total, task.stop or total) - task.start)


def _write(out: Path, plan: Plan, report: JobReport, frames: tuple[int, int | None], workers: int) -> None:
    records = [read_json(path) for path in sorted((out / "records").rglob("*.json"))]
    settings = plan.settings
    method = get_method(plan.method)
    results = {
        **collect("upscale"),
        "method": {"asked": plan.method, "name": method.name, "version": method.version},
        "options": {
            "scale": plan.scale,
            "frames": list(frames),
            "cuts": plan.cuts,
            "crf": plan.crf,
            "device": settings.device,
            "precision": settings.precision,
            "tile": settings.tile,
            "window": settings.window,
            "exact": settings.exact,
            "compile": settings.compile,
            "options": dict(settings.options),
            "workers": workers,
        },
        "clips": records,
        "made": len(report.results),
        "interrupted": report.interrupted,
        "failures": [{"id": item.id, "kind": item.kind, "message": item.message} for item in report.failures],
    }
    write_json_atomic(out / "results.json", results)


def _told(out: Path, report: JobReport) -> int:
    if report.failures:
        click.echo(failure_table([(failure.id, failure.message) for failure in report.failures]), err=True)
    records = report.results.values()
    made = sum(record["sr"]["frames"] for record in records)
    click.echo(f"{out}: {len(report.results)} clips upscaled ({made} frames), {len(report.failures)} failed", err=True)
    if report.interrupted:
        click.echo("Interrupted; nothing half-made was left. --resume goes on in a folder", err=True)
        return _INTERRUPTED
    return 1 if report.failures else 0
