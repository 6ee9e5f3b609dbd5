"""How far a result made in windows lies from that of the whole clip, and whether borders can be seen in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.method import Method, Settings
from ddsr_bench.vsr.runner import Upscaler


@dataclass(frozen=True)
class WindowDifference:
    """Windowed against exact, in levels of 255.

    Attributes:
        frames: how many were compared.
        largest: largest difference of a sample.
        psnr: of all frames, dB; infinite where they are equal.
        by_frame: mean absolute difference of each frame.
        flicker: largest amount by which two neighbouring frames change more (mean absolute change of a sample) in the
            windowed result than in the exact one: a border that one could see.
        motion: mean absolute change from frame to frame in the exact result, to hold ``flicker`` against.
    """

    frames: int
    largest: int
    psnr: float
    by_frame: tuple[float, ...]
    flicker: float
    motion: float


def window_difference(
    method: Method, frames: Sequence[Frame], settings: Settings | None = None, *, scale: float | None = None
) -> WindowDifference:
    """Run a method in windows and on the whole clip, which must fit into memory.

    Args:
        method: one that goes both ways.
        frames: uint8 (H, W, 3), longer than a window.
        settings: of both runs.
        scale: as for :class:`Upscaler`.

    Raises:
        DdsrError: the method has no windows in time, or what it refuses.
    """
    if method.temporal != "bidirectional":
        raise DdsrError(f"method {method.name!r}: has no windows in time ({method.temporal}); its result is exact")
    chosen = settings or Settings()
    windowed, exact = (
        Upscaler(method, replace(chosen, exact=one), scale=scale, cuts=False)(frames) for one in (False, True)
    )
    return compare_frames(windowed, exact)


def compare_frames(made: Iterator[Frame], exact: Iterator[Frame]) -> WindowDifference:
    """The differences of two results of equal length, uint8 (H, W, 3) each.

    Raises:
        ValueError: of different lengths.
    """
    largest, squares, samples = 0, 0.0, 0
    means: list[float] = []
    changes: list[tuple[float, float]] = []
    before: tuple[Frame, Frame] | None = None
    for one, other in zip(made, exact, strict=True):
        apart = np.abs(one.astype(np.int16) - other)
        largest = max(largest, int(apart.max()))
        squares += float((apart.astype(np.float64) ** 2).sum())
        samples += apart.size
        means.append(float(apart.mean()))
        if before is not None:
            changes.append((_change(one, before[0]), _change(other, before[1])))
        before = (one, other)
    error = squares / max(samples, 1)
    return WindowDifference(
        frames=len(means),
        largest=largest,
        psnr=float(10 * np.log10(255**2 / error)) if error else float("inf"),
        by_frame=tuple(means),
        flicker=max((ours - theirs for ours, theirs in changes), default=0.0),
        motion=float(np.mean([theirs for _, theirs in changes])) if changes else 0.0,
    )


def _change(one: Frame, other: Frame) -> float:
    return float(np.abs(one.astype(np.int16) - other).mean())
