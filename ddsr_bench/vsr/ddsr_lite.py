"""How DDSR-lite and its twins are built, loaded and driven."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.method import Method
from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method

# Measured with trained weights (reports/ddsr/long.py): what lies further ahead changes a pixel by a grey level at most.
_OVERLAP = 8


def build(scale: int, **sizes: int) -> Any:
    """The network that a file's sizes ask for, with random weights."""
    from ddsr_bench.vsr.archs.ddsr_lite import DdsrLite

    return DdsrLite(scale, **sizes)  # type: ignore[arg-type]


def as_shipped(scale: int) -> Any:
    """The network whose weights come with the package, with random ones."""
    return build(scale, aligned=True)


def before(module: Any, frames: Iterator[Frame]) -> Iterator[Frame]:
    """What a network that wants it gets beside the frames of a shot."""
    if not module.aligned:
        return frames
    from ddsr_bench.vsr.classical.aligned import aligned

    return aligned(frames)


# One mean for all channels, however many there are.
NETWORK = Network(
    build=as_shipped, drive="bidirectional", multiple=2, overlap=_OVERLAP, mean=(0.0,), std=(1.0,), before=before
)


def lite_method(name: str, scale: int) -> Method:
    """A method that is DDSR-lite with weights of its own."""
    from functools import partial

    from ddsr_bench.vsr.shipped import own_network

    return network_method(
        name, NETWORK, scales=(scale,), smallest=(2, 2), load=partial(own_network, name, "lite", build)
    )
