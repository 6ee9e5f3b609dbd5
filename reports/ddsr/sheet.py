"""A picture of what DDSR-lite does to test clips of ddsr-open-1155: bicubic, DDSR-lite and HR side by side.

python reports/ddsr/sheet.py BUILT OUT.png [--clip LR_ID ...]
"""

from __future__ import annotations

import warnings
from pathlib import Path

import click
import cv2
import numpy as np

from ddsr_bench import video
from ddsr_bench.data.load import load
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.method import Settings

FRAMES, SIDE, SCALE = 9, 224, 4
METHODS = ("bicubic", "ddsr-lite-x4")


@click.command(help=(__doc__ or "").partition("\n\n")[0])
@click.argument("built", type=click.Path(exists=True, path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--clip", "names", multiple=True, help="Of the test split, x4; by default all.")
def main(built: Path, out: Path, names: tuple[str, ...]) -> None:
    """Draw it."""
    warnings.simplefilter("ignore", video.UntaggedColourWarning)
    table = load(str(built))
    chosen = table[(table.split == "test") & (table.scale == SCALE)].drop_duplicates("lr_id")
    rows = []
    for row in chosen.itertuples():
        if names and row.lr_id not in names:
            continue
        low = list(row.lr.frames(0, FRAMES))
        sharp = next(row.hr.frames(FRAMES // 2, FRAMES // 2 + 1))
        top, left = ((side - SIDE) // 2 for side in sharp.shape[:2])
        cells = []
        for name in METHODS:
            made = list(get_method(name).start(Settings(scale=SCALE, device="cpu", precision="fp32"))(iter(low)))
            cells.append(made[FRAMES // 2])
        cells.append(sharp)
        pieces = [one[top : top + SIDE, left : left + SIDE] for one in cells]
        label = np.full((18, 3 * SIDE, 3), 255, np.uint8)
        text = f"{row.lr_id}: " + ", ".join((*METHODS, "HR"))
        cv2.putText(label, text, (4, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA)
        rows.append(np.vstack([label, np.hstack(pieces)]))
    if len(rows) % 2:
        rows.append(np.full_like(rows[0], 255))
    half = len(rows) // 2
    picture = np.hstack([np.vstack(rows[:half]), np.vstack(rows[half:])])
    cv2.imwrite(str(out), picture[..., ::-1])


if __name__ == "__main__":
    main()
