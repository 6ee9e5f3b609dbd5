"""Plants drawn on a seamless tile: stems that branch again and again, and leaves at their ends."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ddsr_bench.data.scenes.colour import hsv, to_linear
from ddsr_bench.data.scenes.scene import Array

_SHIFT = 4  # fractional bits of drawn coordinates
_DEPTH = 5
_SHRINK = (0.62, 0.84)
_BEND = 0.55  # radians


@dataclass(frozen=True)
class Twig:
    """A straight piece of a plant: ends in texels, width at its foot, generation from the ground up."""

    start: tuple[float, float]
    end: tuple[float, float]
    width: float
    generation: int


def grow(rng: np.random.Generator, root: tuple[float, float], length: float, width: float) -> list[Twig]:
    """Grow one plant from ``root`` upwards: each twig ends in two or three shorter ones, turned at random.

    Source of the idea: Lindenmayer systems (Prusinkiewicz and Lindenmayer, "The Algorithmic Beauty of Plants", 1990).
    """
    twigs: list[Twig] = []
    tips = [(root, -np.pi / 2 + rng.normal(0, 0.25), length, width)]
    for generation in range(_DEPTH):
        grown = []
        for start, angle, reach, thick in tips:
            end = (start[0] + reach * float(np.cos(angle)), start[1] + reach * float(np.sin(angle)))
            twigs.append(Twig(start, end, thick, generation))
            for _ in range(int(rng.integers(2, 4))):
                turn, shorter = rng.normal(0, _BEND), rng.uniform(*_SHRINK)
                grown.append((end, angle + turn, reach * shorter, thick * 0.62))
        tips = grown
    return twigs


def paint(rng: np.random.Generator, canvas: Array, twigs: list[Twig], leaf: float, hue: float) -> None:
    """Draw a plant into ``canvas``, ``float32 (H, W, 4)`` of linear RGB and coverage, seamlessly.

    Args:
        rng: source of the draw.
        canvas: drawn into.
        twigs: as they grew.
        leaf: length of a leaf in texels.
        hue: of the leaves, in turns.
    """
    bark = to_linear(hsv(np.array([rng.uniform(0.05, 0.1)]), np.array([0.4]), np.array([rng.uniform(0.2, 0.45)])))[0]
    for twig in twigs:
        _fill(canvas, _bar(twig), bark * np.float32(0.8 + 0.1 * twig.generation))
    ends = [twig for twig in twigs if twig.generation >= _DEPTH - 2]
    for twig in ends:
        for _ in range(4):
            share = rng.uniform(0.2, 1.0)
            middle = np.array(twig.start) * (1 - share) + np.array(twig.end) * share
            along = np.arctan2(twig.end[1] - twig.start[1], twig.end[0] - twig.start[0]) + rng.normal(0, 0.8)
            _leaf(rng, canvas, middle, float(along), leaf * float(rng.uniform(0.6, 1.3)), hue)


def _leaf(rng: np.random.Generator, canvas: Array, foot: Array, angle: float, length: float, hue: float) -> None:
    """One pointed leaf, its two halves lit differently."""
    value = np.clip(rng.normal(0.5, 0.14), 0.15, 0.95)
    shade = hsv(np.array([hue + rng.normal(0, 0.025)]), np.array([rng.uniform(0.45, 0.85)]), np.array([value]))
    colour = to_linear(shade)[0]
    axis = np.array([np.cos(angle), np.sin(angle)])
    side = np.array([-axis[1], axis[0]])
    steps = np.linspace(0, 1, 7)[:, None]
    ridge = foot + steps * length * axis
    bulge = np.sin(np.pi * steps**0.8) * 0.22 * length * side
    _fill(canvas, np.concatenate([ridge, (ridge + bulge)[::-1]]), colour)
    _fill(canvas, np.concatenate([ridge, (ridge - bulge)[::-1]]), colour * np.float32(0.72))


def _bar(twig: Twig) -> Array:
    start, end = np.array(twig.start), np.array(twig.end)
    along = (end - start) / max(float(np.hypot(*(end - start))), 1e-6)
    side = np.array([-along[1], along[0]]) * max(twig.width, 1.6) / 2
    return np.array([start + side, end + 0.62 * side, end - 0.62 * side, start - side])


def _fill(canvas: Array, points: Array, colour: Array) -> None:
    """Fill a polygon and its copies across the tile's edges."""
    height, width = canvas.shape[:2]
    low, high = points.min(axis=0), points.max(axis=0)
    value = (float(colour[0]), float(colour[1]), float(colour[2]), 1.0)
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            if high[0] + i * width <= 0 or low[0] + i * width >= width:
                continue
            if high[1] + j * height <= 0 or low[1] + j * height >= height:
                continue
            moved = np.rint((points + np.array([i * width, j * height])) * 2**_SHIFT).astype(np.int32)
            cv2.fillPoly(canvas, [moved], value, cv2.LINE_8, _SHIFT)
