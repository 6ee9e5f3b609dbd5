"""How much faster than the published way of working: ``python tests/benchmarks/bench_degrade.py [CLIP] [--seeds 12]``.

Both sides run the same recipes (presets realbasicvsr and real-esrgan, 720p -> 180p, 30 frames) in this process,
alternating by seed, on one core; frames are decoded before the clock starts. Printed are frames per CPU-second and the
ratio for each preset, then frames/s with two worker processes against the plain side on one, then how far the
pictures differ where noise and codecs are left out.
"""

from __future__ import annotations

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import statistics
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from ddsr_bench.degrade.memory import keep_freed_memory
from ddsr_bench.degrade.pipeline import apply, chained
from ddsr_bench.degrade.recipe import ClipInfo, Recipe
from ddsr_bench.degrade.sampling import sample
from ddsr_bench.degrade.spec import load_preset
from ddsr_bench.jobs import Job, run_jobs

sys.path.insert(0, str(Path(__file__).parent))
from plain_pipeline import plain

cv2.setNumThreads(1)
FRAMES, WIDTH, HEIGHT = 30, 1280, 720


def source(path: str | None) -> list[np.ndarray]:
    """Thirty frames of 720p: of a file, or of a photograph under a moving camera."""
    if path:
        from ddsr_bench.video import read_frames

        frames = list(read_frames(path, 0, FRAMES))
        return [cv2.resize(frame, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) for frame in frames]
    from ddsr_bench.data.scenes import make_scene, render_clip

    return list(render_clip(make_scene("photo", seed=0, width=WIDTH, height=HEIGHT), frames=FRAMES))


@dataclass(frozen=True)
class Work:
    """One recipe on the benchmark's clip, for a worker process."""

    recipe: Recipe
    path: str | None


_CACHE: dict[str | None, list[np.ndarray]] = {}


def preload(path: str | None) -> None:
    """Make the benchmark's frames in a worker, before its clock starts."""
    _CACHE[path] = source(path)


def ours_in_worker(work: Work) -> tuple[float, float, int]:
    """Run one recipe in a worker; when it began and ended (system-wide clock), and the count of frames."""
    start = time.monotonic()
    count = run_ours(work.recipe, _CACHE[work.path])
    return start, time.monotonic(), count


def run_ours(recipe: Recipe, frames: list[np.ndarray]) -> int:
    """Degrade as ``generate-lr`` does; the count of frames."""
    with keep_freed_memory():
        return sum(1 for _ in apply(recipe, frames))


def recipes(preset: str, seeds: int) -> list[Recipe]:
    """The recipes of a preset for the benchmark's clip."""
    clip = ClipInfo(id="bench", width=WIDTH, height=HEIGHT, frames=FRAMES, fps="24")
    return [sample(load_preset(preset), seed, clip, 4) for seed in range(seeds)]


def one_core(name: str, work: list[Recipe], frames: list[np.ndarray]) -> tuple[float, float]:
    """CPU seconds and wall seconds of the plain side, after printing the comparison."""
    ours, theirs, wall = [], [], 0.0
    run_ours(work[0], frames)
    for seed, recipe in enumerate(work):
        start = time.process_time()
        run_ours(recipe, frames)
        middle, clock = time.process_time(), time.perf_counter()
        plain(recipe, frames, np.random.RandomState(seed))
        wall += time.perf_counter() - clock
        theirs.append(time.process_time() - middle)
        ours.append(middle - start)
        times = (ours[-1] / FRAMES * 1e3, theirs[-1] / FRAMES * 1e3)
        print(f"  seed {seed:2d}: ours {times[0]:6.1f}  plain {times[1]:6.1f} CPU-ms a frame")
    ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
    count = FRAMES * len(work)
    print(
        f"{name}: ours {count / sum(ours):.1f}, plain {count / sum(theirs):.1f} frames per CPU-second; "
        f"ratio of sums {sum(theirs) / sum(ours):.2f}, median of seeds {statistics.median(ratios):.2f}"
    )
    return sum(theirs), wall


def two_workers(name: str, work: list[Recipe], path: str | None, plain_wall: float) -> None:
    """Frames/s of two worker processes against the plain side's: once they run, and with their start."""
    jobs = [Job(str(index), Work(recipe, path)) for index, recipe in enumerate(work)]
    start = time.perf_counter()
    report = run_jobs(ours_in_worker, jobs, engine="processes", workers=2, initializer=partial(preload, path))
    whole = time.perf_counter() - start
    spans = list(report.results.values())
    running = max(span[1] for span in spans) - min(span[0] for span in spans)
    count = sum(span[2] for span in spans)
    print(
        f"{name}: two workers {count / running:.1f} frames/s, plain {count / plain_wall:.1f}, ratio "
        f"{plain_wall / running:.2f} (with start-up: {count / whole:.1f} frames/s, ratio {plain_wall / whole:.2f})"
    )


def equality(name: str, work: list[Recipe], frames: list[np.ndarray]) -> None:
    """Both sides without noise and codecs: the share of samples more than 1 grey level apart."""
    worst, share = 0.0, []
    for recipe in work:
        stages = tuple(s for s in recipe.stages if s.kind not in ("noise", "jpeg", "video"))
        bare = recipe.model_copy(update={"stages": stages, "clip": recipe.clip.model_copy(update={"frames": 2})})
        pair = zip(apply(bare, frames[:2]), plain(bare, frames[:2], None), strict=True)
        gaps = np.concatenate([np.abs(a.astype(int) - b).ravel() for a, b in pair])
        worst = max(worst, float(gaps.max()))
        share.append(float((gaps <= 1).mean()))
    print(f"{name}: without noise and codecs {min(share):.5%} of samples within 1 grey level, largest gap {worst:g}")


def stage_times(name: str, work: list[Recipe], frames: list[np.ndarray]) -> None:
    """Print what each kind of stage costs us, on average over the recipes (blurs count with the resize behind them)."""
    totals: dict[str, float] = {}
    for recipe in work:
        spent: list[float] = []
        kinds = ["blur and resize" if s.kind in ("blur", "resize") else s.kind for s in recipe.stages]
        for last in range(len(recipe.stages) + 1):
            part = recipe.model_copy(update={"stages": recipe.stages[:last]})
            start = time.process_time()
            with keep_freed_memory():
                for _ in chained(part, iter(frames)):
                    pass
            spent.append(time.process_time() - start)
        for kind, cost in zip(kinds, np.diff(spent), strict=True):
            totals[kind] = totals.get(kind, 0.0) + cost / FRAMES / len(work) * 1e3
    shares = ", ".join(f"{kind} {cost:.1f}" for kind, cost in sorted(totals.items(), key=lambda item: -item[1]))
    print(f"{name}: CPU-ms a frame by stage: {shares}")


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", nargs="?")
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--presets", nargs="+", default=["realbasicvsr", "real-esrgan"])
    parser.add_argument("--stages", action="store_true", help="only print what each stage of ours costs")
    options = parser.parse_args()
    frames = source(options.clip)
    for name in options.presets:
        work = recipes(name, options.seeds)
        if options.stages:
            stage_times(name, work, frames)
            continue
        equality(name, work, frames)
        _, wall = one_core(name, work, frames)
        two_workers(name, work, options.clip, wall)


if __name__ == "__main__":
    main()
