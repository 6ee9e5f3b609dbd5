"""Does making training data cost training time? DDSR's loop beside the same steps on one batch that is there already.

Run ``python tests/benchmarks/bench_train.py FOLDER [--config ddsr-lite-x4] [--steps 8] [--rounds 5] [--workers 2]
[--cache FOLDER]``, FOLDER holding HR clips or a built dataset. The two sides take turns in one process: steps on
batches from the loader, which degrades clips meanwhile, and steps on the first of these batches again and again.
Printed are medians of seconds a step, their ratio, and the share of time in which the loop waited for a batch. The
aims: a ratio of at most 1.1, and less than 5 % of waiting. Workers and training share the processor's cores, where
training is not on a GPU.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ddsr_bench.train.ddsr.run import Options, task_of
from ddsr_bench.train.loop.ranks import Ranks
from ddsr_bench.train.loop.step import Machine, machine, take_step
from ddsr_bench.train.loop.task import Moment
from ddsr_bench.train.loop.train import place_of


def endless(task: Any) -> Iterator[Any]:
    """The loader's batches, epoch after epoch."""
    epoch = 0
    while True:
        yield from task.batches(epoch, 0, Ranks())
        epoch += 1


def steps(task: Any, held: Machine, batches: Iterator[Any], count: int) -> tuple[float, float]:
    """Seconds a step, and the share of them that went by waiting for a batch."""
    waited, began = 0.0, time.perf_counter()
    for step in range(count):
        asked = time.perf_counter()
        batch = next(batches)
        waited += time.perf_counter() - asked
        take_step(task, held, batch, Moment(0, 0, step, step, count), Ranks())
    whole = time.perf_counter() - began
    return whole / count, waited / whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--config", default="ddsr-lite-x4")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cache", type=Path, help="decoded and degraded clips of another run")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        options = Options(
            data=given.folder,
            out=Path(folder),
            config=given.config,
            device=given.device,
            workers=given.workers,
            cache=given.cache,
        )
        task = task_of(options)
        held = machine(task, task.config.loop, place_of(given.device, task.config.loop, Ranks()), Ranks())
        batches = endless(task)
        first = next(batches)
        steps(task, held, iter(lambda: first, None), 2)
        fed: list[tuple[float, float]] = []
        bare: list[float] = []
        for number in range(given.rounds):
            fed.append(steps(task, held, batches, given.steps))
            bare.append(steps(task, held, iter(lambda: first, None), given.steps)[0])
            ratio = fed[-1][0] / bare[-1]
            print(f"round {number + 1}: {fed[-1][0]:.3f} s a step, bare {bare[-1]:.3f} s, {ratio:.2f}")
        ratios = [one[0] / other for one, other in zip(fed, bare, strict=True)]
        waited = statistics.median(share for _, share in fed)
        print(f"median: {statistics.median(ratios):.2f} times the bare step; {100 * waited:.1f} % of the time waiting")
        del batches


if __name__ == "__main__":
    main()
