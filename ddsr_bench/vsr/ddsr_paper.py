"""The chain that the authors' figure shows: blur-level identification and deblurring -> generator -> SCUNet.

What the figure does not say is our choice: the front is :mod:`ddsr_bench.vsr.classical.blur_front`, and SCUNet is the
one trained for real noise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.classical.blur_front import blur_front
from ddsr_bench.vsr.classical.pixels import one_thread
from ddsr_bench.vsr.method import Method, Run, Settings, chosen_options
from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method
from ddsr_bench.vsr.shipped import own_network

_OPTIONS = {"deblur": (0.0, 4.0, 1.0), "denoise": (0.0, 1.0, 1.0)}


def build(scale: int) -> Any:
    """The generator, with random weights."""
    from ddsr_bench.vsr.archs.tecogan import FRNet

    return FRNet(scale=scale)


NETWORK = Network(build=build, drive="forward")


def paper_method(name: str, scale: int) -> Method:
    """The chain with a generator of its own.

    Options: ``deblur``, the least blur in pixels that is worked against; ``denoise``, 1 for SCUNet behind the generator
    and 0 for none.
    """
    generator = network_method(name, NETWORK, scales=(scale,), load=partial(own_network, name, "frvsr", build))

    def start(settings: Settings) -> Run:
        options = chosen_options(method, settings)
        enlarge = generator.start(replace(settings, options={}))
        clean = _scunet(settings) if options["denoise"] >= 0.5 else None

        def run(frames: Iterator[Frame]) -> Iterator[Frame]:
            made = enlarge(_deblurred(frames, options["deblur"]))
            return made if clean is None else clean(made)

        return run

    method = replace(generator, start=start, options=_OPTIONS)
    return method


def _deblurred(frames: Iterator[Frame], least: float) -> Iterator[Frame]:
    for frame in frames:
        with one_thread():
            done = blur_front(frame, least=least)
        yield done


def _scunet(settings: Settings) -> Run:
    from ddsr_bench.vsr.methods.scunet import METHOD

    return METHOD.start(replace(settings, scale=1, weights=None, options={}))
