"""A long clip through DDSR-lite in windows: memory, and whether one sees where windows end.

    python reports/ddsr/long.py CLIP [--weights FILE] [--frames 1000] [--window 24]

CLIP is played to and fro until there are enough frames, brought to 160x90. Two processes run it, one of a tenth of the
frames, and tell their peak memory. Then windows are compared with the whole clip at once (240 frames of it): PSNR, the
largest difference, and the change from frame to frame across borders of windows against elsewhere.
"""

from __future__ import annotations

import itertools
import multiprocessing
import resource
import warnings
from collections.abc import Iterator
from pathlib import Path

import click
import cv2
import numpy as np

from ddsr_bench import video
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.ddsr_lite import NETWORK
from ddsr_bench.vsr.method import Settings
from ddsr_bench.vsr.runner import Upscaler
from ddsr_bench.vsr.seams import compare_frames

SIZE = (160, 90)
WHOLE = 240


def played(path: Path, count: int) -> Iterator[np.ndarray]:
    """``count`` frames of a clip, to and fro."""
    warnings.simplefilter("ignore", video.UntaggedColourWarning)
    frames = [cv2.resize(one, SIZE, interpolation=cv2.INTER_AREA) for one in video.read_frames(path, 0, 300)]
    yield from itertools.islice(itertools.cycle(frames + frames[-2:0:-1]), count)


def upscaled(path: Path, count: int, weights: Path | None, window: int, exact: bool) -> Iterator[np.ndarray]:
    """The frames in windows, or all at once."""
    settings = Settings(device="cpu", precision="fp32", weights=weights, window=window, exact=exact)
    yield from Upscaler(get_method("ddsr-lite-x4"), settings, cuts=False)(played(path, count))


def peak(path: Path, count: int, weights: Path | None, window: int, told: multiprocessing.Queue) -> None:
    """Run ``count`` frames and tell this process's peak memory in MiB."""
    for _ in upscaled(path, count, weights, window, exact=False):
        pass
    told.put(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


@click.command(help=(__doc__ or "").partition("\n\n")[0])
@click.argument("clip", type=click.Path(exists=True, path_type=Path))
@click.option("--weights", type=click.Path(exists=True, path_type=Path))
@click.option("--frames", default=1000, show_default=True)
@click.option("--window", default=24, show_default=True)
def main(clip: Path, weights: Path | None, frames: int, window: int) -> None:
    """Run and say what was seen."""
    context = multiprocessing.get_context("spawn")
    for count in (frames // 10, frames):
        told = context.Queue()
        process = context.Process(target=peak, args=(clip, count, weights, window, told))
        process.start()
        print(f"{count} frames: peak {told.get():.0f} MiB", flush=True)
        process.join()
    made = list(upscaled(clip, WHOLE, weights, window, exact=False))
    whole = list(upscaled(clip, WHOLE, weights, window, exact=True))
    found = compare_frames(iter(made), iter(whole))
    print(f"windows against the whole: {found.psnr:.1f} dB, at most {found.largest} of 255 grey levels")
    kept = window - NETWORK.overlap
    changes = {
        name: np.array([np.abs(one.astype(np.int16) - other).mean() for one, other in itertools.pairwise(frames_of)])
        for name, frames_of in (("windows", made), ("whole", whole))
    }
    excess = changes["windows"] - changes["whole"]
    border = np.arange(1, WHOLE) % kept == 0
    print(f"change from frame to frame, windows less whole: {excess[border].mean():+.4f} grey levels across")
    print(f"{border.sum()} borders, {excess[~border].mean():+.4f} elsewhere; the change itself is")
    print(f"{changes['whole'].mean():.2f} grey levels; the largest excess across a border {excess[border].max():+.4f}")


if __name__ == "__main__":
    main()
