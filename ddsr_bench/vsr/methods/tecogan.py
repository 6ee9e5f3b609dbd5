"""TecoGAN (x4 and x2), the models for BD degradation.

As its authors test: the five frames behind the first are shown in front of it, last one first, and their outputs are
dropped, so that the first output has a past to build on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import Any

from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.method import Method, Run, Settings
from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method

_LEAD = 5


def _build(scale: int) -> Any:
    from ddsr_bench.vsr.archs.tecogan import FRNet

    return FRNet(scale=scale).eval()


def led_in(method: Method, count: int = _LEAD) -> Method:
    """``method``, with up to ``count`` mirrored frames in front of each shot, whose outputs are dropped."""

    def start(settings: Settings) -> Run:
        run = method.start(settings)

        def led(frames: Iterator[Frame]) -> Iterator[Frame]:
            first = list(islice(frames, count + 1))
            lead = first[:0:-1]
            return islice(run(chain(lead, first, frames)), len(lead), None)

        return led

    return replace(method, start=start)


NETWORK = Network(build=_build, drive="forward")
METHOD = led_in(network_method("tecogan", NETWORK, scales=(4, 2), smallest=(8, 8)))
