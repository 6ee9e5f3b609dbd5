"""From scenes to clips: the exposure, in linear light, and the encoding to bytes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ddsr_bench.data.scenes.colour import encode
from ddsr_bench.data.scenes.scene import Array, Scene
from ddsr_bench.errors import DdsrError


def render_clip(
    scene: Scene, frames: int = 30, fps: float = 24.0, shutter: float = 0.0, samples: int = 1
) -> Iterator[Array]:
    """Yield the frames of a clip: ``uint8 (H, W, 3)``, RGB, full range, sRGB-encoded.

    Frame n shows ``n / fps`` seconds. With ``shutter`` above 0 its exposure is *centred* on that moment, so a
    blurred clip lies on the sharp one (shutter 0) without a shift.

    Args:
        scene: what to film.
        frames: number of frames, at least 1.
        fps: frames a second, above 0.
        shutter: exposure as a part of the frame time, 0 (sharp) to 1 (always open).
        samples: sub-frames that an exposure is the mean of, at least 1; unused at shutter 0.

    Raises:
        DdsrError: an argument out of its range (at the call, not at the first frame).
    """
    if frames < 1 or not fps > 0:
        raise DdsrError(f"clip of {scene.kind!r}: {frames} frames at {fps} fps; use at least 1 and a positive rate")
    if not 0 <= shutter <= 1 or samples < 1:
        raise DdsrError(
            f"clip of {scene.kind!r}: shutter {shutter}, {samples} samples; use a shutter of 0 to 1, 1 sample or more"
        )
    length, count = (shutter / fps, samples) if shutter else (0.0, 1)
    return (encode(expose(scene, n / fps, length, count)) for n in range(frames))


def expose(scene: Scene, time: float, length: float, samples: int) -> Array:
    """Return ``float32 (H, W, 3)`` linear light: the mean of ``samples`` instants spread evenly over ``length``
    seconds around ``time`` (the middles of equal parts).
    """
    moments = exposure_times(time, length, samples)
    total = np.zeros((scene.height, scene.width, 3), np.float64)
    for moment in moments:
        total += scene.render(moment)
    return (total / len(moments)).astype(np.float32)


def exposure_times(time: float, length: float, samples: int) -> list[float]:
    """Return the instants, in seconds, of an exposure of ``length`` seconds centred on ``time``."""
    return [time + length * ((k + 0.5) / samples - 0.5) for k in range(samples)]
