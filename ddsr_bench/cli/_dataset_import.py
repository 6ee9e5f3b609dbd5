"""The bodies of ``dataset import`` and ``dataset import-ratings``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ddsr_bench.cli._outfolder import prepare
from ddsr_bench.cli.progress import RichProgress
from ddsr_bench.cli.tables import failure_table
from ddsr_bench.data.importers.assemble import (
    Transfer,
    import_one,
    match,
    read_labels,
    unknown_kind,
    with_splits,
)
from ddsr_bench.data.manifest.card import summary, write_card
from ddsr_bench.data.manifest.read import read_rows
from ddsr_bench.data.manifest.write import write_tables
from ddsr_bench.errors import DdsrError
from ddsr_bench.jobs import Job, run_jobs
from ddsr_bench.provenance import collect, write_json_atomic

_INTERRUPTED = 130
_AUTHORS = """## Where this comes from

The videos and labels of RealVQA-DDSR are given by their authors on request. The labels are not ours to pass on, and no
weights that this project ships were trained on them. Scores keep their own scale, 0 to 100, higher is better. The
authors' train and validation lists share contents; the split here parts the clips.
"""


def run_import(
    *,
    videos: Path,
    labels: tuple[Path, ...],
    out: Path,
    layout: str,
    transfer: Transfer,
    workers: int,
    overwrite: bool,
) -> int:
    """Import a dataset; returns the exit code: 0, 1 if anything was left out, 130 after Ctrl-C."""
    if not videos.is_dir():
        raise DdsrError(f"{videos}: no such folder; give the one that holds the videos")
    found = read_labels(layout, labels)
    if not found.labels:
        _tell(found.problems)
        raise DdsrError(f"{labels[0]}: not one label of layout {layout!r} in it; see --layout")
    prepare(out, ours=None, overwrite=overwrite, end="import into it all the same")
    work, problems = match(found, videos, out, transfer)
    problems += unknown_kind(work)
    jobs = [Job(one.file_name, one) for one in work]
    engine = "processes" if workers > 1 and len(jobs) > 1 else "serial"
    report = run_jobs(import_one, jobs, engine=engine, workers=workers, progress=RichProgress("dataset import"))
    problems += [(one.id, one.message) for one in report.failures]
    rows = with_splits(list(report.results.values()))
    if rows:
        write_tables(out, rows)
        write_card(out, out.resolve().name, rows, rated=False, words=_AUTHORS if layout == "authors" else "")
    results = {
        **collect("dataset import"),
        "layout": layout,
        "videos": len(rows),
        "interrupted": report.interrupted,
        "left_out": [{"what": what, "why": why} for what, why in problems],
    }
    write_json_atomic(out / "results.json", results)
    _tell(problems)
    click.echo(f"{out}: {summary(rows) if rows else 'no video was imported'}", err=True)
    if report.interrupted:
        click.echo("Interrupted; add --overwrite to the same command to import all videos again", err=True)
        return _INTERRUPTED
    return 1 if problems else 0


def run_import_ratings(*, folder: Path, ratings: Path, model: str) -> int:
    """Replace the scores of a dataset by those recovered from real votes."""
    from ddsr_bench.subjective.read import read_ratings
    from ddsr_bench.subjective.recover import recover

    rows = read_rows(folder)
    votes = read_ratings(ratings)
    names = {row["video_id"]: row for row in rows} | {row["file_name"]: row for row in rows}
    unknown = [name for name in votes.videos if name not in names]
    if len(unknown) == len(votes.videos):
        raise DdsrError(f"{ratings}: none of its videos is in {folder}; name them as video_id or file_name does")
    found = recover(votes, model)
    scores = {
        names[name]["video_id"]: {
            "mos": float(found.mos[place]),
            "mos_ci95": float(found.mos_ci95[place]),
            "n_ratings": int(found.n_ratings[place]),
            "score_origin": votes.score_origin,
        }
        for place, name in enumerate(votes.videos)
        if name in names
    }
    nothing = {"mos": None, "mos_ci95": None, "n_ratings": None, "score_origin": "none"}
    rows = [{**row, **scores.get(row["video_id"], nothing)} for row in rows]
    write_tables(folder, rows, _long(votes, names))
    write_card(folder, folder.resolve().name, rows, rated=True)
    _tell([(name, f"has votes, but is not in {folder}") for name in unknown])
    left = sum(row["score_origin"] == "none" for row in rows)
    click.echo(
        f"{folder}: {len(scores)} videos scored by {len(votes.subjects)} subjects, {left} without votes", err=True
    )
    return 1 if unknown else 0


def _long(votes: Any, names: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """A row a vote."""
    rows = []
    for video, subject, rating in zip(votes.video, votes.subject, votes.rating, strict=True):
        row = names.get(votes.videos[video])
        if row is not None:
            rows.append(
                {
                    "file_name": row["file_name"],
                    "video_id": row["video_id"],
                    "subject": votes.subjects[subject],
                    "rating": float(rating),
                }
            )
    return rows


def _tell(problems: Sequence[tuple[str, str]]) -> None:
    if problems:
        click.echo(failure_table(list(problems)), err=True)
