"""RW-VSR-QA on one clip as it streams by: a key frame in the middle of every six, its score for all six."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats
from ddsr_bench.quality.one_torch_thread import one_torch_thread
from ddsr_bench.quality.rw_vsr_qa.fragments import KEY, SPAN, Box, is_key, key_fragments, native_count

if TYPE_CHECKING:
    from ddsr_bench.quality.rw_vsr_qa.checkpoint import Calibration
    from ddsr_bench.quality.rw_vsr_qa.network import Opinion, RwVsrQa

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class KeyScores:
    """What the network says of one key frame.

    Attributes:
        number: of the frame.
        score: 1 to 5.
        patches: float64 (P,), the patches' opinions on the same scale, unbounded.
        weights: float64 (P,), their shares in the weighed mean.
        boxes: where they are.
        features: float64 (48,), what a regressor may be trained on: 45 levels of the frame, the logarithm of how far
            pixels move, then what the network's learnt member and its regressions say; None where it has none.
    """

    number: int
    score: float
    patches: Floats
    weights: Floats
    boxes: tuple[Box, ...]
    features: Floats | None = None


class KeyFrames:
    """Looks at the key frames of a stream of frames; keeps one frame.

    Args:
        network: in evaluation mode.
        calibration: from what it says to MOS.
    """

    def __init__(self, network: RwVsrQa, calibration: Calibration) -> None:
        self._network, self._calibration = network, calibration
        self._before: Bytes | None = None
        self._count = 0
        self.seen = False

    def add(self, frame: Bytes) -> KeyScores | None:
        """Take the next frame, uint8 (H, W, 3); the scores if it is a key frame."""
        number, before = self._count, self._before
        # The frames belong to whoever gave them.
        self._before, self._count = frame.copy(), number + 1
        if before is None or not is_key(number):
            return None
        self.seen = True
        return self._scores(before, frame, number)

    def last(self) -> KeyScores | None:
        """In a clip too short for a key frame, the last frame taken for one; None of an empty clip."""
        if self._before is None or self.seen:
            return None
        return self._scores(self._before, self._before, self._count - 1)

    def _scores(self, before: Bytes, frame: Bytes, number: int) -> KeyScores:
        import torch

        patches, boxes, motion = key_fragments(before, frame)
        native = native_count(*frame.shape[:2])
        with torch.inference_mode(), one_torch_thread():
            said = self._network(torch.from_numpy(patches)[None, None], native, torch.tensor([[motion]]))
        line = self._calibration
        opinions = line.offset + line.slope * said.patches[0, 0].double().numpy()
        return KeyScores(
            number=number,
            score=bounded(line.offset + line.slope * float(said.frames[0, 0])),
            patches=opinions,
            weights=said.weights[0, 0].double().numpy(),
            boxes=tuple(boxes),
            features=_features(said, motion),
        )


def _features(said: Opinion, motion: float) -> Floats | None:
    import torch

    from ddsr_bench.quality.rw_vsr_qa.network import pace
    from ddsr_bench.quality.rw_vsr_qa.network_statistics import LEVELS, STATISTICS

    if said.statistics is None or said.measured is None:
        return None
    levels = said.statistics[0, 0, STATISTICS - LEVELS : STATISTICS].double().numpy()
    return np.array(
        [
            *levels,
            float(pace(torch.tensor(motion, dtype=torch.float64))),
            float(said.learnt[0, 0]),
            float(said.measured[0, 0]),
        ]
    )


def bounded(score: float) -> float:
    """A score within 1..5: as it is from 1.2 to 4.8, beyond that drawn in smoothly, so that order is never lost."""
    reach = 0.2
    if score > 5 - reach:
        return 5 - reach + reach * float(np.tanh((score - 5 + reach) / reach))
    if score < 1 + reach:
        return 1 + reach + reach * float(np.tanh((score - 1 - reach) / reach))
    return score


def score_of(key: KeyScores) -> Floats:
    """The score, (1,)."""
    return np.array([key.score])


class RwVsrQaScorer:
    """A metric at work: values for each frame, those of the key frame that speaks for it.

    Args:
        keys: fresh.
        values: of a key frame, (k,).
    """

    def __init__(self, keys: KeyFrames, values: Callable[[KeyScores], Floats] = score_of) -> None:
        self._keys, self._values = keys, values
        self._waiting = 0
        self._known: Floats | None = None
        self._number = 0

    def add(self, frames: Frames, reference: Frames | None) -> Floats:
        """Values that are ready, (n, k)."""
        found = [value for frame in frames.rgb for value in self._of(frame)]
        return np.array(found) if found else np.zeros(0)

    def _of(self, frame: Bytes) -> Iterator[Floats]:
        found = self._keys.add(frame)
        place = self._number % SPAN
        self._number += 1
        if found is not None:
            self._known = self._values(found)
        # Those before a key frame wait for it.
        if place < KEY or self._known is None:
            self._waiting += 1
            return
        yield from [self._known] * (self._waiting + 1)
        self._waiting = 0

    def finish(self) -> Floats:
        """The values of frames after the last key frame's six."""
        found = self._keys.last()
        known = self._known if found is None else self._values(found)
        if known is None or not self._waiting:
            return np.zeros(0)
        return np.tile(known, (self._waiting, 1))
