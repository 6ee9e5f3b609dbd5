"""What a method costs: time per frame without its warm-up, time to the first frame, memory, arithmetic."""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.runner import Upscaler

_MIB = 2**20
_SIDE, _FRAMES = 64, 5
# Below this share of the mean a frame was made together with the one before it.
_TOGETHER = 0.1


class Stopwatch:
    """Times a method frame by frame; the time that reading its input takes is not its own."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._reading = 0.0

    def timed(self, upscaler: Upscaler, frames: Iterator[Frame], clip: str) -> Iterator[Frame]:
        """What the method gives for ``frames``; ``seconds`` then holds a time for each."""
        made = upscaler(self._read(frames), clip=clip)
        while True:
            began, read = time.perf_counter(), self._reading
            frame = next(made, None)
            spent = time.perf_counter() - began - (self._reading - read)
            if frame is None:
                return
            self.seconds.append(spent)
            yield frame

    def _read(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        while True:
            began = time.perf_counter()
            frame = next(frames, None)
            self._reading += time.perf_counter() - began
            if frame is None:
                return
            yield frame


def shared_out(seconds: Sequence[float]) -> list[float]:
    """Times per frame where frames come in bursts, as from methods that look at a whole window first.

    A frame that took less than a tenth of the mean was made together with those before it: all frames of such a burst
    get the burst's mean. Frames that come one by one keep their own times.
    """
    mean = sum(seconds) / max(1, len(seconds))
    bursts: list[list[float]] = []
    for one in seconds:
        if bursts and one < _TOGETHER * mean:
            bursts[-1].append(one)
        else:
            bursts.append([one])
    return [sum(burst) / len(burst) for burst in bursts for _ in burst]


def quartiles(values: Sequence[float]) -> dict[str, float | int]:
    """``median``, ``low`` and ``high`` (quartiles) and ``n`` of values, at least one."""
    low, median, high = np.quantile(np.asarray(values, np.float64), [0.25, 0.5, 0.75])
    return {"median": float(median), "low": float(low), "high": float(high), "n": len(values)}


def forget_peak() -> None:
    """Let the highest memory use of this process be counted from here on, where the system can."""
    try:
        # Freed memory goes back to the system first: what earlier clips took is not this one's.
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")
    except (OSError, AttributeError):
        pass


def peak_mib() -> float | None:
    """Highest resident memory of this process in MiB since :func:`forget_peak`; None where it cannot be asked."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except (OSError, ValueError, IndexError):
        pass
    return _usage()


def _usage() -> float | None:
    try:
        import resource
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / _MIB if sys.platform == "darwin" else most / 1024


def gflops_per_megapixel(upscaler: Upscaler, frames: Iterable[Frame]) -> float | None:
    """Arithmetic of a network in 10^9 operations per 10^6 output pixels; None for methods that do not use torch.

    Multiplications and additions of convolutions and matrix products count one each, as torch's counter has them; what
    is not of these (warping, activations) is left out. Counted on up to five frames, cut to 64x64.

    Args:
        upscaler: ready, its networks loaded.
        frames: LR frames, uint8 (H, W, 3); read only where there is something to count.
    """
    if "torch" not in sys.modules:
        return None
    from torch.utils.flop_counter import FlopCounterMode

    height, width = (max(_SIDE, least) for least in upscaler.method.smallest)
    most = max(_FRAMES, upscaler.method.fewest)
    few = [np.ascontiguousarray(frame[:height, :width]) for frame in islice(frames, most)]
    counter: Any = FlopCounterMode(display=False)
    with counter:
        pixels = sum(made.shape[0] * made.shape[1] for made in upscaler(few))
    total = counter.get_total_flops()
    return total / 1e9 / (pixels / 1e6) if total else None
