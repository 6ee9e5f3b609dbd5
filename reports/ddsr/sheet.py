"""A picture of what methods do to test clips of ddsr-open-1155, and HR, side by side.

python reports/ddsr/sheet.py BUILT OUT.jpg [--clip LR_ID ...] [--scale 4] [--method NAME ...]

Methods as in ``bars.py``.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import click
import cv2
import numpy as np
from bars import named, started

from ddsr_bench import video
from ddsr_bench.data.load import load

FRAMES, SIDE = 9, 224


@click.command(help=(__doc__ or "").partition("\n\n")[0])
@click.argument("built", type=click.Path(exists=True, path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--clip", "names", multiple=True, help="Of the test split; by default all.")
@click.option("--scale", type=click.Choice(["2", "4"]), default="4", show_default=True)
@click.option("--method", "methods", multiple=True, default=("bicubic", "ddsr-lite-x4"), show_default=True)
def main(built: Path, out: Path, names: tuple[str, ...], scale: str, methods: tuple[str, ...]) -> None:
    """Draw it."""
    warnings.simplefilter("ignore", video.UntaggedColourWarning)
    table = load(str(built))
    chosen = table[(table.split == "test") & (table.scale == int(scale))].drop_duplicates("lr_id")
    runs = {name: started(name, weights, int(scale)) for name, weights in named(methods).items()}
    rows = []
    for row in chosen.itertuples():
        if names and row.lr_id not in names:
            continue
        low = list(row.lr.frames(0, FRAMES))
        sharp = next(row.hr.frames(FRAMES // 2, FRAMES // 2 + 1))
        top, left = ((side - SIDE) // 2 for side in sharp.shape[:2])
        cells = [list(run(iter(low)))[FRAMES // 2] for run in runs.values()]
        cells.append(sharp)
        pieces = [one[top : top + SIDE, left : left + SIDE] for one in cells]
        label = np.full((18, len(cells) * SIDE, 3), 255, np.uint8)
        text = f"{row.lr_id}: " + ", ".join((*runs, "HR"))
        cv2.putText(label, text, (4, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA)
        rows.append(np.vstack([label, np.hstack(pieces)]))
    if len(runs) > 2:
        picture = np.vstack(rows)
    else:
        rows += [np.full_like(rows[0], 255)] * (len(rows) % 2)
        half = len(rows) // 2
        picture = np.hstack([np.vstack(rows[:half]), np.vstack(rows[half:])])
    cv2.imwrite(str(out), picture[..., ::-1])


if __name__ == "__main__":
    main()
