"""Kind ``gratings``: a wall of fine patterns (zone plates, stars, stripes, fences, weaves), passed by the camera.

Periods go down to about two pixels, where enlarging methods make moire, stairs and wrong directions; its flow is known
exactly.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ddsr_bench.data.scenes.camera import draw_path, draw_speed, pinhole
from ddsr_bench.data.scenes.colour import draw_colours
from ddsr_bench.data.scenes.layered import Layer, LayeredScene
from ddsr_bench.data.scenes.materials import draw_material
from ddsr_bench.data.scenes.noise import fractal
from ddsr_bench.data.scenes.scene import Array
from ddsr_bench.data.scenes.texture import TEXELS, build_texture, tile_size
from ddsr_bench.seeding import generator

_FINEST = 2.1  # pixels a period
_COLUMNS, _ROWS = 5, 4
_GAP = 0.04  # of a panel's side

Pattern = Callable[[np.random.Generator, Array, Array, float], Array]


def build(seed: int, width: int, height: int) -> LayeredScene:
    """Make the scene; see :func:`ddsr_bench.data.scenes.make_scene`."""
    rng = generator("scene", "gratings", seed, "camera")
    camera = pinhole(width, height)
    tilt = float(rng.normal(0, 0.1)), float(rng.uniform(-0.35, 0.35)), float(rng.normal(0, 0.05))
    path = draw_path(rng, camera, speed=0.5 * draw_speed(rng, width), tilt=tilt)
    layer = Layer(build_texture(_wall(seed, width, height)), float(np.cos(tilt[1])), TEXELS)
    return LayeredScene("gratings", seed, width, height, camera, path, (layer,))


def _wall(seed: int, width: int, height: int) -> Array:
    """Return the wall with its panels, ``float32 (H, W, 3)`` linear light."""
    rng = generator("scene", "gratings", seed, "wall")
    columns, rows = tile_size(width, height)
    unit = TEXELS * width / 640
    wall = draw_material("planks", rng, columns, rows, unit)
    across, down = columns // _COLUMNS, rows // _ROWS
    margin = max(1, round(_GAP * min(across, down)))
    for place in range(_COLUMNS * _ROWS):
        panel_rng = generator("scene", "gratings", seed, "panel", place)
        top, left = place // _COLUMNS * down + margin, place % _COLUMNS * across + margin
        size = down - 2 * margin, across - 2 * margin
        wall[top : top + size[0], left : left + size[1]] = _panel(panel_rng, size, unit)
    return wall


def _panel(rng: np.random.Generator, size: tuple[int, int], unit: float) -> Array:
    """One panel, ``float32 (H, W, 3)`` linear light in [0, 1]."""
    y, x = (axis.astype(np.float32) - side / 2 for axis, side in zip(np.indices(size, np.float32), size, strict=True))
    share = _PATTERNS[int(rng.integers(len(_PATTERNS)))](rng, x, y, unit)
    dark, light = draw_colours(rng, 2, hues=2)
    dark = dark * np.float32(0.06 / max(float(dark.max()), 0.06))
    light = light * np.float32(0.85 / max(float(light.max()), 1e-3))
    grain = 1 + np.float32(0.05) * fractal(rng, *size, slope=0.9)
    return np.asarray(np.clip((dark + share[..., None] * (light - dark)) * grain[..., None], 0, 1), np.float32)


def wave(phase: Array, period: Array | float) -> Array:
    """A square wave of 0 and 1 over ``phase`` in periods, its edges about two texels of ``period`` wide."""
    ramp = np.abs(np.mod(phase, 1) - 0.5) * 2 - 0.5
    return np.asarray(np.clip(ramp * np.asarray(period, np.float32) / 4 + 0.5, 0, 1), np.float32)


def _period(rng: np.random.Generator, unit: float, longest: float) -> float:
    return float(np.exp(rng.uniform(np.log(_FINEST), np.log(longest)))) * unit


def _zone_plate(rng: np.random.Generator, x: Array, y: Array, unit: float) -> Array:
    """Rings whose period falls from the middle to the rim, where it is the finest."""
    radius = np.hypot(x, y)
    rim = float(min(x.shape) / 2)
    finest = _period(rng, unit, 3.5)
    return np.asarray(0.5 + 0.5 * np.cos(np.pi * np.minimum(radius, rim) ** 2 / (rim * finest)), np.float32)


def _star(rng: np.random.Generator, x: Array, y: Array, unit: float) -> Array:
    """Siemens star: spokes that narrow towards the middle."""
    spokes = int(rng.integers(12, 37))
    period = 2 * np.pi * np.maximum(np.hypot(x, y), 1) / spokes
    return wave(np.arctan2(y, x) * spokes / (2 * np.pi), period)


def _stripes(rng: np.random.Generator, x: Array, y: Array, unit: float) -> Array:
    """Parallel lines at any angle."""
    angle, period = rng.uniform(0, np.pi), _period(rng, unit, 9)
    return wave((np.cos(angle) * x + np.sin(angle) * y) / period, period)


def _chirp(rng: np.random.Generator, x: Array, y: Array, unit: float) -> Array:
    """Lines that grow finer from one side to the other."""
    finest = _FINEST * unit
    along = (x - x.min()) / max(float(np.ptp(x)), 1.0)
    rate = (1 / (12 * unit)) * (12 * unit / finest) ** along
    return np.asarray(0.5 + 0.5 * np.sin(2 * np.pi * np.cumsum(rate, axis=1)), np.float32)


def _fence(rng: np.random.Generator, x: Array, y: Array, unit: float) -> Array:
    """Bars before a dark ground, with two rails."""
    period = _period(rng, unit, 16)
    bars = wave(x / period, period)
    rails = wave(y / (float(np.ptp(y)) / 2 + 1), float(np.ptp(y)) / 2) > 0.9
    return np.asarray(np.maximum(bars, rails.astype(np.float32) * np.float32(0.8)))


def _weave(rng: np.random.Generator, x: Array, y: Array, unit: float) -> Array:
    """Herringbone: stripes that turn at right angles from band to band."""
    period = _period(rng, unit, 7)
    band = np.where(np.mod(np.floor(x / (6 * period)), 2) == 0, 1, -1)
    return wave((x * band + y) / (1.414 * period), period)


def _grid(rng: np.random.Generator, x: Array, y: Array, unit: float) -> Array:
    """Window panes: thin lines crossing."""
    period = _period(rng, unit, 18) + 2 * unit
    lines = np.maximum(_line(x, period, unit), _line(y, period * float(rng.uniform(0.7, 1.6)), unit))
    return np.asarray(1 - lines, np.float32)


def _line(axis: Array, period: float, unit: float) -> Array:
    distance = np.abs(np.mod(axis / period, 1) - 0.5) * period
    return np.asarray(np.clip((0.8 * unit - distance) / unit + 0.5, 0, 1))


def _checks(rng: np.random.Generator, x: Array, y: Array, unit: float) -> Array:
    """A chessboard."""
    period = 2 * _period(rng, unit, 8)
    a, b = wave(x / period, period), wave(y / period, period)
    return np.asarray(a * b + (1 - a) * (1 - b))


_PATTERNS: tuple[Pattern, ...] = (_zone_plate, _star, _stripes, _chirp, _fence, _weave, _grid, _checks)
