"""Scenes of one or more surfaces at different distances, seen by one moving camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ddsr_bench.data.scenes.camera import CameraPath, Pinhole
from ddsr_bench.data.scenes.scene import Array
from ddsr_bench.data.scenes.texture import Texture, centred_scale


@dataclass(frozen=True)
class Layer:
    """A surface: its texture, its distance in focal lengths, its texels a screen pixel at that distance."""

    texture: Texture
    distance: float
    texels: float


@dataclass(frozen=True)
class LayeredScene:
    """Layers from far to near under one camera; with a single layer the flow is known exactly."""

    kind: str
    seed: int
    width: int
    height: int
    camera: Pinhole
    path: CameraPath
    layers: tuple[Layer, ...]

    def render(self, time: float) -> Array:
        """Return ``float32 (H, W, 3)`` linear light in [0, 1] at ``time`` seconds: nearer layers over farther."""
        seen = [layer.texture.sample(self.to_texels(layer, time), self.width, self.height) for layer in self.layers]
        picture = seen[0][..., :3]
        for front in seen[1:]:
            picture = over(front, picture)
        return np.clip(picture, 0, 1)

    def flow(self, start: float, end: float) -> Array | None:
        """Return the exact ``float32 (H, W, 2)`` motion in pixels of a one-layer scene, else None."""
        if len(self.layers) > 1:
            return None
        layer = self.layers[0]
        move = np.linalg.solve(self.to_texels(layer, end), self.to_texels(layer, start))
        return displacement(move, self.width, self.height)

    def to_texels(self, layer: Layer, time: float) -> Array:
        """Return the 3x3 matrix from screen pixels to texels of ``layer`` at ``time`` seconds."""
        plane = self.camera.to_plane(self.path.pose(time), layer.distance)
        return np.asarray(centred_scale(layer.texels / layer.distance) @ plane)


def over(front: Array, back: Array) -> Array:
    """Composite premultiplied ``(H, W, 4)`` over opaque ``(H, W, 3)``, both float32 linear light.

    Source: Porter and Duff, "Compositing digital images", SIGGRAPH 1984.
    """
    return np.asarray(front[..., :3] + back * (1 - front[..., 3:]))


def displacement(move: Array, width: int, height: int) -> Array:
    """Return ``float32 (height, width, 2)`` of (dx, dy) for the homography ``move`` between screen pixels."""
    x = np.arange(width, dtype=np.float64)
    y = np.arange(height, dtype=np.float64)[:, None]
    u, v, w = (row[0] * x + row[1] * y + row[2] for row in move)
    return np.stack([u / w - x, v / w - y], axis=-1).astype(np.float32)
