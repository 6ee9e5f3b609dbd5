"""The README's picture, from the folder that `make demo` leaves: `python reports/generate-lr/make_picture.py demo`."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ddsr_bench.video import read_frames

PRESETS = ("realbasicvsr", "ddsr", "camera")
ROWS = (("signs", (60, 10)), ("china", (60, 20)))
SIDE, FRAME = 240, 12


def piece(path: Path, corner: tuple[int, int], scale: int) -> np.ndarray:
    """A square of the clip's middle frame, 240 source pixels wide, shown at that size."""
    frame = next(read_frames(path, FRAME, FRAME + 1))
    left, top = (value // scale for value in corner)
    side = SIDE // scale
    return cv2.resize(frame[top : top + side, left : left + side], (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)


def heading(names: tuple[str, ...]) -> np.ndarray:
    """The row of column names."""
    from matplotlib import font_manager

    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 15)
    image = Image.new("RGB", (len(names) * (SIDE + 6) - 6, 26), "white")
    for index, name in enumerate(names):
        ImageDraw.Draw(image).text((index * (SIDE + 6) + 2, 4), name, font=font, fill=(30, 30, 30))
    return np.asarray(image)


def main() -> None:
    """Write picture.png beside this file."""
    demo = Path(sys.argv[1] if len(sys.argv) > 1 else "demo")
    rows = [heading(("source (HR)", *(f"--preset {name}" for name in PRESETS)))]
    for name, corner in ROWS:
        cells = [piece(demo / PRESETS[0] / "hr" / f"{name}.mkv", corner, 1)]
        cells += [piece(demo / preset / "lr" / f"{name}.mkv", corner, 4) for preset in PRESETS]
        gap = np.full((SIDE, 6, 3), 255, np.uint8)
        joined = np.concatenate([part for cell in cells for part in (cell, gap)][:-1], axis=1)
        rows += [joined, np.full((6, joined.shape[1], 3), 255, np.uint8)]
    target = Path(__file__).with_name("picture.png")
    picture = Image.fromarray(np.concatenate(rows))
    picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=200).save(target, optimize=True)


if __name__ == "__main__":
    main()
