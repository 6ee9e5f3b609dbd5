"""What the no-reference measures cost on 720p frames with two threads, beside pyiqa and scikit-video.

    bench_metrics.py --weights-dir DIR [--rival PYTHON] [--rounds 3] [--report reports/metrics/README.md]

DIR holds the authors' parameter files. PYTHON is an interpreter whose environment holds pyiqa or scikit-video (they
need other packages than ours, so they run in a process of their own that waits while ours runs, and the other way
round). Rounds alternate; ratios are medians of rounds. Without --rival, or for a rival that does not load, the reason
is printed and ours alone is timed. --report puts the tables between that file's marks.
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
    """Seconds per frame of our measures in one pass, and their mean values."""
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
    """Markdown rows, one for each pair."""
    rows = [
        "| measure | rival | ours, ms a frame | rival, ms a frame | ratio | wanted |",
        "|---|---|---|---|---|---|",
    ]
    for name, other, count, wanted in PAIRS:
        available = rival is not None and other in rival.found["measures"]
        mine, theirs = [], []
        timed([name], frames[:4])
        for _ in range(rounds):
            mine.append(timed([name], frames)[0])
            answer = rival.ask(other, count) if available else {"error": "not there"}
            if "error" not in answer:
                theirs.append(answer["seconds"] / count)
        own, ratio, cost = f"{1e3 * statistics.median(mine):.1f}", "-", answer.get("error", "-")
        if theirs:
            ratio = f"{statistics.median(b / a for a, b in zip(mine, theirs, strict=False)):.1f}"
            cost = f"{1e3 * statistics.median(theirs):.0f}"
        rows.append(f"| {name} | {other} | {own} | {cost} | {ratio} | {wanted:g} |")
        print(rows[-1], flush=True)
    return rows


def together(rounds):
    """Markdown: all on one pass over 1080p, against the slowest alone."""
    names = ["niqe", "ilniqe", "piqe", "brisque", "viideo"]
    frames = pictures(1920, 1080, 8)
    alone = {name: [] for name in names}
    everything = []
    for _ in range(rounds):
        for name in names:
            alone[name].append(timed([name], frames)[0])
        everything.append(timed(names, frames)[0])
    each = {name: 1e3 * statistics.median(values) for name, values in alone.items()}
    slowest = max(each, key=each.get)
    single = 1e3 * statistics.median(timed([slowest], frames, threads=1)[0] for _ in range(rounds))
    total = 1e3 * statistics.median(everything)
    shown = ", ".join(f"{name} {value:.0f}" for name, value in each.items())
    return [
        "",
        f"1080p, ms a frame alone with two threads: {shown}. All five on one pass: {total:.0f}, which is "
        f"{total / each[slowest]:.2f} times the slowest with two threads (wanted 1.3) and {total / single:.2f} times "
        f"the slowest with one ({single:.0f}).",
    ]


def write(path, lines):
    """Put the lines between the marks of a file."""
    begin, end = "<!-- speed: written by bench_metrics.py -->", "<!-- end of speed -->"
    head, mark, rest = path.read_text("utf-8").partition(begin)
    if not mark or end not in rest:
        raise SystemExit(f"{path}: no marks {begin} and {end}")
    text = "\n".join(lines)
    path.write_text(f"{head}{begin}\n{text}\n{end}{rest.partition(end)[2]}", "utf-8")


def main():
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights-dir", type=Path, required=True)
    parser.add_argument("--rival", help="a Python interpreter with pyiqa or scikit-video")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--report", type=Path, help="a file whose marks are filled")
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
        lines = [*compare(frames, rival, given.rounds), *together(given.rounds)]
    print("\n".join(lines))
    if given.report:
        write(given.report, lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
