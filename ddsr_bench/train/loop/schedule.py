"""The learning rate of a step: a function of its number alone, so a schedule has no state to lose."""

from __future__ import annotations

import math

from ddsr_bench.train.loop.config import LoopConfig


def rate_of(step: int, steps: int, config: LoopConfig) -> float:
    """The rate of step ``step`` (from 0) of ``steps``, as a share of the configured one.

    It rises in a line over the warm-up, reaching 1 at its last step, then falls by half a cosine to ``floor`` at the
    last step of all, or stays.
    """
    warm = math.ceil(config.warm_up * steps)
    if step < warm:
        return (step + 1) / warm
    if config.schedule == "constant":
        return 1.0
    done = (step - warm) / max(1, steps - 1 - warm)
    return config.floor + (1 - config.floor) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
