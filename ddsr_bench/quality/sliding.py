"""A scorer for measures of a few consecutive frames; what it returns does not depend on how they are batched."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.checks import finite
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats


class Sliding:
    """Scores every ``span`` consecutive frames: a clip of T frames has T - span + 1 values.

    Args:
        name: the measure's name, for messages.
        span: how many frames one value takes.
        prepare: frames (and reference) -> what is kept of each frame, not a view of the batch.
        score: ``span`` kept things, oldest first -> a value, or one for each of several columns.
        columns: how many values a score has.
    """

    def __init__(
        self,
        name: str,
        span: int,
        prepare: Callable[[Frames, Frames | None], Iterable[Any]],
        score: Callable[..., float | tuple[float, ...]],
        columns: int = 1,
    ) -> None:
        self._name, self._span, self._prepare, self._score = name, span, prepare, score
        self._shape = () if columns == 1 else (columns,)
        self._recent: deque[Any] = deque(maxlen=span)

    def add(self, frames: Frames, reference: Frames | None) -> Floats:
        """Values of all spans that end in these frames; float64 (n,), or (n, k) for k columns."""
        values = []
        for kept in self._prepare(frames, reference):
            self._recent.append(kept)
            if len(self._recent) == self._span:
                values.append(self._score(*self._recent))
        shape = (len(values), *self._shape)
        return finite(self._name, np.array(values, np.float64).reshape(shape))

    def finish(self) -> Floats:
        """Nothing is left.

        Raises:
            DdsrError: the clip was shorter than one span.
        """
        if len(self._recent) < self._span:
            raise DdsrError(
                f"{self._name}: compares {self._span} neighbouring frames, the clip has {len(self._recent)}; "
                f"give a longer clip or leave {self._name} out"
            )
        return np.zeros((0, *self._shape))
