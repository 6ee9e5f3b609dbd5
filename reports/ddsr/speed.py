"""Frames a second of DDSR-lite beside Mobile RRN-32, LR 320x180 to 1280x720, two threads, taking turns in one process.

    python reports/ddsr/speed.py [--frames 24] [--rounds 5] [--precision fp32]

The runner is timed as ``upscale`` uses it, without decoding and encoding, but with the means of neighbours that our
network sees; weights do not matter to time, so random ones are taken. Prints medians, their ratio and the peak memory
of the process.
"""

from __future__ import annotations

import resource
import statistics
import tempfile
import time
from pathlib import Path

import click
import numpy as np
import torch

from ddsr_bench.seeding import generator
from ddsr_bench.vsr.archs.mobile_rrn import MobileRRN
from ddsr_bench.vsr.ddsr_lite import NETWORK
from ddsr_bench.vsr.drive.run import network_run
from ddsr_bench.vsr.method import Settings
from ddsr_bench.vsr.methods.mobile_rrn_32 import NETWORK as RRN
from ddsr_bench.vsr.shipped import save_weights

WIDTH, HEIGHT = 320, 180


@click.command(help=(__doc__ or "").partition("\n\n")[0])
@click.option("--frames", default=24, show_default=True)
@click.option("--rounds", default=5, show_default=True)
@click.option("--threads", default=2, show_default=True)
@click.option("--precision", type=click.Choice(["fp32", "bf16"]), default="fp32", show_default=True)
def main(frames: int, rounds: int, threads: int, precision: str) -> None:
    """Time both in turns."""
    torch.set_num_threads(threads)
    clip = generator("speed", 0).integers(0, 256, (frames, HEIGHT, WIDTH, 3), np.uint8)
    settings = Settings(device="cpu", precision=precision)
    networks = {
        "ddsr-lite-x4": (NETWORK.build(4).eval(), NETWORK),
        "mobile-rrn-32": (MobileRRN(32).eval(), RRN),
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lite.safetensors"
        save_weights(networks["ddsr-lite-x4"][0], file, kind="lite", scale=4)
        print(f"weights of ddsr-lite-x4: {file.stat().st_size / 1e6:.2f} MB")
    seconds: dict[str, list[float]] = {name: [] for name in networks}
    for turn in range(rounds + 1):
        for name, (module, network) in networks.items():
            run = network_run(name, module, network, 4, settings)
            began = time.perf_counter()
            assert sum(1 for _ in run(iter(clip))) == frames
            if turn:
                seconds[name].append((time.perf_counter() - began) / frames)
    for name, of_it in seconds.items():
        print(f"{name}: {1 / statistics.median(of_it):.2f} frames/s, {1000 * statistics.median(of_it):.0f} ms a frame")
    first, second = seconds.values()
    ratios = [a / b for a, b in zip(first, second, strict=True)]
    print(f"time of ddsr-lite-x4 / mobile-rrn-32: {statistics.median(ratios):.2f} (median of {rounds} rounds)")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


if __name__ == "__main__":
    main()
