"""The body of ``leaderboard verify``."""

from __future__ import annotations

import time
from contextlib import chdir
from pathlib import Path
from typing import Any

import click

from ddsr_bench.cli._leaderboard_run import prepared
from ddsr_bench.cli.progress import RichProgress
from ddsr_bench.cli.tables import failure_table
from ddsr_bench.errors import DdsrError
from ddsr_bench.leaderboard.results import read_results
from ddsr_bench.leaderboard.run import Matrix
from ddsr_bench.leaderboard.verify import Checked, against_store, check, sampled
from ddsr_bench.provenance import read_json

_PATHS = ("hr",)
_SHOWN = 40


def verify(folder: Path, sample: int, seed: int) -> int:
    """Compare all with the store and compute a sample anew; returns the exit code: 0 where all is equal, else 1.

    Raises:
        DdsrError: the folder holds no leaderboard, or its clips or methods are not here.
    """
    recorded = _recorded(folder)
    place = folder.resolve()
    # Clips and methods were named from where the leaderboard was made; older ones do not tell, and count as made here.
    named_from = place / str(recorded.get("made_from", Path.cwd()))
    if not named_from.is_dir():
        raise DdsrError(f"{named_from}: not there any more, and clips were named from there; run the leaderboard anew")
    with chdir(named_from):
        return _verify(place, recorded, sample, seed)


def _verify(folder: Path, recorded: dict[str, Any], sample: int, seed: int) -> int:
    builder = prepared(_options(folder, recorded), time.time())
    for entry in builder.entries:
        if entry.named and entry.reason is not None:
            raise DdsrError(entry.reason)
    matrix = Matrix(builder.data, builder.entries, builder.chosen, builder.options)
    able = {entry.name for entry in matrix.entries}
    found = [read_results(path) for path in sorted((folder / "results").rglob("*.json"))]
    results = {one.method.name: one for one in found if one.method.name in able}
    others = sorted(one.method.name for one in found if one.method.name not in able and one.clips)
    if others:
        click.echo(f"Cannot be run here: {', '.join(others)}", err=True)
    cells = sampled(results, sample, seed)
    if not cells:
        raise DdsrError(f"{folder}: no cell to compute anew; run the leaderboard first")
    count, differing = against_store(matrix, results)
    if differing:
        click.echo(failure_table([(one.where, one.told) for one in differing[:_SHOWN]]), err=True)
    click.echo(f"{count} cells compared with the store, {len(differing)} differences")
    code = _told(check(matrix, results, cells, RichProgress("verify, clips")))
    return 1 if differing else code


def _recorded(folder: Path) -> dict[str, Any]:
    path = folder / "run.json"
    if not path.is_file():
        raise DdsrError(f"{folder}: no run.json in it, so its clips are not known; give a leaderboard's folder")
    recorded = read_json(path)
    if not isinstance(recorded, dict):
        raise DdsrError(f"{path}: not what a leaderboard writes (no object); run it anew")
    return recorded


def _options(folder: Path, recorded: dict[str, Any]) -> dict[str, Any]:
    try:
        options = dict(recorded["options"])
        return {
            **options,
            **{key: Path(options[key]) for key in _PATHS if options[key] is not None},
            "out": folder,
            "budget": None,
            "title": "",
            "memory": options["memory"],
        }
    except (KeyError, TypeError) as error:
        raise DdsrError(f"{folder / 'run.json'}: not what a leaderboard writes ({error}); run it anew") from error


def _told(checked: list[Checked]) -> int:
    wrong = [one for one in checked if not one.equal]
    if wrong:
        click.echo(failure_table([(f"{one.method} on {one.clip}", _line(one)) for one in wrong]), err=True)
    click.echo(f"{len(checked)} cells computed anew, {len(checked) - len(wrong)} equal, {len(wrong)} not")
    return 1 if wrong else 0


def _line(one: Checked) -> str:
    now = "none" if one.computed is None else repr(one.computed)
    why = f" ({one.reason})" if one.reason else ""
    return f"{one.metric}: recorded {one.recorded!r}, now {now}{why}"
