"""What a measure is to the rest of the program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.frames import Frames

Floats = NDArray[np.float64]


class Scorer(Protocol):
    """One measure at work on one clip; batches come in order."""

    def add(self, frames: Frames, reference: Frames | None) -> Floats:
        """Take the next frames, return the values that are ready: per-frame measures one for each frame.

        A measure that needs neighbours may return fewer values than frames, or none.
        """

    def finish(self) -> Floats:
        """Return the values still to come after the last frame; most have none."""


@dataclass(frozen=True)
class Metric:
    """A quality measure.

    Attributes:
        name: as on the command line; its card is ``baselines/qa/<name>.toml``.
        version: raised whenever a value changes, so that stored scores are computed anew.
        reference: ``"FR"`` needs the aligned sharp clip, ``"NR"`` does not.
        higher_is_better: which way it points; None where a user's own measure does not say.
        start: makes a scorer for one clip; raises DdsrError where a model file is missing.
        smallest: least (height, width) that has a score.
        columns: names of the values, for measures that give several per frame; empty for one value named ``name``.
        pooling: how values become the clip's score unless told: ``"mean"``, ``"hysteresis"`` for those made with it, or
            ``"last"`` for clip-level measures.
        parameters: what else decides a value, as JSON (the sha256 of a fitted model, say): stored scores are kept
            apart by it.
    """

    name: str
    version: str
    reference: Literal["FR", "NR"]
    higher_is_better: bool | None
    start: Callable[[], Scorer]
    smallest: tuple[int, int] = (1, 1)
    columns: tuple[str, ...] = ()
    pooling: Literal["mean", "hysteresis", "last"] = "mean"
    parameters: Mapping[str, Any] = field(default_factory=dict)


class PerFrame:
    """A scorer for measures whose value of a frame depends on that frame alone.

    Args:
        score: frames (and reference) -> float64 (B,), or (B, k) for k columns.
    """

    def __init__(self, score: Callable[[Frames, Frames | None], Floats]) -> None:
        self._score = score

    def add(self, frames: Frames, reference: Frames | None) -> Floats:
        """Score each frame."""
        return self._score(frames, reference)

    def finish(self) -> Floats:
        """Nothing is left."""
        return np.zeros(0)
