"""Does training DDSR work? A tiny network learns, is killed, goes on, and upscales a clip, in about a minute.

    python reports/ddsr/smoke.py [--out FOLDER]

Renders six small clips, trains a narrow DDSR-lite on preset ``bicubic``, kills that run with SIGKILL half way, resumes
it, and upscales a clip with what came of it. Ends with 1 unless the run goes on where it was, the pixel loss falls by a
twentieth, PSNR on clips kept apart rises by half a dB from the first validation to the last, and the upscaled clip has
its size and its frames. FOLDER keeps the clips and the run.

Seen (torch 2.13 on the processor, one thread, a machine with other work): loss .0644 to .0571, PSNR-Y 20.11 to
21.26 dB, 54 s.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import click
import numpy as np

from ddsr_bench.data.scenes import make_scene, render_clip
from ddsr_bench.train.loop.journal import read_log
from ddsr_bench.video import probe, write_video

KINDS = ("dead_leaves", "people", "plane", "text", "water", "gratings")
WIDTH, HEIGHT, FRAMES = 160, 128, 8
FIRST_SEED = 5000
EPOCHS, STEPS = 60, 10
SETTINGS = f"""
[loop]
epochs = {EPOCHS}
optimiser = "adam"
learning_rate = 3e-3
weight_decay = 0.0
average = 0.9
validate_every = 6
checkpoint_every = 5

[data]
preset = "bicubic"
crop = 16
frames = 4
batch = 2
samples = 4
validation = 0.2
judged_clips = 1
judged_frames = 8

[network]
channels = 12
"""


def training(root: Path, *more: str) -> subprocess.Popen[bytes]:
    """Start ``ddsr-bench train ddsr`` in ``root``."""
    command = [sys.executable, "-m", "ddsr_bench", "train", "ddsr", "--data", "hr", "--config", "smoke.toml"]
    command += ["--out", "run", "--device", "cpu", "--workers", "0", *more]
    return subprocess.Popen(command, cwd=root, env={**os.environ, "OMP_NUM_THREADS": "1"}, stderr=subprocess.DEVNULL)


def killed_half_way(root: Path) -> int:
    """Begin a run and kill it; returns the steps it had written down by then."""
    run, log = training(root), root / "run" / "log.jsonl"
    while not log.exists() or log.read_text().count("\n") < EPOCHS * STEPS // 2:
        if run.poll() is not None:
            raise SystemExit(f"training ended with {run.returncode} before it could be killed")
        time.sleep(0.05)
    run.send_signal(signal.SIGKILL)
    run.wait()
    return steps_of(root)[-1]


def steps_of(root: Path) -> list[int]:
    """Numbers of the steps in the log."""
    return [line["step"] for line in read_log(root / "run" / "log.jsonl") if line["kind"] == "step"]


def smoke(root: Path) -> bool:
    """Do it all; says what it sees, returns whether it is as it should be."""
    for number, kind in enumerate(KINDS):
        scene = make_scene(kind, seed=FIRST_SEED + number, width=WIDTH, height=HEIGHT)
        path = root / "hr" / f"{kind}.mkv"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_video(path, render_clip(scene, FRAMES, 24), Fraction(24))
    (root / "smoke.toml").write_text(SETTINGS)
    half = killed_half_way(root)
    if training(root, "--resume").wait():
        raise SystemExit("training did not go on")
    whole = steps_of(root) == list(range(1, EPOCHS * STEPS + 1))
    print(f"killed after step {half}, then went on to {steps_of(root)[-1]}; no step twice or missing: {whole}")
    lines = read_log(root / "run" / "log.jsonl")
    losses = [line["values"]["pixel"] for line in lines if line["kind"] == "step"]
    first, last = float(np.mean(losses[:30])), float(np.mean(losses[-30:]))
    found = [line["values"]["psnr"] for line in lines if line["kind"] == "validation"]
    print(f"pixel loss {first:.4f} -> {last:.4f}; PSNR-Y of clips kept apart {found[0]:.2f} -> {found[-1]:.2f} dB")
    clip, out = root / "hr" / "text.mkv", root / "upscaled.mkv"
    command = [sys.executable, "-m", "ddsr_bench", "upscale", str(clip), "--method", "ddsr-lite-x4", "--out", str(out)]
    command += ["--weights", str(root / "run" / "best.safetensors"), "--overwrite"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    info = probe(out)
    sized = (info.width, info.height, info.frames) == (4 * WIDTH, 4 * HEIGHT, FRAMES)
    print(f"upscaled clip: {info.width}x{info.height}, {info.frames} frames")
    return whole and last < 0.95 * first and found[-1] > found[0] + 0.5 and sized


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Keep clips and run here.")
def main(out: Path | None) -> None:
    """Run the smoke test."""
    began = time.process_time(), time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        good = smoke(out or Path(temporary))
    print(f"{time.perf_counter() - began[1]:.0f} s; {'as it should be' if good else 'NOT AS IT SHOULD BE'}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
