"""The leaderboard's runner against its methods and metrics called directly.

``python tests/benchmarks/bench_leaderboard.py``

The plain side reads a clip, runs the method, keeps the frames in memory, and scores them against the sharp clip: what
one would write by hand. The runner's side adds warm-up, hashes, frames on disk, the alignment check, the store, results
files and the board. Both do the same clips, methods and metrics in one process, one side after the other, again and
again, on an empty store; what counts is the median of the ratios of each pair, in processor time, which other work on
the machine does not disturb; the clock's stand beside it. The runner's cells must be the plain side's values, bit for
bit. ``--processes`` measures the runner as it runs by default, the start of a process for every
method included.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from ddsr_bench.leaderboard.build import Builder
from ddsr_bench.leaderboard.data import DataOptions, load_data
from ddsr_bench.leaderboard.entries import choose_methods
from ddsr_bench.leaderboard.metrics import FULL_REFERENCE, NO_REFERENCE, TEMPORAL, TRACKS, choose
from ddsr_bench.leaderboard.run import RunOptions
from ddsr_bench.quality.catalogue import get_metric
from ddsr_bench.quality.pooling import pool
from ddsr_bench.quality.runner import score_frames
from ddsr_bench.video import probe, read_frames, write_video
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.method import Settings
from ddsr_bench.vsr.runner import Upscaler

METHODS = ("bicubic", "lanczos", "back-projection")
METRICS = (*FULL_REFERENCE, *TEMPORAL, *NO_REFERENCE)
SCALE, FPS, BOUND = 4, 24, 1.05


def write_clips(folder: Path, count: int, frames: int, size: tuple[int, int]) -> None:
    """``lr/`` and ``hr/`` with textured pictures that glide to the right; HR is ``size``."""
    width, height = size
    for part in ("lr", "hr"):
        (folder / part).mkdir()
    for number in range(count):
        rng = np.random.default_rng(number)
        wide = cv2.GaussianBlur(rng.integers(0, 256, (height, width + 64, 3)).astype(np.uint8), (0, 0), 2)
        wide = cv2.convertScaleAbs(wide, alpha=4, beta=-380)
        high = [np.ascontiguousarray(wide[:, 2 * t % 64 :][:, :width]) for t in range(frames)]
        low = [cv2.resize(one, (width // SCALE, height // SCALE), interpolation=cv2.INTER_AREA) for one in high]
        write_video(folder / "hr" / f"c{number}.mkv", iter(high), Fraction(FPS))
        write_video(folder / "lr" / f"c{number}.mkv", iter(low), Fraction(FPS))


def directly(folder: Path) -> dict[tuple[str, str, str], float]:
    """By method, clip and metric the pooled value, made by hand."""
    found = {}
    metrics = [get_metric(name) for name in METRICS]
    for name in METHODS:
        upscaler = Upscaler(get_method(name), Settings(scale=SCALE, device="cpu", precision="fp32"), scale=SCALE)
        for low in sorted((folder / "lr").iterdir()):
            high = folder / "hr" / low.name
            made = list(upscaler(read_frames(low, threads=1)))
            sharp = read_frames(high, threads=1, info=probe(high), precise=True)
            scores = score_frames(iter(made), metrics, reference=sharp, crop_border=SCALE, threads=1, fps=float(FPS))
            for metric in metrics:
                pooled = pool(metric, scores.values[metric.name][:, :1], fps=float(FPS))
                found[name, low.stem, metric.name] = next(iter(pooled.values()))
    return found


def by_the_runner(folder: Path, engine: str) -> dict[tuple[str, str, str], float]:
    """The same from a leaderboard that is made in an empty folder."""
    with tempfile.TemporaryDirectory(dir=folder) as out:
        data = load_data(DataOptions(str(folder / "lr"), hr=folder / "hr"))
        settings = Settings(scale=SCALE, device="cpu", precision="fp32")
        options = RunOptions(Path(out), settings, crop_border=SCALE, media=False, engine=engine)
        entries, chosen = choose_methods(list(METHODS), settings), choose(list(METRICS), TRACKS)
        cells = Builder(data, entries, chosen, options, TRACKS, "bench").build().board["cells"]
    return {(name, clip, one): cells[clip][name][one] for clip in cells for name in METHODS for one in METRICS}


def timed(function, *arguments) -> tuple[float, float]:
    """Seconds by the clock, and of the processor: of this process and those it waited for."""
    began, used = time.perf_counter(), sum(os.times()[:4])
    function(*arguments)
    return time.perf_counter() - began, sum(os.times()[:4]) - used


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=2)
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--size", default="640x352", help="of the sharp clips")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--processes", action="store_true")
    options = parser.parse_args()
    engine = "processes" if options.processes else "serial"
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        width, height = map(int, options.size.split("x"))
        write_clips(folder, options.clips, options.frames, (width, height))
        assert by_the_runner(folder, "serial") == directly(folder), "the runner's cells are not the plain values"
        pairs = []
        for _ in range(options.repeats):
            pairs.append((timed(directly, folder), timed(by_the_runner, folder, engine)))
            print("plain {:6.2f} s, {:6.2f} s of processor; runner {:6.2f} s, {:6.2f}".format(*sum(pairs[-1], ())))
    print(f"{len(METHODS)} methods, {options.clips} clips of {options.frames} frames {options.size}, {engine}")
    for place, what in enumerate(("clock", "processor")):
        plain, runner = (statistics.median(pair[side][place] for pair in pairs) for side in (0, 1))
        ratio = statistics.median(made[place] / plain[place] for plain, made in pairs)
        print(f"{what}: medians {plain:.2f} s plain, {runner:.2f} s by the runner, ratio {ratio:.3f}")
    return 0 if options.processes or ratio <= BOUND else 1


if __name__ == "__main__":
    sys.exit(main())
