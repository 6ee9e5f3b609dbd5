"""How long a step will take, tried out before a run is begun."""

from __future__ import annotations

import time
from typing import Any

import torch

from ddsr_bench.train.loop.config import LoopConfig
from ddsr_bench.train.loop.ranks import Ranks
from ddsr_bench.train.loop.step import machine, take_step
from ddsr_bench.train.loop.task import Moment, Task
from ddsr_bench.train.loop.train import place_of


def seconds_of_a_step(task: Task, batch: Any, config: LoopConfig, device: str, seed: int) -> tuple[float, torch.device]:
    """Take two steps on a batch; the task's networks are worthless afterwards.

    Returns:
        Seconds of the second step, which has no set-up in it, and the device that took it.
    """
    place = place_of(device, config, Ranks())
    held = machine(task, config, place, Ranks())
    for step in range(2):
        began = time.perf_counter()
        take_step(task, held, batch, Moment(seed, 0, 0, step, task.steps), Ranks())
    return time.perf_counter() - began, place.device
