"""What the parts of an evaluation hand to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ScoreTable:
    """Scores of people and of metrics for the same n videos.

    Attributes:
        name: the file's name, for messages and headings.
        video_ids: n distinct names.
        mos: float64 (n,), finite; mean opinion scores in their own unit, higher is better.
        metrics: by metric name float64 (n,), finite, in the metric's own direction.
        features: by name of an opinion-aware metric its features, float64 (n, d), finite.
        sources: the source of each video, or None; ``methods`` and ``inputs`` (LR ids) alike.
        mos_ci95: half width of each MOS' 95 % interval, float64 (n,), or None where no spread is given.
        n_ratings: ratings behind each MOS, float64 (n,), or None.
        score_origin: ``"subjective"``, ``"simulated"``, ``"none"``, or ``"unstated"``.
        columns: which column of the file was taken for what (``mos``, ``source``, ``method``, ``input``, ...).
        notes: what was guessed, left out or dropped, a sentence each, for the report.
    """

    name: str
    video_ids: tuple[str, ...]
    mos: Floats
    metrics: Mapping[str, Floats]
    features: Mapping[str, Floats] = field(default_factory=dict)
    sources: tuple[str, ...] | None = None
    methods: tuple[str, ...] | None = None
    inputs: tuple[str, ...] | None = None
    mos_ci95: Floats | None = None
    n_ratings: Floats | None = None
    score_origin: str = "unstated"
    columns: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Curve:
    """A fitted mapping from a metric's values to MOS, drawn: all float64 (k,), ``x`` ascending.

    ``low`` and ``high`` are the pointwise 95 % band of the resampled fits, NaN where there is none.
    """

    x: Floats
    y: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Evaluation:
    """A finished evaluation: what ``results.json`` says and the arrays that the figures draw.

    Attributes:
        table: what was evaluated.
        results: the content of ``results.json`` (plain dicts, lists, numbers; None where a number is undefined).
        predictions: by metric float64 (n,) in the metric's own direction; NaN where a trained metric never
            predicted a video.
        mapped: by metric float64 (n,), ``predictions`` mapped to MOS.
        curves: by metric the mapping and its band.
    """

    table: ScoreTable
    results: Mapping[str, Any]
    predictions: Mapping[str, Floats]
    mapped: Mapping[str, Floats]
    curves: Mapping[str, Curve]
