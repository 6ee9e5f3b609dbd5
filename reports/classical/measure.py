"""What the eleven classical methods cost and whether they stay in place: `python reports/classical/measure.py`.

Writes the table of README.md beside this file. Run on one core: `taskset -c 0` where other programs are at work.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from ddsr_bench.data.scenes import make_scene, render_clip
from ddsr_bench.seeding import generator
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.classical import CONDITIONS
from ddsr_bench.vsr.method import Settings

WIDTH, HEIGHT, FRAMES, NOISE, ROUNDS = 640, 360, 12, 6.0, 5
BEGIN, END = "<!-- table: written by measure.py -->", "<!-- end of table -->"
Clip = list[np.ndarray]


def made(name: str, clip: Clip, scale: int) -> Iterator[np.ndarray]:
    """The output frames of a method."""
    return get_method(name).start(Settings(scale=scale))(iter(clip))


def source(kind: str) -> Clip:
    """A sharp clip."""
    return list(render_clip(make_scene(kind, seed=1, width=WIDTH, height=HEIGHT), FRAMES))


def low(sharp: Clip, scale: int, noise: float) -> Clip:
    """The clip made small by areas, with white noise of ``noise`` grey levels."""
    size = WIDTH // scale, HEIGHT // scale
    small = np.stack([cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in sharp])
    drawn = generator("classical", "noise", str(scale)).normal(0, noise, small.shape) if noise else 0
    return list(np.clip(np.rint(small + drawn), 0, 255).astype(np.uint8))


def cost(name: str, clip: Clip, scale: int) -> float:
    """CPU milliseconds an output frame, the least of some rounds."""
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        count = sum(1 for _ in made(name, clip, scale))
        taken.append((time.process_time() - start) / count)
    return 1000 * min(taken)


def shift(a: np.ndarray, b: np.ndarray) -> float:
    """The larger component of the shift of ``b`` against ``a`` in pixels, by least squares on a's gradient."""
    one, two = (cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(float) for frame in (a, b))
    slopes = np.stack([slope.ravel() for slope in np.gradient(one)])
    found = np.linalg.solve(slopes @ slopes.T, slopes @ (two - one).ravel())
    return float(np.abs(found).max())


def place(name: str, clip: Clip, scale: int) -> tuple[float, float]:
    """Largest shift against bicubic in LR pixels, and largest change of a channel's mean, over the frames."""
    shifts, colours = [], []
    for frame, plain, enlarged in zip(clip, made("bicubic", clip, scale), made(name, clip, scale), strict=True):
        shifts.append(shift(plain, enlarged) / scale)
        colours.append(float(np.abs(enlarged.mean((0, 1)) - frame.mean((0, 1))).max()))
    return max(shifts), max(colours)


def psnr(name: str, clip: Clip, sharp: Clip, scale: int) -> float:
    """Of all frames together, RGB, dB."""
    squares = [np.mean((a.astype(float) - b) ** 2) for a, b in zip(made(name, clip, scale), sharp, strict=True)]
    return float(10 * np.log10(255**2 / np.mean(squares)))


def table() -> list[str]:
    """The lines of the table."""
    sharp = source("plane")
    clean, noisy = ({scale: low(sharp, scale, noise) for scale in (2, 4)} for noise in (0.0, NOISE))
    lines = [
        "| method | CPU ms a frame, x2 | x4 | shift, x2 | x4 | colour, x2 | x4 | PSNR clean, x2 | noisy, x2 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    sums = np.zeros(2)
    for name in CONDITIONS:
        taken = [cost(name, noisy[scale], scale) for scale in (2, 4)]
        (shift2, colour2), (shift4, colour4) = (place(name, clean[scale], scale) for scale in (2, 4))
        quality = [psnr(name, clip[2], sharp, 2) for clip in (clean, noisy)]
        sums += taken
        lines.append(
            f"| `{name}` | {taken[0]:.1f} | {taken[1]:.1f} | {shift2:.3f} | {shift4:.3f} "
            f"| {colour2:.2f} | {colour4:.2f} | {quality[0]:.2f} | {quality[1]:.2f} |"
        )
    return [*lines, f"| all | {sums[0]:.0f} | {sums[1]:.0f} | | | | | | |"]


def main() -> None:
    """Measure and write."""
    cv2.setNumThreads(1)
    page = Path(__file__).with_name("README.md")
    before, rest = page.read_text("utf-8").split(BEGIN)
    page.write_text("\n".join([before + BEGIN, *table(), END + rest.split(END)[1]]), "utf-8")


if __name__ == "__main__":
    main()
