"""How a parameter moves over a clip: the published small steps, and a drift that really moves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def published_walk(
    rng: np.random.Generator, start: float, step: float, low: float, high: float, frames: int
) -> list[float]:
    """RealBasicVSR's walk: ``p <- clip(p + U(-step, step), low, high)`` from frame to frame.

    With the published steps most parameters move by 1-4 % of their range over 30 frames.
    """
    moves = rng.uniform(-step, step, max(frames - 1, 0))
    values = [start]
    for move in moves:
        values.append(min(max(values[-1] + move, low), high))
    return values


def smooth_drift(
    rng: np.random.Generator, start: float, drift: float, low: float, high: float, frames: int, fps: float
) -> list[float]:
    """A smooth random walk that leaves its start by about ``drift`` of the range (RMS) within one second.

    The velocity is a first-order autoregressive process with a time constant of a quarter of a second, so the
    parameter glides as a camera's servo does; the path is folded back at the ends of the range (reflection), so
    it stays inside without sticking to them.
    """
    span = high - low
    if span <= 0 or frames < 1:
        return [start] * frames
    memory = math.exp(-4.0 / fps)
    speed = drift * span * math.sqrt((1 - memory) / (1 + memory)) / math.sqrt(fps)
    noise = rng.standard_normal(frames) * speed * math.sqrt(1 - memory**2)
    velocity, position = rng.standard_normal() * speed, 0.0
    path = []
    for kick in noise:
        path.append(position)
        velocity = memory * velocity + kick
        position += velocity
    return [float(value) for value in reflect(np.asarray(path) + start, low, high)]


def reflect(values: np.ndarray[Any, Any], low: float, high: float) -> np.ndarray[Any, Any]:
    """Fold ``values`` into [low, high] as a mirror at both ends does."""
    span = high - low
    folded = np.abs((values - low + span) % (2 * span) - span)
    return np.asarray(low + folded)
