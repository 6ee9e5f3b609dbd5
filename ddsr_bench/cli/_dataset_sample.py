"""The body of ``dataset sample``."""

from __future__ import annotations

import re
from pathlib import Path

import click

from ddsr_bench.cli._outfolder import prepare
from ddsr_bench.data.load import LazyClip
from ddsr_bench.data.manifest.read import find_dataset, read_rows
from ddsr_bench.data.sample import boards, draw, draw_groups, sheet, side_by_side
from ddsr_bench.errors import DdsrError


def run(
    *,
    folder: Path,
    out: Path,
    count: int,
    clips: int,
    chosen: tuple[str, ...],
    methods: tuple[str, ...] | None,
    seed: int,
    overwrite: bool,
) -> int:
    """Write the sheet, the board and the side-by-side clips; returns 0."""
    root = find_dataset(str(folder))
    rows = read_rows(root)
    if methods is not None:
        there = {row["method"] for row in rows}
        unknown = [name for name in methods if name not in there]
        if unknown:
            raise DdsrError(f"--methods {unknown[0]}: no video by it; there are {', '.join(sorted(there))}")
        rows = [row for name in methods for row in rows if row["method"] == name]
    if not rows:
        raise DdsrError(f"{root}: holds no video; nothing to show")
    _ = LazyClip(root, rows[0]["file_name"], root.name).path  # says so where there are tables only
    groups = draw_groups(rows, clips, seed, chosen)
    names = {group.lr_id: f"{re.sub(r'[^A-Za-z0-9._-]+', '_', group.lr_id)}.mp4" for group in groups}
    prepare(out, ours={"sheet.png", "board.png", *names.values()}, marks=("sheet.png",), overwrite=overwrite)
    sheet(root, draw(rows, count, seed), out / "sheet.png")
    click.echo(f"{out / 'sheet.png'}: {min(count, len(rows))} random videos of {len(rows)}", err=True)
    if groups:
        boards(root, groups, out / "board.png")
        click.echo(f"{out / 'board.png'}: {', '.join(names)}", err=True)
    for group in groups:
        frames = side_by_side(root, group, out / names[group.lr_id])
        click.echo(f"{out / names[group.lr_id]}: {len(group.rows)} methods side by side, {frames} frames", err=True)
    return 0
