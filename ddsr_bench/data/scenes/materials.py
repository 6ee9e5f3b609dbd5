"""Seamless flat materials: bricks, tiles, cobbles, planks and cloth, as linear-light pictures.

Each is a function ``(rng, width, height, unit) -> float32 (height, width, 3)`` in [0, 1], where ``unit`` is the
number of texels to a pixel of a 640-wide frame. Cells carry a colour each, relief is lit from the upper left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ddsr_bench.data.scenes.colour import draw_colours, hsv, to_linear
from ddsr_bench.data.scenes.noise import dapple, fractal
from ddsr_bench.data.scenes.scene import Array

Material = Callable[[np.random.Generator, int, int, float], Array]


@dataclass(frozen=True)
class Cells:
    """A tiling: number of each texel's cell, ``int (H, W)``; distance to the cell's edge in texels; cell count."""

    number: Array
    edge: Array
    count: int


def material_names() -> list[str]:
    """Return the names that :func:`draw_material` takes."""
    return list(_MATERIALS)


def draw_material(name: str, rng: np.random.Generator, width: int, height: int, unit: float) -> Array:
    """Return ``float32 (height, width, 3)`` linear light in [0, 1]: a seamless tile, unevenly lit.

    Args:
        name: one of :func:`material_names`.
        rng: source of the draw.
        width: columns, a multiple of 16.
        height: rows, a multiple of 16.
        unit: texels to a pixel of a 640-wide frame.
    """
    picture = _MATERIALS[name](rng, width, height, unit)
    return np.asarray(np.clip(picture * dapple(rng, height, width, 0.25), 0, 1))


def bricks(rng: np.random.Generator, width: int, height: int, unit: float) -> Array:
    """Running-bond bricks with rough faces and sandy mortar."""
    length = float(rng.uniform(52, 96)) * unit
    cells = _courses(rng, width, height, length, length * float(rng.uniform(0.28, 0.36)), wobble=0.6 * unit)
    hue, saturation = rng.uniform(0.01, 0.1), rng.uniform(0.25, 0.6)
    faces = _family(rng, cells.count, hue, saturation, 0.38, 0.68)
    return _laid(rng, cells, faces, gap=1.3 * unit, grain=0.22, relief=0.9)


def tiles(rng: np.random.Generator, width: int, height: int, unit: float) -> Array:
    """Square mosaic tiles in few colours: hard edges at right angles."""
    side = float(rng.uniform(14, 44)) * unit
    cells = _courses(rng, width, height, side, side, wobble=0.15 * unit, bond=0.0)
    palette = draw_colours(rng, int(rng.integers(3, 7)), hues=3)
    faces = palette[rng.integers(0, len(palette), cells.count)] * rng.uniform(0.85, 1.1, (cells.count, 1))
    return _laid(rng, cells, faces.astype(np.float32), gap=0.8 * unit, grain=0.06, relief=0.5)


def planks(rng: np.random.Generator, width: int, height: int, unit: float) -> Array:
    """Boards side by side, grain along their length."""
    length = float(rng.uniform(160, 260)) * unit
    cells = _courses(rng, width, height, length, float(rng.uniform(22, 40)) * unit, wobble=0.1 * unit, bond=0.37)
    faces = _family(rng, cells.count, rng.uniform(0.05, 0.11), rng.uniform(0.25, 0.6), 0.35, 0.8)
    grain = fractal(rng, height, width, slope=0.9, stretch=(0.6, 14.0), smallest=1.5)
    broad = fractal(rng, height, width, slope=1.5, stretch=(1.0, 9.0), smallest=8.0)
    rings = np.sin(9 * broad + cells.number.astype(np.float32))
    picture = _laid(rng, cells, faces, gap=0.7 * unit, grain=0.08, relief=0.35)
    return np.asarray(picture * np.clip(1 + 0.26 * grain + 0.12 * rings, 0.15, 2)[..., None])


def cobbles(rng: np.random.Generator, width: int, height: int, unit: float) -> Array:
    """Rounded stones of uneven size, a Voronoi tiling of jittered points."""
    side = float(rng.uniform(22, 48)) * unit
    cells = _stones(rng, width, height, side)
    faces = _family(rng, cells.count, rng.uniform(0.05, 0.15), rng.uniform(0.05, 0.25), 0.3, 0.8)
    return _laid(rng, cells, faces, gap=0.09 * side, grain=0.25, relief=1.1, rounding=0.22 * side)


def cloth(rng: np.random.Generator, width: int, height: int, unit: float) -> Array:
    """A plaid: coloured bands crossing, woven of threads about two pixels wide."""
    threads = [max(1, round(side / (8.8 * unit))) * 4 for side in (width, height)]  # the twill repeats after four
    palette = draw_colours(rng, 5, hues=3)
    band = [_bands(rng, count, len(palette)) for count in threads]
    x = (np.arange(width, dtype=np.float32) + 0.5) * np.float32(threads[0] / width)
    y = ((np.arange(height, dtype=np.float32) + 0.5) * np.float32(threads[1] / height))[:, None]
    column, row = x.astype(np.int64), y.astype(np.int64)
    warp_on_top = (column + row) // 2 % 2 == 0
    warp, weft = palette[band[0][column]][None], palette[band[1][row[:, 0]]][:, None]
    picture = np.where(warp_on_top[..., None], warp, weft)
    across = np.where(warp_on_top, x - column, y - row)
    light = 0.55 + 0.6 * np.sin(np.pi * across) + 0.09 * fractal(rng, height, width, slope=0.7)
    return np.asarray(picture * light[..., None], dtype=np.float32)


_MATERIALS: dict[str, Material] = {
    "bricks": bricks,
    "cloth": cloth,
    "cobbles": cobbles,
    "planks": planks,
    "tiles": tiles,
}


def _courses(
    rng: np.random.Generator,
    width: int,
    height: int,
    length: float,
    rise: float,
    *,
    wobble: float,
    bond: float = 0.5,
) -> Cells:
    """Cells in courses, each course ``bond`` of a cell along from the last; edges wobble by so many texels."""
    across, down = max(1, round(width / length)), max(2, 2 * round(height / rise / 2))
    warp = [wobble * fractal(rng, height, width, slope=1.6, smallest=4.0) for _ in range(2)]
    u = (np.arange(width, dtype=np.float32) + warp[0]) * np.float32(across / width)
    v = (np.arange(height, dtype=np.float32)[:, None] + warp[1]) * np.float32(down / height)
    row = np.floor(v)
    u += np.float32(bond) * (row % 2)
    column = np.floor(u)
    number = (row % down) * across + column % across
    in_x, in_y = u - column, v - row
    edge_x = np.minimum(in_x, 1 - in_x) * np.float32(width / across)
    edge_y = np.minimum(in_y, 1 - in_y) * np.float32(height / down)
    return Cells(number.astype(np.int64), np.minimum(edge_x, edge_y), across * down)


def _stones(rng: np.random.Generator, width: int, height: int, side: float) -> Cells:
    """Voronoi cells of one jittered point to each square of a seamless grid; edge is (second - first) / 2."""
    across, down = max(3, round(width / side)), max(3, round(height / side))
    jitter = rng.uniform(0.1, 0.9, (down, across, 2)).astype(np.float32)
    u = (np.arange(width, dtype=np.float32) + np.float32(0.5)) * np.float32(across / width)
    v = ((np.arange(height, dtype=np.float32) + np.float32(0.5)) * np.float32(down / height))[:, None]
    column, row = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
    first = np.full((height, width), 9, np.float32)
    second, number = first.copy(), np.zeros((height, width), np.int64)
    for i, j in ((i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)):
        cell = (row + i) % down, (column + j) % across
        point = jitter[cell]
        distance = np.hypot(column + j + point[..., 0] - u, row + i + point[..., 1] - v).astype(np.float32)
        second = np.minimum(second, np.maximum(first, distance))
        number = np.where(distance < first, cell[0] * across + cell[1], number)
        first = np.minimum(first, distance)
    return Cells(number, (second - first) / 2 * np.float32(side), across * down)


def _bands(rng: np.random.Generator, threads: int, colours: int) -> Array:
    """Colour number of each thread: runs of 2 to 24 threads."""
    runs = rng.integers(2, 25, threads)
    return np.repeat(rng.integers(0, colours, threads), runs)[:threads]


def _family(
    rng: np.random.Generator, count: int, hue: float, saturation: float, darkest: float, lightest: float
) -> Array:
    """Draw ``float32 (count, 3)`` linear colours around one hue."""
    value = rng.uniform(darkest, lightest, count)
    shade = hsv(rng.normal(hue, 0.015, count), np.clip(saturation * rng.uniform(0.6, 1.3, count), 0, 1), value)
    return to_linear(shade)


def _laid(
    rng: np.random.Generator,
    cells: Cells,
    faces: Array,
    *,
    gap: float,
    grain: float,
    relief: float,
    rounding: float = 2.0,
) -> Array:
    """Colour cells, fill the joints, roughen all of it and light the relief."""
    height, width = cells.number.shape
    rough = fractal(rng, height, width, slope=0.75, smallest=2.0)
    broad = fractal(rng, height, width, slope=1.4, smallest=6.0)
    inside = np.clip((cells.edge - np.float32(gap)) / np.float32(1.5) + np.float32(0.5), 0, 1)[..., None]
    joint = np.array([0.32, 0.29, 0.25], np.float32) * np.float32(rng.uniform(0.3, 1.3))
    base = joint + inside * (faces[cells.number] - joint)
    dome = np.clip((cells.edge - np.float32(gap)) / np.float32(rounding), 0, 1)
    surface = np.sqrt(dome) * np.float32(1.2) + np.float32(0.5 * grain) * rough
    light = lit(surface, relief) * np.maximum(1 + np.float32(grain) * (0.7 * rough + 0.45 * broad), 0.15)
    return np.asarray(base * light[..., None], dtype=np.float32)


def lit(surface: Array, strength: float) -> Array:
    """Return the factor of light from the upper left on a seamless height field, ``float32 (H, W)``."""
    padded = cv2.copyMakeBorder(surface.astype(np.float32), 1, 1, 1, 1, cv2.BORDER_WRAP)
    slope = (padded[2:, 2:] - padded[:-2, :-2]) / 2
    return np.asarray(np.clip(1 + np.float32(strength) * slope, 0.3, 1.7))
