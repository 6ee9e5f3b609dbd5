"""Kind ``sprites``: things of all sizes fly and turn over a moving background, some of them fast."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ddsr_bench.data.scenes.camera import FRAME_RATE, Sway, draw_path, draw_sway, pinhole
from ddsr_bench.data.scenes.layered import Layer, LayeredScene, over
from ddsr_bench.data.scenes.leaves import draw_leaves, paint_labels, shade
from ddsr_bench.data.scenes.materials import draw_material, material_names
from ddsr_bench.data.scenes.noise import dapple
from ddsr_bench.data.scenes.scene import Array
from ddsr_bench.data.scenes.shapes import draw_shape
from ddsr_bench.data.scenes.texture import (
    TEXELS,
    Texture,
    build_texture,
    centred_scale,
    tile_size,
    translation,
)
from ddsr_bench.seeding import generator

_COUNT = 24
_RADIUS = (8.0, 85.0)  # pixels of a 640-wide frame
_SPEED = (0.4, 18.0)  # pixels a frame of a 640-wide frame at 24 frames/s
_FAST = 5  # so many of the sprites run at two thirds of the top speed or more


@dataclass(frozen=True)
class Sprite:
    """A thing on a straight course through a field somewhat larger than the frame, round and round.

    ``reach`` is half the side of its square in pixels; ``start`` and ``velocity`` in pixels and pixels a second,
    ``spin`` in radians a second.
    """

    texture: Texture
    reach: float
    start: tuple[float, float]
    velocity: tuple[float, float]
    sway: Sway
    angle: float
    spin: float

    def place(self, time: float, width: int, height: int) -> tuple[float, float, float]:
        """Return the middle (x, y) in pixels and the angle at ``time``; it jumps back only out of sight."""
        margin = self.reach * math.sqrt(2) + sum(a for a, _, _ in self.sway.terms) + 2
        x = (self.start[0] * (width + 2 * margin) + self.velocity[0] * time) % (width + 2 * margin) - margin
        y = (self.start[1] * (height + 2 * margin) + self.velocity[1] * time) % (height + 2 * margin) - margin
        return x, y + self.sway.at(time), self.angle + self.spin * time


@dataclass(frozen=True)
class SpriteScene:
    """Sprites, from the lowest to the uppermost, over a background."""

    kind: str
    seed: int
    width: int
    height: int
    background: LayeredScene
    sprites: tuple[Sprite, ...]

    def render(self, time: float) -> Array:
        """Return ``float32 (H, W, 3)`` linear light in [0, 1] at ``time`` seconds."""
        picture = self.background.render(time)
        for sprite in self.sprites:
            self._draw(picture, sprite, time)
        return np.clip(picture, 0, 1)

    def flow(self, start: float, end: float) -> Array | None:
        """Return None: things hide and uncover each other."""
        return None

    def _draw(self, picture: Array, sprite: Sprite, time: float) -> None:
        x, y, angle = sprite.place(time, self.width, self.height)
        reach = sprite.reach * math.sqrt(2)
        left, right = max(0, math.floor(x - reach)), min(self.width, math.ceil(x + reach) + 1)
        top, bottom = max(0, math.floor(y - reach)), min(self.height, math.ceil(y + reach) + 1)
        if left >= right or top >= bottom:
            return
        window = picture[top:bottom, left:right]
        matrix = _to_texels(sprite, x, y, angle) @ translation(left, top)
        window[...] = over(sprite.texture.sample(matrix, right - left, bottom - top), window)


def _to_texels(sprite: Sprite, x: float, y: float, angle: float) -> Array:
    """Return the 3x3 matrix from screen pixels to the sprite's texels."""
    cos, sin = math.cos(angle), math.sin(angle)
    back = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1.0]])
    middle = (sprite.texture.levels[0].shape[0] / TEXELS - 1) / 2
    return np.asarray(centred_scale(TEXELS) @ translation(middle, middle) @ back @ translation(-x, -y))


def build(seed: int, width: int, height: int) -> SpriteScene:
    """Make the scene; see :func:`ddsr_bench.data.scenes.make_scene`."""
    order = sorted((_sprite(seed, number, width) for number in range(_COUNT)), key=lambda sprite: -sprite.reach)
    return SpriteScene("sprites", seed, width, height, _background(seed, width, height), tuple(order))


def _background(seed: int, width: int, height: int) -> LayeredScene:
    rng = generator("scene", "sprites", seed, "background")
    camera = pinhole(width, height)
    path = draw_path(rng, camera, tilt=(float(rng.uniform(-0.3, 0.5)), float(rng.uniform(-0.3, 0.3)), 0.0))
    picture = _ground(rng, tile_size(width, height), TEXELS * width / 640)
    return LayeredScene("plane", seed, width, height, camera, path, (Layer(build_texture(picture), 0.95, TEXELS),))


def _ground(rng: np.random.Generator, size: tuple[int, int], unit: float) -> Array:
    """One of the materials, or a floor of dead leaves; ``float32 (H, W, 3)`` linear light."""
    names = [*material_names(), "leaves"]
    name = names[int(rng.integers(len(names)))]
    if name != "leaves":
        return draw_material(name, rng, *size, unit)
    leaves = draw_leaves(rng, size, smallest=1.5 * unit, largest=60 * unit, coverage=6)
    return shade(rng, leaves, paint_labels(leaves)) * dapple(rng, size[1], size[0])


def _sprite(seed: int, number: int, width: int) -> Sprite:
    rng = generator("scene", "sprites", seed, "sprite", number)
    unit = width / 640
    radius = float(np.exp(rng.uniform(*np.log(_RADIUS)))) * unit
    slowest = _SPEED[1] * 2 / 3 if number < _FAST else _SPEED[0]
    speed = float(np.exp(rng.uniform(np.log(slowest), np.log(_SPEED[1])))) * FRAME_RATE * unit
    heading = float(rng.uniform(0, 2 * np.pi))
    texture = draw_shape(rng, radius * TEXELS, TEXELS * unit)
    return Sprite(
        texture=texture,
        reach=texture.levels[0].shape[0] / TEXELS / 2,
        start=(float(rng.uniform()), float(rng.uniform())),
        velocity=(speed * math.cos(heading), 0.6 * speed * math.sin(heading)),
        sway=draw_sway(rng, float(rng.uniform(0, 25)) * unit, 0.2, 1.0),
        angle=float(rng.uniform(0, 2 * np.pi)),
        spin=float(rng.normal(0, 1.5)),
    )
