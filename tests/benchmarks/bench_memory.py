"""Peak memory of ``generate-lr`` for 100 and for 2000 frames of 720p: ``python tests/benchmarks/bench_memory.py``.
With ``--metric NAME`` that of a no-reference metric instead.

Each length runs in a process of its own, with the same recipe but for its length; the peak is the process's own
high-water mark. The difference must stay below 50 MB.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from ddsr_bench.video import write_video

LIMIT_MB = 50


def frames(count: int):
    """A textured 720p picture that glides to the right."""
    rng = np.random.default_rng(0)
    wide = cv2.GaussianBlur(rng.integers(0, 256, (720, 1280 + 512, 3)).astype(np.uint8), (0, 0), 3)
    wide = cv2.convertScaleAbs(wide, alpha=4, beta=-380)
    for t in range(count):
        offset = t % 512
        yield np.ascontiguousarray(wide[:, offset : offset + 1280])


def scored(source: str, name: str) -> None:
    """Score in this process."""
    from ddsr_bench.quality.catalogue import get_metric
    from ddsr_bench.quality.runner import score_clip

    errors = score_clip(source, [get_metric(name)]).errors
    if errors:
        raise SystemExit(str(errors))


def generated(source: str, preset: str) -> None:
    """Generate in this process."""
    from click.testing import CliRunner

    from ddsr_bench.cli import main

    with tempfile.TemporaryDirectory() as folder:
        command = [
            "generate-lr",
            source,
            "--out",
            f"{folder}/out",
            "--preset",
            preset,
            "--engine",
            "serial",
            "--keep-hr",
        ]
        result = CliRunner().invoke(main, command)
        if result.exit_code:
            raise SystemExit(result.output)


def main() -> None:
    """Make both clips, run both, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lengths", type=int, nargs=2, default=[100, 2000])
    parser.add_argument("--preset", default="realbasicvsr")
    parser.add_argument("--metric", default="")
    parser.add_argument("--child")
    options = parser.parse_args()
    if options.child:
        if options.metric:
            scored(options.child, options.metric)
        else:
            generated(options.child, options.preset)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    peaks = []
    for count in options.lengths:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "clip.mp4"
            write_video(path, frames(count), Fraction(24), preset="ultrafast", crf=20)
            command = [sys.executable, __file__, "--child", str(path)]
            command += ["--preset", options.preset, "--metric", options.metric]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            peaks.append(float(done.stdout.split()[-1]))
            print(f"{options.metric or options.preset}: {count} frames of 720p, peak {peaks[-1]:.0f} MB", flush=True)
    difference = peaks[1] - peaks[0]
    print(f"difference {difference:+.0f} MB (limit {LIMIT_MB})")
    raise SystemExit(difference > LIMIT_MB)


if __name__ == "__main__":
    main()
