"""Speed of ``rw-vsr-qa`` on 720p video, decoding included, beside NIQE as we and as pyiqa compute it.

Run ``python tests/benchmarks/bench_rw_vsr_qa.py [FILE] [--rounds N] [--frames N]``. Without a file it makes a 720p
H.264 clip of its own. The contenders take turns in one process with two threads; medians of frames a second are
printed, and ratios. The aims: 30 frames a second on two cores, and four times NIQE by pyiqa (left out where that is not
installed).
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench_decode import moving_scene

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.catalogue import get_metric
from ddsr_bench.quality.runner import Selection, score_clip
from ddsr_bench.video import probe, write_video


def rate(name: str, path: str, frames: int) -> float:
    """Frames per second of scoring the clip."""
    metric = get_metric(name)
    begin = time.perf_counter()
    scores = score_clip(path, [metric], selection=Selection(stop=frames), threads=2)
    if scores.errors:
        raise DdsrError(str(scores.errors))
    return frames / (time.perf_counter() - begin)


def contenders() -> dict[str, int]:
    """Names, and how many frames each is given: NIQE by pyiqa takes half a second for one."""
    found = {"rw-vsr-qa": 0}
    for name, few in (("niqe", 24), ("pyiqa:niqe", 6)):
        try:
            get_metric(name).start()
            found[name] = few
        except DdsrError as error:
            print(f"without {name}: {error}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--frames", type=int, default=120)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.file or str(Path(folder) / "clip.mp4")
        if options.file is None:
            write_video(path, moving_scene(options.frames), fps=25, format="h264", crf=20)
        total = min(options.frames, probe(path).frames)
        names = contenders()
        run: Callable[[str], float] = lambda name: rate(name, path, min(total, names[name] or total))  # noqa: E731
        for name in names:
            run(name)  # loads what is loaded once
        rates: dict[str, list[float]] = {name: [] for name in names}
        for _ in range(options.rounds):
            for name in names:
                rates[name].append(run(name))
    medians = {name: statistics.median(values) for name, values in rates.items()}
    for name, median in medians.items():
        ratio = statistics.median(a / b for a, b in zip(rates["rw-vsr-qa"], rates[name], strict=True))
        print(f"{name:12} {median:7.1f} frames/s   rw-vsr-qa is {ratio:.2f}x as fast")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
