"""The bodies of ``dataset check``, ``dataset info`` and ``dataset publish``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from ddsr_bench.cli.progress import Count
from ddsr_bench.data.manifest.check import check
from ddsr_bench.data.manifest.read import find_dataset, read_rows
from ddsr_bench.provenance import read_json

_SHOWN = 50


def run_check(*, folder: Path, hashes: bool, expect: tuple[int, int, int] | None) -> int:
    """Check a dataset and say what is wrong; returns 0, or 1 with violations."""
    with Count("dataset check, files") as count:
        report = check(folder, hashes=hashes, expect=expect, progress=count.reach)
    for violation in report.violations[:_SHOWN]:
        where = f"row {violation.row}: " if violation.row is not None else ""
        click.echo(f"{where}{violation.text}")
    if len(report.violations) > _SHOWN:
        click.echo(f"and {len(report.violations) - _SHOWN} more")
    click.echo(report.counts)
    if report.origins:
        click.echo("scores: " + ", ".join(f"{count} {origin}" for origin, count in report.origins.items()))
    if not report.violations:
        kind = f"{report.files} files, {report.hashed} hashes" if report.files else "tables only, no videos"
        click.echo(f"{folder}: all rules kept ({kind})")
        return 0
    click.echo(f"{folder}: {len(report.violations)} violations", err=True)
    return 1


def run_info(*, name: str) -> int:
    """Say what a dataset holds."""
    root = find_dataset(name)
    rows = read_rows(root)
    sources = {row["source_id"]: row for row in rows}
    click.echo(f"{root}")
    click.echo(f"{len(rows)} rows, {len(sources)} sources, {len({row['method'] for row in rows})} conditions")
    for title, key in (("score origin", "score_origin"), ("split", "split"), ("method", "method"), ("scale", "scale")):
        count = Counter(str(row[key]) for row in rows)
        click.echo(f"{title}: " + ", ".join(f"{value} {count[value]}" for value in sorted(count)))
    kinds = Counter(row["source_set"] for row in sources.values())
    click.echo("sources: " + ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))
    sizes = {(row["width"], row["height"]) for row in rows}
    seconds = sum(row["duration"] for row in rows)
    click.echo(f"{len(sizes)} frame sizes, {seconds / 60:.1f} minutes of video")
    scores = [row["mos"] for row in rows if row["mos"] is not None]
    if scores:
        word = "simulated MOS" if any(row["score_origin"] == "simulated" for row in rows) else "MOS"
        click.echo(f"{word}: {min(scores):.2f} to {max(scores):.2f}, mean {sum(scores) / len(scores):.2f}")
    if not (root / "videos").is_dir():
        click.echo(f"tables only; make the videos with: ddsr-bench dataset build {root.name} --out DIR")
    return 0


def run_publish(*, folder: Path, out: Path, name: str | None) -> int:
    """Write the tables-only manifest of a built and rated dataset."""
    from ddsr_bench.data.manifest.card import further_words
    from ddsr_bench.data.manifest.datasheet import datasheet, variance_text
    from ddsr_bench.data.manifest.publish import publish
    from ddsr_bench.data.open_set.sources import NAME

    title = name or out.resolve().name
    rating = folder / "rating.json"
    variance = variance_text(read_json(rating)) if rating.is_file() else ""
    ours = title == NAME
    words = datasheet(title, read_rows(folder)) if ours else further_words(folder)
    rows = publish(folder, out, name=title, words=words, split_variance=variance, ours=ours)
    size = sum(path.stat().st_size for path in out.iterdir() if path.is_file())
    click.echo(f"{out}: {len(rows)} rows, {size / 1e6:.1f} MB of tables", err=True)
    return 0
