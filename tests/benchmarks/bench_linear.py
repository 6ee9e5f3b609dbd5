"""Frames a second of ``generate-lr`` for 8 and for 64 clips: ``python tests/benchmarks/bench_linear.py``.

The clips are alike and the spec draws nothing, so the work is the same for each; the start of the workers is counted.
The two rates must agree within 10 %.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

from bench_memory import frames

from ddsr_bench.video import write_video

SPEC = """
name = "steady"
[[stage]]
kind = "blur"
shape = "iso"
size = 15
sigma_x = 1.5
[[stage]]
kind = "noise"
distribution = "poisson"
strength = 1.0
[[stage]]
kind = "resize"
mode = "area"
to = "lr"
[[stage]]
kind = "video"
codec = "h264"
crf = 28.0
"""
FRAMES = 96


def main() -> None:
    """Run both sizes and print the ratio of their rates."""
    rates = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "steady.toml").write_text(SPEC)
        write_video(root / "clip.mp4", frames(FRAMES), Fraction(24), preset="ultrafast", crf=20)
        for count in (8, 64):
            sources = root / f"src{count}"
            sources.mkdir()
            for index in range(count):
                os.link(root / "clip.mp4", sources / f"{index:02d}.mp4")
            command = [
                sys.executable,
                "-m",
                "ddsr_bench",
                "generate-lr",
                str(sources),
                "--spec",
                str(root / "steady.toml"),
            ]
            start = time.perf_counter()
            subprocess.run(
                [*command, "--out", str(root / f"out{count}"), "--workers", "2"], check=True, capture_output=True
            )
            seconds = time.perf_counter() - start
            rates.append(count * FRAMES / seconds)
            print(f"{count} clips: {rates[-1]:.1f} frames/s ({seconds:.1f} s)", flush=True)
    ratio = rates[0] / rates[1]
    print(f"ratio {ratio:.3f} (limit 0.9 to 1.1)")
    raise SystemExit(not 0.9 <= ratio <= 1.1)


if __name__ == "__main__":
    main()
