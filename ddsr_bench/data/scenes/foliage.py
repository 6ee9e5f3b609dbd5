"""Kind ``foliage``: plants in three depths that sway in the wind before a travelling camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ddsr_bench.data.scenes.camera import Sway, draw_path, draw_speed, draw_sway, pinhole
from ddsr_bench.data.scenes.layered import Layer, LayeredScene, over
from ddsr_bench.data.scenes.leaves import draw_leaves, paint_labels, shade
from ddsr_bench.data.scenes.noise import dapple, fractal
from ddsr_bench.data.scenes.plants import grow, paint
from ddsr_bench.data.scenes.scene import Array
from ddsr_bench.data.scenes.texture import TEXELS, build_texture, tile_size
from ddsr_bench.seeding import generator

# From far to near: distance in focal lengths, plants on a tile, stem and leaf length in 640-wide pixels.
_DEPTHS = ((1.3, 26, 58.0, 13.0), (1.05, 13, 84.0, 20.0), (0.85, 4, 110.0, 30.0))
_WIND = 0.035  # shear: how far the top of a tile leans, in its heights
_GUST = 5.0  # pixels of a 640-wide frame


@dataclass(frozen=True)
class SwayingScene:
    """A ground and layers of plants, each with its own sway across, down and in shear."""

    kind: str
    seed: int
    width: int
    height: int
    ground: LayeredScene
    plants: tuple[Layer, ...]
    sways: tuple[tuple[Sway, Sway, Sway], ...]

    def render(self, time: float) -> Array:
        """Return ``float32 (H, W, 3)`` linear light in [0, 1] at ``time`` seconds."""
        picture = self.ground.render(time)
        for layer, (across, down, lean) in zip(self.plants, self.sways, strict=True):
            shear = np.array([[1, lean.at(time), across.at(time)], [0, 1, down.at(time)], [0, 0, 1.0]])
            matrix = shear @ self.ground.to_texels(layer, time)
            picture = over(layer.texture.sample(matrix, self.width, self.height), picture)
        return np.clip(picture, 0, 1)

    def flow(self, start: float, end: float) -> Array | None:
        """Return None: leaves hide and uncover each other."""
        return None


def build(seed: int, width: int, height: int) -> SwayingScene:
    """Make the scene; see :func:`ddsr_bench.data.scenes.make_scene`."""
    rng = generator("scene", "foliage", seed, "camera")
    camera = pinhole(width, height)
    path = draw_path(rng, camera, speed=0.4 * draw_speed(rng, width))
    ground = LayeredScene("foliage", seed, width, height, camera, path, (_ground(seed, width, height),))
    hue = float(generator("scene", "foliage", seed, "hue").uniform(0.16, 0.36))
    layers = tuple(_plants(seed, depth, width, height, hue) for depth in range(len(_DEPTHS)))
    sways = tuple(_sway(seed, depth, width) for depth in range(len(_DEPTHS)))
    return SwayingScene("foliage", seed, width, height, ground, layers, sways)


def _ground(seed: int, width: int, height: int) -> Layer:
    rng = generator("scene", "foliage", seed, "ground")
    unit = TEXELS * width / 640
    leaves = draw_leaves(rng, tile_size(width, height), smallest=1.5 * unit, largest=30 * unit, coverage=5)
    green = np.array([0.35, 0.6, 0.2], np.float32)
    picture = shade(rng, leaves, paint_labels(leaves)).mean(axis=2, keepdims=True) * green
    return Layer(build_texture(np.clip(picture * dapple(rng, *picture.shape[:2]), 0, 1)), 1.6, TEXELS)


def _plants(seed: int, depth: int, width: int, height: int, hue: float) -> Layer:
    distance, count, stem, leaf = _DEPTHS[depth]
    rng = generator("scene", "foliage", seed, "plants", depth)
    unit = TEXELS * width / 640
    columns, rows = tile_size(width, height)
    canvas = np.zeros((rows, columns, 4), np.float32)
    for _ in range(count):
        root = float(rng.uniform(0, columns)), float(rng.uniform(0, rows))
        twigs = grow(rng, root, stem * unit * float(rng.uniform(0.6, 1.3)), 5 * unit)
        paint(rng, canvas, twigs, leaf * unit, hue + float(rng.normal(0, 0.02)))
    vein = 1 + np.float32(0.16) * fractal(rng, rows, columns, slope=0.8)
    light = vein[..., None] * dapple(rng, rows, columns, 0.3) * np.float32(0.8 + 0.25 * depth)
    colour = np.clip(canvas[..., :3] * light, 0, 1)
    return Layer(build_texture(colour, np.ascontiguousarray(canvas[..., 3])), distance, TEXELS)


def _sway(seed: int, depth: int, width: int) -> tuple[Sway, Sway, Sway]:
    rng = generator("scene", "foliage", seed, "wind", depth)
    reach = _GUST * TEXELS * width / 640 * float(rng.uniform(0.4, 1.0))
    return (
        draw_sway(rng, reach, 0.3, 1.6),
        draw_sway(rng, 0.3 * reach, 0.4, 2.0),
        draw_sway(rng, _WIND * float(rng.uniform(0.3, 1)), 0.2, 0.9),
    )
