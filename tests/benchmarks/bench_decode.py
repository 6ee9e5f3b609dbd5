"""Speed of ``read_frames`` beside PyAV's plain ``to_ndarray(rgb24)`` and OpenCV's ``VideoCapture``.

Run ``python tests/benchmarks/bench_decode.py [FILE] [--rounds N]``. Without a file it makes a 720p H.264 clip
of its own. The contenders take turns in one process, each with its default threads; medians are printed, and
the ratio of ours to the fastest other (the aim: at least 0.9).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np

from ddsr_bench.video import read_frames, write_video


def moving_scene(frames: int = 150, width: int = 1280, height: int = 720) -> Iterator[np.ndarray]:
    """A textured plane that pans, with a little noise: enough detail to keep the decoder busy."""
    rng = np.random.default_rng(0)
    plane = cv2.resize(rng.integers(0, 256, (120, 240, 3), np.uint8), (width + 300, height), None, 0, 0, 2)
    for index in range(frames):
        view = plane[:, 2 * index : 2 * index + width].astype(np.int16)
        noise = rng.integers(-3, 4, view.shape, np.int16)
        yield np.clip(view + noise, 0, 255).astype(np.uint8)


def ours(path: str) -> int:
    return sum(1 for _ in read_frames(path))


def pyav(path: str) -> int:
    count = 0
    with av.open(path) as container:
        for frame in container.decode(video=0):
            frame.to_ndarray(format="rgb24")
            count += 1
    return count


def opencv(path: str) -> int:
    capture, count = cv2.VideoCapture(path), 0
    while capture.read()[0]:
        count += 1
    return count


def rate(reader: Callable[[str], int], path: str) -> float:
    """Frames per second of one full read."""
    begin = time.perf_counter()
    count = reader(path)
    return count / (time.perf_counter() - begin)


def compare(path: str, rounds: int) -> float:
    """Prints the medians; returns the ratio of ours to the fastest other."""
    readers = (ours, pyav, opencv)
    rates: dict[str, list[float]] = {reader.__name__: [] for reader in readers}
    for turn in range(rounds + 1):
        for reader in readers[turn % 3 :] + readers[: turn % 3]:
            value = rate(reader, path)
            if turn:  # the first turn warms caches
                rates[reader.__name__].append(value)
    medians = {name: statistics.median(values) for name, values in rates.items()}
    for name, value in medians.items():
        spread = f"{min(rates[name]):.0f}..{max(rates[name]):.0f}"
        print(f"{name:8s} {value:7.1f} frames/s  ({spread})  ours / it: {medians['ours'] / value:.3f}")
    return medians["ours"] / max(medians["pyav"], medians["opencv"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        path = options.file or str(Path(folder) / "scene.mp4")
        if options.file is None:
            write_video(path, moving_scene(), 25, crf=23, threads=2)
        ratio = compare(path, options.rounds)
    print(f"ours against the fastest other: {ratio:.3f} (aim: at least 0.9)")
    return 0 if ratio >= 0.9 else 1


if __name__ == "__main__":
    sys.exit(main())
