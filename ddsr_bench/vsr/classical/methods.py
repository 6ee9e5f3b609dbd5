"""From functions of frames to methods: what depends on one frame, and what looks around."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence

from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.classical.pixels import one_thread
from ddsr_bench.vsr.method import Method, Run, Settings, chosen_options, chosen_scale

SCALES = (4, 2, 3)
Options = Mapping[str, tuple[float, float, float]]


def frame_method(
    name: str,
    upscale: Callable[..., Frame],
    *,
    version: str = "1",
    options: Options | None = None,
    scales: tuple[int, ...] = SCALES,
) -> Method:
    """A method of single frames: ``upscale(frame uint8 (H, W, 3), scale, **options) -> uint8 (sH, sW, 3)``."""

    def start(settings: Settings) -> Run:
        scale, values = chosen_scale(method, settings), chosen_options(method, settings)

        def run(frames: Iterator[Frame]) -> Iterator[Frame]:
            for frame in frames:
                with one_thread():
                    done = upscale(frame, scale, **values)
                yield done

        return run

    method = Method(name=name, version=version, scales=scales, start=start, options=options or {})
    return method


def window_method(
    name: str,
    make: Callable[..., Callable[[Sequence[Frame], int], Frame]],
    *,
    radius: int,
    version: str = "1",
    options: Options | None = None,
) -> Method:
    """A method of a frame and up to ``radius`` neighbours on each side, fewer at the ends of a shot.

    ``make(scale, **options)`` is called once for each shot; what it returns is called with the frames of the window and
    the index in it of the frame to make, so it may keep what it knows of neighbours from one call to the next.
    """

    def start(settings: Settings) -> Run:
        scale, values = chosen_scale(method, settings), chosen_options(method, settings)

        def run(frames: Iterator[Frame]) -> Iterator[Frame]:
            upscale = make(scale, **values)
            for window, middle in windows(frames, radius):
                with one_thread():
                    done = upscale(window, middle)
                yield done

        return run

    method = Method(name=name, version=version, scales=SCALES, start=start, temporal="window", options=options or {})
    return method


def windows(frames: Iterator[Frame], radius: int) -> Iterator[tuple[list[Frame], int]]:
    """Yield for each frame the frames around it, ``radius`` on each side where there are, and its index among them."""
    held: deque[Frame] = deque(maxlen=2 * radius + 1)
    waiting = 0  # frames at the end of ``held`` that have not been the middle
    for frame in frames:
        held.append(frame)
        waiting += 1
        if waiting > radius:
            yield list(held), len(held) - waiting
            waiting -= 1
    while waiting:
        yield list(held)[-(waiting + radius) :], min(radius, len(held) - waiting)
        waiting -= 1
