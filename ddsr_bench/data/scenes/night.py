"""Kind ``night``: a dark street with lit windows, lamps and passing lights that outshine what a camera can take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ddsr_bench.data.scenes.camera import FRAME_RATE, Sway, draw_path, draw_speed, draw_sway, pinhole
from ddsr_bench.data.scenes.colour import hsv, to_linear
from ddsr_bench.data.scenes.layered import Layer, LayeredScene
from ddsr_bench.data.scenes.materials import draw_material
from ddsr_bench.data.scenes.scene import Array
from ddsr_bench.data.scenes.texture import TEXELS, build_texture, tile_size
from ddsr_bench.seeding import generator

_LIGHTS, _CARS = 14, 9
_AMBIENT = 0.02
_WET = 0.35  # of a light's halo that the street throws back


@dataclass(frozen=True)
class Light:
    """A small bright thing: start in pixels, velocity in pixels a second, colour x power, core in pixels."""

    start: tuple[float, float]
    velocity: tuple[float, float]
    sway: Sway
    power: Array
    core: float


@dataclass(frozen=True)
class NightScene:
    """Facades under one camera, and lights before them."""

    kind: str
    seed: int
    width: int
    height: int
    town: LayeredScene
    lights: tuple[Light, ...]

    def render(self, time: float) -> Array:
        """Return ``float32 (H, W, 3)`` linear light in [0, 1] at ``time`` seconds; lights are cut off at 1."""
        picture = self.town.render(time)
        for light in self.lights:
            self._shine(picture, light, time)
        return np.clip(picture, 0, 1)

    def flow(self, start: float, end: float) -> Array | None:
        """Return None: lights move by themselves."""
        return None

    def _shine(self, picture: Array, light: Light, time: float) -> None:
        """Add a light's core, its halo, and its streak on the wet street."""
        margin = 60 * self.width / 640
        x = (light.start[0] + light.velocity[0] * time) % (self.width + 2 * margin) - margin
        y = light.start[1] + light.velocity[1] * time + light.sway.at(time)
        _add(picture, (x, y), light.power, light.core, light.core)
        mirrored = 2 * 0.8 * self.height - y
        if mirrored > y:
            _add(picture, (x, mirrored), light.power * np.float32(_WET * 0.2), 0.8 * light.core, 6 * light.core)


def _add(picture: Array, middle: tuple[float, float], power: Array, across: float, down: float) -> None:
    """Add a spot to ``picture``: a Gaussian core and a halo that falls as r^-3, cut where it is nothing."""
    reach_x, reach_y = 14 * across + 8, 14 * down + 8
    left, right = max(0, int(middle[0] - reach_x)), min(picture.shape[1], int(middle[0] + reach_x) + 2)
    top, bottom = max(0, int(middle[1] - reach_y)), min(picture.shape[0], int(middle[1] + reach_y) + 2)
    if left >= right or top >= bottom:
        return
    x = (np.arange(left, right, dtype=np.float64) - middle[0]) / across
    y = (np.arange(top, bottom, dtype=np.float64)[:, None] - middle[1]) / down
    squared = x**2 + y**2
    # The window has a soft end, or lights would pop in and out of it.
    end = np.clip(1 - (x / (14 + 8 / across)) ** 2, 0, 1) * np.clip(1 - (y / (14 + 8 / down)) ** 2, 0, 1)
    spot = (np.exp(-squared / 2) + 0.02 / (1 + squared / 4) ** 1.5) * end
    picture[top:bottom, left:right] += spot[..., None].astype(np.float32) * power


def build(seed: int, width: int, height: int) -> NightScene:
    """Make the scene; see :func:`ddsr_bench.data.scenes.make_scene`."""
    rng = generator("scene", "night", seed, "camera")
    camera = pinhole(width, height)
    path = draw_path(rng, camera, speed=0.35 * draw_speed(rng, width), zoom=0.04)
    facades = build_texture(_facades(seed, width, height))
    town = LayeredScene("night", seed, width, height, camera, path, (Layer(facades, 1.0, TEXELS),))
    return NightScene("night", seed, width, height, town, tuple(_lights(seed, width, height)))


def _facades(seed: int, width: int, height: int) -> Array:
    """Houses side by side, some windows lit; ``float32 (H, W, 3)`` linear light."""
    rng = generator("scene", "night", seed, "facades")
    columns, rows = tile_size(width, height)
    unit = TEXELS * width / 640
    wall = draw_material("bricks", rng, columns, rows, unit)
    blue = np.array([0.75, 0.85, 1.25], np.float32)
    picture = wall * np.float32(_AMBIENT * 2.2) * blue + np.float32(_AMBIENT / 4)
    left = 0
    while left < columns:
        broad = min(int(rng.uniform(70, 150) * unit), columns - left)
        _house(rng, picture[:, left : left + broad], unit)
        left += max(broad, 1)
    return picture


def _house(rng: np.random.Generator, wall: Array, unit: float) -> None:
    """Set rows of windows into a wall."""
    wall *= np.float32(rng.uniform(0.5, 1.6))
    step_x, step_y = rng.uniform(16, 30) * unit, rng.uniform(22, 36) * unit
    lit = rng.uniform(0.15, 0.6)
    warm = rng.uniform(0.06, 0.13)
    for row in range(int(wall.shape[0] / step_y)):
        for column in range(int(wall.shape[1] / step_x)):
            top, left = int((row + 0.25) * step_y), int((column + 0.25) * step_x)
            high, broad = max(1, int(0.55 * step_y)), max(1, int(0.5 * step_x))
            bright = rng.uniform(0.12, 0.95) if rng.uniform() < lit else 0.004
            shade = hsv(np.array([warm + rng.normal(0, 0.015)]), np.array([rng.uniform(0.2, 0.7)]), np.array([1.0]))
            glass = to_linear(shade)[0] * np.float32(bright)
            window = wall[top : top + high, left : left + broad]
            window[...] = glass * np.linspace(1, rng.uniform(0.4, 1), window.shape[0], dtype=np.float32)[:, None, None]
            window[:, broad // 2 : broad // 2 + max(1, int(0.8 * unit))] *= np.float32(0.15)


def _lights(seed: int, width: int, height: int) -> list[Light]:
    """Lamps that stand, and cars that pass with two lights each."""
    unit = width / 640
    lights = []
    for number in range(_LIGHTS):
        rng = generator("scene", "night", seed, "lamp", number)
        place = float(rng.uniform(0, width)), float(rng.uniform(0.1, 0.7) * height)
        tremor = draw_sway(rng, float(rng.uniform(0.2, 1.5)) * unit, 0.5, 3.0)
        lights.append(Light(place, (0.0, 0.0), tremor, _power(rng, 1.0, 6.0), float(rng.uniform(0.8, 2.2)) * unit))
    for number in range(_CARS):
        rng = generator("scene", "night", seed, "car", number)
        lights += _car(rng, width, height, unit)
    return lights


def _car(rng: np.random.Generator, width: int, height: int, unit: float) -> list[Light]:
    """White lights one way, red ones the other."""
    ahead = bool(rng.integers(2))
    speed = float(np.exp(rng.uniform(np.log(0.8), np.log(9.0)))) * FRAME_RATE * unit
    velocity = (speed if ahead else -speed, 0.0)
    y, x, gap = rng.uniform(0.68, 0.8) * height, rng.uniform(0, width), rng.uniform(7, 16) * unit
    power = np.array([4.0, 3.8, 3.2] if ahead else [2.2, 0.12, 0.06], np.float32) * np.float32(rng.uniform(0.5, 1.3))
    bounce = draw_sway(rng, 0.8 * unit, 0.6, 2.5)
    core = float(rng.uniform(1.0, 1.8)) * unit
    return [Light((float(x + shift), float(y)), velocity, bounce, power, core) for shift in (0.0, gap)]


def _power(rng: np.random.Generator, low: float, high: float) -> Array:
    hue, saturation = rng.choice([0.08, 0.1, 0.13, 0.6, 0.98, 0.38]), rng.uniform(0.2, 0.8)
    colour = to_linear(hsv(np.array([hue]), np.array([saturation]), np.array([1.0])))[0]
    return np.asarray(colour * np.float32(np.exp(rng.uniform(np.log(low), np.log(high)))), np.float32)
