"""Things that fly through the picture: outlines, patterns, and their textures with a soft dark rim around."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ddsr_bench.data.scenes.colour import draw_colours
from ddsr_bench.data.scenes.leaves import draw_leaves, paint_labels, shade
from ddsr_bench.data.scenes.noise import fractal
from ddsr_bench.data.scenes.scene import Array
from ddsr_bench.data.scenes.texture import Texture, build_texture

_CORNERS = 360
_MARGIN = 1.25  # half the texture's side over the shape's radius: room for the rim
_FINER = 2  # shapes are drawn so many times finer and averaged down

Pattern = Callable[[np.random.Generator, Array, Array, float], Array]


def draw_shape(rng: np.random.Generator, radius: float, unit: float) -> Texture:
    """Return the texture of a thing of about ``radius`` texels: coloured, patterned, shaded like a dome.

    Args:
        rng: source of the draw.
        radius: largest reach from the middle, texels.
        unit: texels to a pixel of a 640-wide frame; fine patterns are sized by it.
    """
    half = int(np.ceil(radius * _MARGIN / 16)) * 16
    axis = np.arange(-half, half, dtype=np.float32) + np.float32(0.5)
    x, y = np.meshgrid(axis, axis)
    cover = _cover(rng, half, radius)
    paint = _PATTERNS[int(rng.integers(len(_PATTERNS)))](rng, x, y, unit)
    dome = np.clip(1.15 - 0.45 * np.hypot(x + 0.4 * radius, y + 0.4 * radius) / radius, 0.4, 1.15)
    grain = 1 + np.float32(0.12) * fractal(rng, 2 * half, 2 * half, slope=0.9)
    colour = np.clip(paint * (dome * grain)[..., None], 0, 1)
    rim = cv2.GaussianBlur(cover, (0, 0), 0.06 * radius + 1)
    alpha = cover + (1 - cover) * np.float32(0.5) * rim * _fade(x, y, half)
    lit = colour * (cover / np.maximum(alpha, 1e-6))[..., None]
    return build_texture(lit.astype(np.float32), alpha.astype(np.float32), border=cv2.BORDER_CONSTANT)


def _fade(x: Array, y: Array, half: int) -> Array:
    """One inside, falling to nought at the texture's edge, so that no rim is cut off."""
    return np.clip((half - 2 - np.maximum(np.abs(x), np.abs(y))) / 8, 0, 1)


def _cover(rng: np.random.Generator, half: int, radius: float) -> Array:
    """Return the antialiased coverage ``float32 (2 half, 2 half)`` of a random outline."""
    theta = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    reach = _outline(rng, theta)
    reach *= _FINER * radius / reach.max()
    squeeze = rng.uniform(0.6, 1)
    points = np.stack([reach * np.cos(theta), squeeze * reach * np.sin(theta)], -1) + _FINER * half - 0.5
    fine: Array = np.zeros((2 * half * _FINER,) * 2, np.uint8)
    cv2.fillPoly(fine, [np.rint(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return np.asarray(cv2.resize(fine, (2 * half, 2 * half), interpolation=cv2.INTER_AREA).astype(np.float32) / 255)


def _outline(rng: np.random.Generator, theta: Array) -> Array:
    """Distance from the middle in every direction: a disc, a star, a gear, a polygon or a blob."""
    points = int(rng.integers(3, 9))
    wave = np.cos(points * theta)
    wedge = np.mod(theta, 2 * np.pi / points) - np.pi / points
    blob = 1 + sum(rng.normal(0, 0.25 / k) * np.cos(k * theta + rng.uniform(0, 6.3)) for k in range(2, 7))
    choices = (
        np.ones_like(theta),
        1 + 0.35 * wave,
        1 + 0.12 * np.clip(4 * np.cos(2 * points * theta), -1, 1),
        1 / np.cos(wedge),
        np.maximum(blob, 0.3),
    )
    return np.array(choices[int(rng.integers(len(choices)))])


def _stripes(rng: np.random.Generator, x: Array, y: Array, unit: float) -> Array:
    angle, period = rng.uniform(0, np.pi), float(rng.uniform(2.5, 14)) * unit
    phase = (np.cos(angle) * x + np.sin(angle) * y) / period
    return _mix(rng, _hard_wave(phase, period))


def _rings(rng: np.random.Generator, x: Array, y: Array, unit: float) -> Array:
    period = float(rng.uniform(3, 14)) * unit
    return _mix(rng, _hard_wave(np.hypot(x, y) / period, period))


def _checks(rng: np.random.Generator, x: Array, y: Array, unit: float) -> Array:
    period = float(rng.uniform(5, 20)) * unit
    a, b = _hard_wave(x / period, period), _hard_wave(y / period, period)
    return _mix(rng, a * b + (1 - a) * (1 - b))


def _mottle(rng: np.random.Generator, x: Array, y: Array, unit: float) -> Array:
    field = fractal(rng, *x.shape, slope=1.2, smallest=1.5 * unit)
    return _mix(rng, np.clip(0.5 + 0.6 * field, 0, 1))


def _collage(rng: np.random.Generator, x: Array, y: Array, unit: float) -> Array:
    size = x.shape[1], x.shape[0]
    leaves = draw_leaves(rng, size, smallest=1.5 * unit, largest=max(size[0] / 5, 2 * unit), coverage=5)
    return shade(rng, leaves, paint_labels(leaves))


_PATTERNS: tuple[Pattern, ...] = (_stripes, _rings, _checks, _mottle, _collage)


def _hard_wave(phase: Array, period: float) -> Array:
    """A square wave of 0 and 1 with edges about two texels wide; ``phase`` in periods, ``period`` in texels."""
    ramp = np.abs(np.mod(phase, 1) - 0.5) * 2 - 0.5
    return np.clip(ramp * period / 4 + 0.5, 0, 1)


def _mix(rng: np.random.Generator, share: Array) -> Array:
    """Blend a light and a dark colour by ``share``."""
    first, second = draw_colours(rng, 2, hues=2)
    dark = second * np.float32(0.35 / max(float(second.max()), 0.35)) * np.float32(rng.uniform(0.2, 1))
    light = first * np.float32(0.75 / max(float(first.max()), 1e-3))
    return np.asarray(dark + share[..., None].astype(np.float32) * (light - dark), dtype=np.float32)
