"""Kind ``text``: a wall full of signs, passed by a hand-held camera; its flow is known exactly."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from ddsr_bench.data.scenes.camera import draw_path, pinhole
from ddsr_bench.data.scenes.layered import Layer, LayeredScene
from ddsr_bench.data.scenes.materials import draw_material
from ddsr_bench.data.scenes.scene import Array
from ddsr_bench.data.scenes.signs import draw_sign, sign_names
from ddsr_bench.data.scenes.texture import TEXELS, build_texture, tile_size
from ddsr_bench.seeding import generator

_WALLS = ("bricks", "planks", "cobbles", "tiles")
_LEAST = 12  # texels; lower signs could not be read
_WIDTH_OVER_HEIGHT = {"chart": 0.8, "headline": 3.4, "notice": 1.1, "pointer": 4.2, "timetable": 1.5}


@dataclass(frozen=True)
class Place:
    """Where a sign hangs: kind of sign, left, top, width and height in texels."""

    name: str
    left: int
    top: int
    width: int
    height: int


def build(seed: int, width: int, height: int) -> LayeredScene:
    """Make the scene; see :func:`ddsr_bench.data.scenes.make_scene`."""
    rng = generator("scene", "text", seed, "camera")
    camera = pinhole(width, height)
    tilt = float(rng.normal(0, 0.08)), float(rng.uniform(-0.4, 0.4)), float(rng.normal(0, 0.02))
    path = draw_path(rng, camera, tilt=tilt)
    wall = _wall(seed, width, height)
    layer = Layer(build_texture(wall), float(np.cos(tilt[1])), TEXELS)
    return LayeredScene("text", seed, width, height, camera, path, (layer,))


def _wall(seed: int, width: int, height: int) -> Array:
    """Return the wall with its signs, ``float32 (H, W, 3)`` linear light."""
    rng = generator("scene", "text", seed, "wall")
    columns, rows = tile_size(width, height)
    unit = TEXELS * width / 640
    wall = draw_material(_WALLS[int(rng.integers(len(_WALLS)))], rng, columns, rows, unit)
    for number, place in enumerate(_places(rng, columns, rows)):
        sign_rng = generator("scene", "text", seed, "sign", number)
        sign = draw_sign(place.name, sign_rng, place.width, place.height, unit)
        _throw_shadow(wall, place, unit)
        wall[place.top : place.top + place.height, place.left : place.left + place.width] = sign
    return wall


def _places(rng: np.random.Generator, columns: int, rows: int) -> list[Place]:
    """Hang signs side by side in three rows of uneven height, a gap between them."""
    shares = rng.dirichlet((12, 12, 12))
    tops = np.concatenate([[0], np.cumsum(shares)]) * rows
    return [place for top, bottom in pairwise(tops) for place in _row(rng, columns, top, bottom)]


def _row(rng: np.random.Generator, columns: int, top: float, bottom: float) -> list[Place]:
    places: list[Place] = []
    left, names = 0.02 * columns, sign_names()
    while True:
        name = names[int(rng.integers(len(names)))]
        height = (bottom - top) * rng.uniform(0.62, 0.9) * (0.6 if name in ("headline", "pointer") else 1)
        width = height * _WIDTH_OVER_HEIGHT[name] * rng.uniform(0.9, 1.1)
        if left + width > 0.98 * columns:
            return places
        if height < _LEAST:
            return []
        drop = rng.uniform(0.04, 0.96) * (bottom - top - height)
        places.append(Place(name, int(left), int(top + drop), int(width), int(height)))
        left += width + rng.uniform(0.02, 0.06) * columns


def _throw_shadow(wall: Array, place: Place, unit: float) -> None:
    """Darken the wall to the lower right of a sign, softly."""
    reach = max(2, int(5 * unit))
    top, left = max(0, place.top - reach), max(0, place.left - reach)
    region = wall[top : place.top + place.height + 3 * reach, left : place.left + place.width + 3 * reach]
    cover = np.zeros(region.shape[:2], np.float32)
    y, x = place.top - top + reach, place.left - left + reach
    cover[y : y + place.height, x : x + place.width] = 1
    soft = cv2.GaussianBlur(cover, (0, 0), reach / 2)
    region *= 1 - np.float32(0.6) * soft[..., None]
