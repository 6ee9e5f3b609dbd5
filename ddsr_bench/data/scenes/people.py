"""Kind ``people``: figures walk past each other before a wall, arms and legs swinging."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ddsr_bench.data.scenes.body import Part, draw_body
from ddsr_bench.data.scenes.camera import FRAME_RATE, draw_path, draw_speed, pinhole
from ddsr_bench.data.scenes.layered import Layer, LayeredScene, over
from ddsr_bench.data.scenes.materials import draw_material
from ddsr_bench.data.scenes.scene import Array
from ddsr_bench.data.scenes.texture import TEXELS, build_texture, centred_scale, tile_size, translation
from ddsr_bench.seeding import generator

_COUNT = 11
_TALL = (0.28, 0.95)  # of the frame's height
_PACE = (0.35, 1.6)  # body heights a second
_WALLS = ("bricks", "tiles", "planks", "cobbles")


@dataclass(frozen=True)
class Walker:
    """A figure: its parts, height in pixels, where it starts, speed in pixels a second, phase of its step in turns."""

    parts: tuple[Part, ...]
    tall: float
    start: float
    ground: float
    speed: float
    phase: float

    def pose(self, time: float, width: int) -> tuple[float, float, float]:
        """Where the hips are (x, y), and the phase of the step in radians; it jumps back only out of sight."""
        margin = 0.7 * self.tall
        x = (self.start * (width + 2 * margin) + self.speed * time) % (width + 2 * margin) - margin
        step = 2 * math.pi * (abs(self.speed) * time / (0.85 * self.tall) + self.phase)
        lift = 0.012 * self.tall * math.cos(2 * step)
        return x, self.ground - 0.52 * self.tall + lift, step


@dataclass(frozen=True)
class PeopleScene:
    """Walkers, the farthest first, before a background."""

    kind: str
    seed: int
    width: int
    height: int
    background: LayeredScene
    walkers: tuple[Walker, ...]

    def render(self, time: float) -> Array:
        """Return ``float32 (H, W, 3)`` linear light in [0, 1] at ``time`` seconds."""
        picture = self.background.render(time)
        for walker in self.walkers:
            self._draw(picture, walker, time)
        return np.clip(picture, 0, 1)

    def flow(self, start: float, end: float) -> Array | None:
        """Return None: figures hide and uncover each other."""
        return None

    def _draw(self, picture: Array, walker: Walker, time: float) -> None:
        x, y, step = walker.pose(time, self.width)
        facing = 1.0 if walker.speed >= 0 else -1.0
        for part in walker.parts:
            joint, angle = part.place(step, walker.tall)
            self._put(picture, part, (x + facing * joint[0], y + joint[1]), facing * angle)

    def _put(self, picture: Array, part: Part, joint: tuple[float, float], angle: float) -> None:
        """Lay one part over the picture, within the square around its joint that it can reach."""
        reach = part.reach
        left, right = max(0, math.floor(joint[0] - reach)), min(self.width, math.ceil(joint[0] + reach) + 1)
        top, bottom = max(0, math.floor(joint[1] - reach)), min(self.height, math.ceil(joint[1] + reach) + 1)
        if left >= right or top >= bottom:
            return
        window = picture[top:bottom, left:right]
        matrix = _to_texels(part, joint, angle) @ translation(left, top)
        window[...] = over(part.texture.sample(matrix, right - left, bottom - top), window)


def _to_texels(part: Part, joint: tuple[float, float], angle: float) -> Array:
    """Return the 3x3 matrix from screen pixels to the part's texels; its joint lies at ``part.pivot``."""
    cos, sin = math.cos(angle), math.sin(angle)
    back = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1.0]])
    pivot = translation(part.pivot[0] / TEXELS, part.pivot[1] / TEXELS)
    return np.asarray(centred_scale(TEXELS) @ pivot @ back @ translation(-joint[0], -joint[1]))


def build(seed: int, width: int, height: int) -> PeopleScene:
    """Make the scene; see :func:`ddsr_bench.data.scenes.make_scene`."""
    walkers = sorted((_walker(seed, number, width, height) for number in range(_COUNT)), key=lambda one: one.tall)
    return PeopleScene("people", seed, width, height, _background(seed, width, height), tuple(walkers))


def _background(seed: int, width: int, height: int) -> LayeredScene:
    rng = generator("scene", "people", seed, "background")
    camera = pinhole(width, height)
    path = draw_path(rng, camera, speed=0.3 * draw_speed(rng, width))
    columns, rows = tile_size(width, height)
    wall = draw_material(_WALLS[int(rng.integers(len(_WALLS)))], rng, columns, rows, TEXELS * width / 640)
    return LayeredScene("people", seed, width, height, camera, path, (Layer(build_texture(wall), 1.0, TEXELS),))


def _walker(seed: int, number: int, width: int, height: int) -> Walker:
    rng = generator("scene", "people", seed, "walker", number)
    tall = max(float(rng.uniform(*_TALL)) * height, 12.0)
    pace = float(np.exp(rng.uniform(*np.log(_PACE)))) * tall
    return Walker(
        parts=draw_body(rng, tall),
        tall=tall,
        start=float(rng.uniform()),
        ground=height * float(rng.uniform(0.93, 1.02)) + 0.12 * tall,
        speed=min(pace, 14 * FRAME_RATE * width / 640) * (1 if rng.integers(2) else -1),
        phase=float(rng.uniform()),
    )
