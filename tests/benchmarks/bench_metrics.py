"""What the no-reference measures cost on 720p frames with two threads, beside pyiqa and scikit-video.

    bench_metrics.py --weights-dir DIR [--rival PYTHON] [--rounds 3]

DIR holds the authors' parameter files. PYTHON is an interpreter whose environment holds pyiqa or scikit-video (they
need other packages than ours, so they run in a process of their own that waits while ours runs, and the other way
round). Rounds alternate; ratios are medians of rounds. Without --rival, or for a rival that does not load, the reason
is printed and ours alone is timed.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from sklearn.datasets import load_sample_image

# Ours, the rival's, frames of the rival per round, and the ratio that we want.
PAIRS = [
    ("niqe", "pyiqa:niqe", 2, 8.0),
    ("niqe", "skvideo:niqe", 4, 2.5),
    ("brisque", "pyiqa:brisque", 4, 6.0),
    ("piqe", "pyiqa:piqe", 4, 4.0),
    ("ilniqe", "pyiqa:ilniqe", 1, 15.0),
    ("viideo", "skvideo:viideo", 10, 6.0),
]
FRAMES = 12


def pictures(width=1280, height=720, count=FRAMES):
    """A photograph under a moving camera, with a little noise; uint8 (T, H, W, 3)."""
    scale = 1.17 * max(width / 640, height / 427)
    photo = cv2.resize(load_sample_image("china.jpg"), None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    rng = np.random.default_rng(0)
    clip = []
    for t in range(count):
        part = photo[20 + t : 20 + t + height, 10 + 2 * t : 10 + 2 * t + width].astype(np.float32)
        clip.append(np.clip(part + rng.normal(0, 3, part.shape), 0, 255).astype(np.uint8))
    return np.stack(clip)


class Rival:
    """The other process."""

    def __init__(self, python, frames, folder):
        self._folder = tempfile.TemporaryDirectory()
        path = Path(self._folder.name) / "frames.npy"
        np.save(path, frames)
        worker = Path(__file__).with_name("rival_metrics.py")
        self._process = subprocess.Popen(
            [python, str(worker), str(path), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.found = self._read()

    def _read(self):
        for line in self._process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise SystemExit("the rivals' process ended; run it by hand to see why")

    def ask(self, name, count):
        self._process.stdin.write(f"{name} {count}\n")
        self._process.stdin.flush()
        return self._read()


def timed(names, frames, threads=2):
    """Seconds per frame of our measures in one pass, and their clip values."""
    from ddsr_bench.quality.catalogue import get_metric
    from ddsr_bench.quality.runner import score_frames

    metrics = [get_metric(name) for name in names]
    begin = time.perf_counter()
    scores = score_frames(iter(frames), metrics, threads=threads)
    spent = (time.perf_counter() - begin) / len(frames)
    if scores.errors:
        raise SystemExit("; ".join(scores.errors.values()))
    return spent, {name: float(np.mean(scores.values[name])) for name in names}


def compare(frames, rival, rounds):
    """Print a line for each pair."""
    print(f"{'ours':8s} {'rival':15s} {'ours ms':>8s} {'rival ms':>9s} {'ratio':>6s} {'wanted':>6s}  values")
    for name, other, count, wanted in PAIRS:
        available = rival is not None and other in rival.found["measures"]
        mine, theirs, values = [], [], ["", ""]
        timed([name], frames[:4])
        for _ in range(rounds):
            spent, found = timed([name], frames)
            mine.append(spent)
            values[0] = f"{found[name]:.4f}"
            if available:
                answer = rival.ask(other, count)
                if "error" in answer:
                    available, values[1] = False, answer["error"]
                    continue
                theirs.append(answer["seconds"] / count)
                values[1] = f"{answer['value']:.4f}"
        own = 1e3 * statistics.median(mine)
        if theirs:
            ratio = statistics.median(b / a for a, b in zip(mine, theirs, strict=False))
            line = f"{1e3 * statistics.median(theirs):9.1f} {ratio:6.1f} {wanted:6.1f}"
        else:
            line = f"{'-':>9s} {'-':>6s} {wanted:6.1f}"
        print(f"{name:8s} {other:15s} {own:8.1f} {line}  {' / '.join(values)}")


def together(rounds):
    """All on one pass over 1080p, against the slowest alone."""
    names = ["niqe", "ilniqe", "piqe", "brisque", "viideo"]
    frames = pictures(1920, 1080, 8)
    alone = {name: [] for name in names}
    everything = []
    for _ in range(rounds):
        for name in names:
            alone[name].append(timed([name], frames)[0])
        everything.append(timed(names, frames)[0])
    each = {name: 1e3 * statistics.median(values) for name, values in alone.items()}
    print("1080p, ms a frame: " + ", ".join(f"{name} {value:.0f}" for name, value in each.items()))
    slowest = max(each.values())
    ratio = 1e3 * statistics.median(everything) / slowest
    print(f"all in one pass: {1e3 * statistics.median(everything):.0f} ms, {ratio:.2f} times the slowest (wanted 1.3)")


def main():
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights-dir", type=Path, required=True)
    parser.add_argument("--rival", help="a Python interpreter with pyiqa or scikit-video")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["DDSR_BENCH_HOME"] = home
        from ddsr_bench.quality.models import adopt

        for name in ("niqe", "brisque", "ilniqe"):
            adopt(given.weights_dir, name)
        frames = pictures()
        rival = Rival(given.rival, frames, given.weights_dir) if given.rival else None
        if rival is None:
            print("no --rival given: ours alone")
        else:
            for name, why in rival.found["missing"].items():
                print(f"{name} left out: {why}")
        compare(frames, rival, given.rounds)
        together(given.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
