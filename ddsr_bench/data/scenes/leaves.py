"""Dead leaves: opaque shapes of all sizes falling on each other, the classical model of natural images.

Radii follow p(r) ~ r^-3, the one law under which the picture looks alike at all scales: Ruderman, "Origins of
scaling in natural images", Vision Research 1997; Lee, Mumford and Huang, "Occlusion models for natural
images", IJCV 2001. Shapes, textures, shading and shadows are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ddsr_bench.data.scenes.colour import draw_colours
from ddsr_bench.data.scenes.noise import fractal
from ddsr_bench.data.scenes.scene import Array

_CORNERS = 24
_LEAST = 1.2  # texels
_SHIFT = 4  # fractional bits of drawn coordinates
_SOIL = (0.035, 0.027, 0.02)  # linear colour of bare ground
_SIDE = 512  # texels a side of the fields that leaves take their texture from; a power of two


@dataclass(frozen=True)
class Leaves:
    """Shapes in the order they fall: centres (x, y) and radii in texels, angles, outlines, on a seamless tile."""

    width: int
    height: int
    centre: Array
    radius: Array
    angle: Array
    outline: Array


def draw_radii(rng: np.random.Generator, count: int, smallest: float, largest: float) -> Array:
    """Draw ``float64 (count,)`` radii of density r^-3 on [smallest, largest] by inverting its distribution."""
    low, high = smallest**-2.0, largest**-2.0
    return np.asarray((low - rng.uniform(0, 1, count) * (low - high)) ** -0.5)


def draw_leaves(
    rng: np.random.Generator, size: tuple[int, int], *, smallest: float, largest: float, coverage: float
) -> Leaves:
    """Draw leaves over a tile of ``size`` (width, height) texels, in number such that their areas add up to
    ``coverage`` tiles: 5 leaves nothing bare to speak of, 0.3 leaves two thirds to be seen through.

    Radii are held to at least 1.2 texels, below which nothing could be told apart.
    """
    smallest, largest = max(smallest, _LEAST), max(largest, 2 * _LEAST)
    width, height = size
    mean_area = 2 * np.pi * np.log(largest / smallest) / (smallest**-2.0 - largest**-2.0) * 0.75
    count = max(1, round(coverage * width * height / mean_area))
    radius = draw_radii(rng, count, smallest, largest)
    centre = rng.uniform(0, 1, (count, 2)) * (width, height)
    angle = rng.uniform(0, 2 * np.pi, count)
    outline = _outlines(rng, count) * radius[:, None, None]
    turned = _turn(outline, angle) + centre[:, None, :]
    return Leaves(width, height, centre, radius, angle, turned)


def _outlines(rng: np.random.Generator, count: int) -> Array:
    """Unit outlines ``(count, 24, 2)``: ellipses, polygons of 3 to 6 sides, and lobed blobs, a third each."""
    theta = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    kind = rng.integers(0, 3, (count, 1))
    sides = rng.integers(3, 7, (count, 1))
    wedge = np.mod(theta, 2 * np.pi / sides) - np.pi / sides
    polygon = np.cos(np.pi / sides) / np.cos(wedge) * 1.15
    lobes = 1 + rng.uniform(0.05, 0.3, (count, 1)) * np.sin(sides * theta + rng.uniform(0, 6.3, (count, 1)))
    reach = np.select([kind == 0, kind == 1], [np.ones_like(polygon), polygon], lobes)
    squeeze = rng.uniform(0.45, 1, (count, 1))
    return np.stack([reach * np.cos(theta), reach * np.sin(theta) * squeeze], axis=-1)


def _turn(points: Array, angle: Array) -> Array:
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y = points[..., 0], points[..., 1]
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)


def paint_labels(leaves: Leaves) -> Array:
    """Return ``int32 (height, width)``: the 1-based number of the uppermost leaf at each texel, 0 where bare."""
    labels: Array = np.zeros((leaves.height, leaves.width), np.int32)
    fixed = np.rint(leaves.outline * 2**_SHIFT).astype(np.int32)
    low, high = leaves.outline.min(1), leaves.outline.max(1)
    size = np.array([leaves.width, leaves.height])
    crossing = ((low < 0) | (high > size - 1)).any(1)
    for number, (points, crosses) in enumerate(zip(fixed, crossing.tolist(), strict=True), start=1):
        for shift in _copies(low[number - 1], high[number - 1], size) if crosses else (None,):
            moved = points if shift is None else points + shift
            cv2.fillPoly(labels, [moved], number, cv2.LINE_8, _SHIFT)
    return labels


def _copies(low: Array, high: Array, size: Array) -> list[Array]:
    """Offsets, in fixed point, of the copies that make a leaf across the edge seamless."""
    steps = [
        [k for k in (-1, 0, 1) if h + k * s > 0 and a + k * s < s] for a, h, s in zip(low, high, size, strict=True)
    ]
    return [np.array([i, j], np.int32) * size.astype(np.int32) * 2**_SHIFT for i in steps[0] for j in steps[1]]


def shade(rng: np.random.Generator, leaves: Leaves, labels: Array, *, texture: float = 0.3) -> Array:
    """Return ``float32 (height, width, 3)`` linear light of painted leaves; dark soil where bare.

    Each leaf has one colour, its own patch of 1/f texture (deviation up to ``texture``), a gradient of light
    across it, and throws a short soft shadow to the lower right on what lies beneath.
    """
    count = leaves.radius.size
    colours = draw_colours(rng, count + 1, hues=4)
    colours[0] = _SOIL
    offsets = _offsets(leaves, labels)
    light = _leaf_texture(rng, labels, offsets, texture) * _gradient(rng, leaves, labels, offsets)
    light *= _shadow(labels)
    return np.asarray(colours[labels] * light[..., None])


def _offsets(leaves: Leaves, labels: Array) -> tuple[Array, Array]:
    """Texels right of and below the middle of the leaf at each texel, the short way round the tile; float32."""
    parts = []
    for axis, length in enumerate((leaves.width, leaves.height)):
        start = np.r_[0, leaves.centre[:, axis]].astype(np.float32)
        position = np.arange(length, dtype=np.float32)
        offset = (position if axis == 0 else position[:, None]) - start[labels]
        offset -= np.float32(length) * np.rint(offset * np.float32(1 / length))
        parts.append(offset)
    return parts[0], parts[1]


def _leaf_texture(rng: np.random.Generator, labels: Array, offsets: tuple[Array, Array], strength: float) -> Array:
    """One factor a texel: an own patch of one of three seamless 1/f fields (mottled, and grained two ways)."""
    stretches = ((1.0, 1.0), (0.25, 2.5), (2.5, 0.25))
    fields = np.stack([fractal(rng, _SIDE, _SIDE, slope=1.0, stretch=s, smallest=2.5) for s in stretches])
    count = int(labels.max()) + 1
    down, right, which = (rng.integers(0, n, count).astype(np.int32) for n in (_SIDE, _SIDE, len(fields)))
    depth = (strength * rng.uniform(0.2, 1, count)).astype(np.float32)
    x = (np.rint(offsets[0]).astype(np.int32) + right[labels]) & (_SIDE - 1)
    y = (np.rint(offsets[1]).astype(np.int32) + down[labels]) & (_SIDE - 1)
    index = (which[labels] * _SIDE + y) * _SIDE + x
    return np.asarray(np.maximum(1 + depth[labels] * fields.ravel()[index], np.float32(0.1)))


def _gradient(rng: np.random.Generator, leaves: Leaves, labels: Array, offsets: tuple[Array, Array]) -> Array:
    """One factor a texel: light rising across each leaf, by up to half either way, in its own direction."""
    slope = rng.uniform(0, 0.45, leaves.radius.size) / leaves.radius
    light = np.ones(labels.shape, np.float32)
    for offset, along in zip(offsets, (np.cos(leaves.angle), np.sin(leaves.angle)), strict=True):
        light += np.r_[0, slope * along].astype(np.float32)[labels] * offset
    return np.asarray(np.clip(light, np.float32(0.35), np.float32(1.6)))


def _shadow(labels: Array) -> Array:
    """One factor a texel: darker where something that fell later lies a few texels to the upper left."""
    shade_ = np.zeros(labels.shape, np.float32)
    for step in (2, 4, 7, 10):
        shade_ += np.roll(labels, (step, step), (0, 1)) > labels
    return np.asarray(1 - np.float32(0.13) * cv2.blur(shade_, (3, 3)))
