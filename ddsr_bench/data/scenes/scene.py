"""What a scene is: light as a function of continuous time, and the words that all scenes share."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


class Scene(Protocol):
    """A procedural source: ask for any moment in any order, the answer depends on the moment alone."""

    @property
    def kind(self) -> str:
        """Name of the kind, as in :func:`~ddsr_bench.data.scenes.scene_kinds`."""
        ...

    @property
    def seed(self) -> int:
        """The seed that the scene was made with."""
        ...

    @property
    def width(self) -> int:
        """Frame width in pixels."""
        ...

    @property
    def height(self) -> int:
        """Frame height in pixels."""
        ...

    def render(self, time: float) -> Array:
        """Return ``float32 (H, W, 3)`` in [0, 1], linear light with sRGB primaries, at ``time`` seconds.

        The picture is of one instant (no motion blur) and antialiased over each pixel's square.
        """
        ...

    def flow(self, start: float, end: float) -> Array | None:
        """Return where pixels go: ``float32 (H, W, 2)`` of (dx, dy) in pixels, or None where not known.

        The point seen at pixel (x, y) at ``start`` seconds is at (x + dx, y + dy) at ``end``. Exact for scenes
        in which only the camera moves over one surface; None for scenes of several surfaces.
        """
        ...
