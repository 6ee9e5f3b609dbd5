"""The picture of the eleven classical methods: one piece of a degraded clip as each of them enlarges it.

    ddsr-bench dataset build ddsr-open-1155 --out BUILT      # or any part of it that holds the clips below
    python reports/classical/make_sheet.py BUILT [LR_ID ...]

Writes sheet.png beside this file.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ddsr_bench.data.cells import below, grid, liveliest, text
from ddsr_bench.video import read_frames
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.classical import CONDITIONS
from ddsr_bench.vsr.method import Settings

CLIPS = ("text-00-x2", "sprites-05-x2", "text-05-x4")
SIDE, ZOOM, AROUND = 120, 2, 2


def middle_frames(built: Path, lr_id: str) -> tuple[list[np.ndarray], np.ndarray]:
    """Five LR frames and the HR frame of the middle one."""
    lr = list(read_frames(built / "lr" / f"{lr_id}.mkv"))
    middle = len(lr) // 2
    hr = next(read_frames(built / "hr" / f"{lr_id.rpartition('-x')[0]}.mp4", middle, middle + 1))
    return lr[middle - AROUND : middle + AROUND + 1], hr


def enlarged(name: str, frames: list[np.ndarray], scale: int) -> np.ndarray:
    """The middle frame as a method makes it."""
    return list(get_method(name).start(Settings(scale=scale))(iter(frames)))[AROUND]


def cell(name: str, picture: np.ndarray, corner: tuple[int, int]) -> np.ndarray:
    """A piece at twice its size, named."""
    top, left = corner
    piece = picture[top : top + SIDE, left : left + SIDE]
    size = piece.shape[1] * ZOOM, piece.shape[0] * ZOOM
    return below([text([name], size[0], 20), cv2.resize(piece, size, interpolation=cv2.INTER_NEAREST)])


def board(built: Path, lr_id: str) -> np.ndarray:
    """Eleven methods and HR, six to a row."""
    scale = int(lr_id.rpartition("-x")[2])
    frames, hr = middle_frames(built, lr_id)
    made = {name: enlarged(name, frames, scale) for name in CONDITIONS}
    corner = liveliest(hr, SIDE)
    cells = grid([cell(name, picture, corner) for name, picture in {**made, "HR": hr}.items()], 6)
    return below([text([lr_id], cells.shape[1], 24, bold=True), cells])


def main() -> None:
    """Write the picture."""
    built, wanted = Path(sys.argv[1]), sys.argv[2:] or CLIPS
    picture = Image.fromarray(below([board(built, lr_id) for lr_id in wanted]))
    picture = picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=200)
    picture.save(Path(__file__).with_name("sheet.png"), optimize=True)


if __name__ == "__main__":
    main()
