"""From a network and its settings to what runs shots."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.drive.engine import Engine
from ddsr_bench.vsr.drive.single import each_frame, each_step
from ddsr_bench.vsr.drive.window import each_window
from ddsr_bench.vsr.drive.windows import each_bidirectional, window_length
from ddsr_bench.vsr.method import Run, Settings, Temporal
from ddsr_bench.vsr.network import Network

_DRIVES: dict[Temporal, Callable[[Engine, Iterator[Frame]], Iterator[Frame]]] = {
    "frame": each_frame,
    "window": each_window,
    "forward": each_step,
    "bidirectional": each_bidirectional,
}


def network_run(name: str, module: Any, network: Network, scale: int, settings: Settings) -> Run:
    """What runs shots through a network.

    Args:
        name: of the method, for messages.
        module: the network with its weights; it is moved to the run's device.
        network: how it wants its frames.
        scale: output size / input size.
        settings: of the run.

    Raises:
        DdsrError: a device or precision that is not here, or windows shorter than their overlaps.
    """
    engine = Engine(name, module, network, scale, settings)
    drive = _DRIVES[network.drive]
    if network.drive == "bidirectional" and not settings.exact:
        window_length(engine)  # refuses a window that is too short before any frame is read

    def run(frames: Iterator[Frame]) -> Iterator[Frame]:
        given = iter(frames)
        return drive(engine, given if network.before is None else network.before(engine.module, given))

    return run
