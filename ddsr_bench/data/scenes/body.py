"""A walking figure: textured parts that hang on joints and swing with the step."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ddsr_bench.data.scenes.colour import draw_colours, hsv, to_linear
from ddsr_bench.data.scenes.gratings import wave
from ddsr_bench.data.scenes.noise import fractal
from ddsr_bench.data.scenes.scene import Array
from ddsr_bench.data.scenes.texture import TEXELS, Texture, build_texture

Place = Callable[[float, float], tuple[tuple[float, float], float]]
_SWING, _KNEE, _ARM, _ELBOW = 0.5, 0.55, 0.55, 0.45  # radians
_THIGH, _SHIN, _TRUNK, _UPPER, _FORE, _HEAD = 0.245, 0.25, 0.3, 0.17, 0.16, 0.13  # of the height


@dataclass(frozen=True)
class Part:
    """A limb: its texture, the texel of its joint, how far from the joint it reaches in pixels, and where it goes.

    ``place(step, tall)`` returns the joint relative to the hips in pixels, x ahead and y down, and the angle in
    radians; at angle 0 the part hangs straight down.
    """

    texture: Texture
    pivot: tuple[float, float]
    reach: float
    place: Place


def draw_body(rng: np.random.Generator, tall: float) -> tuple[Part, ...]:
    """Draw a figure ``tall`` pixels high, its parts from the farthest to the nearest."""
    coat, trousers = draw_colours(rng, 2, hues=2)
    skin = to_linear(hsv(np.array([rng.uniform(0.04, 0.08)]), np.array([rng.uniform(0.3, 0.6)]), np.array([0.8])))[0]
    skin = skin * np.float32(rng.uniform(0.3, 1))
    striped = float(rng.uniform(2.5, 8)) if rng.integers(2) else 0.0
    legs = [_leg(rng, tall, trousers, phase) for phase in (0.0, math.pi)]
    arms = [_arm(rng, tall, coat, skin, phase, striped) for phase in (math.pi, 0.0)]
    trunk = _part(rng, tall * _TRUNK, tall * 0.18, coat, lambda step, size: ((0.0, -_TRUNK * size), 0.0), striped)
    hair = to_linear(hsv(np.array([0.08]), np.array([0.5]), np.array([rng.uniform(0.1, 0.6)])))[0]
    head = _part(rng, tall * _HEAD, tall * 0.105, skin, _above, 0.0, cap=hair)
    hips = _part(rng, tall * 0.11, tall * 0.16, trousers, lambda step, size: ((0.0, -0.04 * size), 0.0), 0.0)
    return (*arms[0], *legs[0], hips, *legs[1], trunk, head, *arms[1])


def _above(step: float, tall: float) -> tuple[tuple[float, float], float]:
    """The head sits on the trunk and nods a little."""
    return (0.01 * tall, -(_TRUNK + _HEAD * 0.97) * tall), 0.05 * math.sin(2 * step)


def _leg(rng: np.random.Generator, tall: float, colour: Array, phase: float) -> tuple[Part, Part]:
    """Thigh and shin; the knee bends while the leg comes forward."""

    def thigh(step: float, size: float) -> tuple[tuple[float, float], float]:
        return (0.0, 0.0), -_SWING * math.sin(step + phase)

    def shin(step: float, size: float) -> tuple[tuple[float, float], float]:
        angle = -_SWING * math.sin(step + phase)
        knee = (-math.sin(angle) * _THIGH * size, math.cos(angle) * _THIGH * size)
        return knee, angle + _KNEE * (0.5 + 0.5 * math.cos(step + phase))

    shade = colour * np.float32(0.75 if phase else 1.0)
    shoe = np.array([0.02, 0.02, 0.02], np.float32)
    return (
        _part(rng, tall * (_THIGH + 0.03), tall * 0.1, shade, thigh, 0.0),
        _part(rng, tall * (_SHIN + 0.03), tall * 0.075, shade, shin, 0.0, foot=shoe),
    )


def _arm(
    rng: np.random.Generator, tall: float, colour: Array, skin: Array, phase: float, striped: float
) -> tuple[Part, Part]:
    """Upper arm and forearm, swinging against the leg of their side."""

    def upper(step: float, size: float) -> tuple[tuple[float, float], float]:
        return (0.0, -(_TRUNK - 0.03) * size), -_ARM * math.sin(step + phase)

    def fore(step: float, size: float) -> tuple[tuple[float, float], float]:
        angle = -_ARM * math.sin(step + phase)
        elbow = (-math.sin(angle) * _UPPER * size, -(_TRUNK - 0.03) * size + math.cos(angle) * _UPPER * size)
        return elbow, angle - _ELBOW * (0.6 - 0.4 * math.sin(step + phase))

    shade = colour * np.float32(0.85 if phase else 0.7)
    return (
        _part(rng, tall * (_UPPER + 0.02), tall * 0.07, shade, upper, striped),
        _part(rng, tall * _FORE, tall * 0.055, shade, fore, striped, foot=skin),
    )


def _part(
    rng: np.random.Generator,
    length: float,
    width: float,
    colour: Array,
    place: Place,
    striped: float,
    *,
    cap: Array | None = None,
    foot: Array | None = None,
) -> Part:
    """A capsule of ``length`` x ``width`` pixels with cloth on it, the joint near its upper end."""
    half_w = int(np.ceil((width * TEXELS / 2 + 4) / 8)) * 8
    rows = int(np.ceil((length * TEXELS + 12) / 16)) * 16
    y, x = (axis.astype(np.float32) for axis in np.indices((rows, 2 * half_w), np.float32))
    x = x - (half_w - 0.5)
    radius = width * TEXELS / 2
    top, bottom = 6 + radius, max(6 + length * TEXELS - radius, 6 + radius)
    distance = np.hypot(x, np.maximum(np.maximum(top - y, y - bottom), 0))
    cover = np.clip(radius - distance + 0.5, 0, 1).astype(np.float32)
    picture = _cloth(rng, x, y, colour, striped) * _round(x, radius)[..., None]
    if cap is not None:
        picture[y[:, 0] < 6 + 0.4 * length * TEXELS] = cap
    if foot is not None:
        picture[y[:, 0] > 6 + 0.84 * length * TEXELS] = foot
    texture = build_texture(np.clip(picture, 0, 1).astype(np.float32), cover, border=cv2.BORDER_CONSTANT)
    pivot = (half_w - 0.5, 6 + min(radius, length * TEXELS / 3))
    reach = math.hypot(length + 8, width + 4) + 3
    return Part(texture, pivot, reach, place)


def _cloth(rng: np.random.Generator, x: Array, y: Array, colour: Array, striped: float) -> Array:
    grain = 1 + np.float32(0.15) * fractal(rng, *x.shape, slope=0.8)
    paint = np.broadcast_to(colour, (*x.shape, 3)) * grain[..., None]
    if striped:
        share = wave(y / (striped * TEXELS), striped * TEXELS)[..., None]
        paint = paint * (np.float32(0.35) + np.float32(0.65) * share)
    return np.asarray(paint, np.float32)


def _round(x: Array, radius: float) -> Array:
    """Light falling on a cylinder from the upper left."""
    return np.clip(1.1 - 0.5 * ((x + 0.35 * radius) / max(radius, 1.0)) ** 2, 0.35, 1.1).astype(np.float32)
