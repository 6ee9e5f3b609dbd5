"""From the values of a clip's frames to the clip's score."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.metric import Floats, Metric

Pooling = Literal["mean", "harmonic", "hysteresis", "last"]
POOLINGS: tuple[Pooling, ...] = ("mean", "harmonic", "hysteresis", "last")

#: How long people remember, in seconds, and the weight of what they see against what they remember.
MEMORY_S = 2.0
SEEN = 0.8


def pool(metric: Metric, values: Floats, pooling: Pooling | None = None, *, fps: float = 25.0) -> dict[str, float]:
    """The clip's score, or one for each column.

    Args:
        metric: whose values they are.
        values: float64 (n, k), n at least 1.
        pooling: None takes the metric's own. A measure whose value is the clip's (``pooling="last"``) keeps that.
        fps: values per second, for ``"hysteresis"``.

    Returns:
        by column (:func:`score_columns`), in order.

    Raises:
        DdsrError: ``"harmonic"`` of a value that is not above 0.
    """
    kind = "last" if metric.pooling == "last" else pooling or metric.pooling
    names = score_columns(metric)
    return {name: _pooled(metric, name, values[:, i], kind, fps) for i, name in enumerate(names)}


def score_columns(metric: Metric) -> tuple[str, ...]:
    """Names of a metric's scores in tables: its own, or ``name-column`` for each of several columns."""
    return tuple(f"{metric.name}-{column}" for column in metric.columns) or (metric.name,)


def harmonic(values: Floats) -> float:
    """``n / sum(1 / values)``: low values weigh more; all must be above 0."""
    return float(len(values) / np.sum(1 / values))


def hysteresis(values: Floats, fps: float) -> float:
    """Mean of qualities as people who remember bad moments report them; higher is better.

    K. Seshadrinathan, A. C. Bovik, "Temporal hysteresis model of time varying subjective video quality", ICASSP 2011
    (doi:10.1109/ICASSP.2011.5946613), with the constants of Tu et al.'s comparison of poolings (ICIP 2020): with
    r = 2 s in frames,

        l(t) = min of q(t-r) .. q(t-1)    what is remembered; l(0) = q(0)
        m(t) = sum_j w_j v_j              what is seen: v = q(t) .. q(t+r-1) in ascending order
        q'(t) = .8 m(t) + .2 l(t),

    w a half Gaussian that falls from the worst value on, of standard deviation (2 K - 1) / 6 for K values, sum 1.

    Args:
        values: float64 (n,).
        fps: values per second.
    """
    reach = max(1, round(MEMORY_S * fps))
    count = len(values)
    seen = np.array([_worst_first(values[t : t + reach]) for t in range(count)])
    remembered = np.array([values[max(0, t - reach) : max(1, t)].min() for t in range(count)])
    return float(np.mean(SEEN * seen + (1 - SEEN) * remembered))


def _pooled(metric: Metric, name: str, values: Floats, kind: Pooling, fps: float) -> float:
    if kind == "last":
        return float(values[-1])
    if kind == "harmonic":
        if values.min() <= 0:
            raise DdsrError(f"{name}: has the value {values.min():g}, and only values above 0 have a harmonic mean")
        return harmonic(values)
    if kind == "hysteresis":
        sign = -1.0 if metric.higher_is_better is False else 1.0
        return sign * hysteresis(sign * values, fps)
    # Summed exactly, so that it is the same on every processor.
    return math.fsum(values) / len(values)


def _worst_first(values: Floats) -> float:
    deviation = (2 * len(values) - 1) / 6
    weights = np.exp(-0.5 * (np.arange(len(values)) / deviation) ** 2)
    return float(np.sort(values) @ weights / weights.sum())
