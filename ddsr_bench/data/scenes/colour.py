"""Colours of things: sRGB transfer, and small palettes as scenes have them."""

from __future__ import annotations

import functools

import numpy as np

from ddsr_bench.data.scenes.scene import Array

# Hues (turns) and saturations that surfaces outdoors cluster around; the last two are the rarer vivid accents.
_HUES = (
    (0.08, 0.40),
    (0.10, 0.25),
    (0.28, 0.45),
    (0.22, 0.35),
    (0.58, 0.35),
    (0.04, 0.50),
    (0.99, 0.65),
    (0.14, 0.75),
)
_LAST = 65535


def to_linear(encoded: Array) -> Array:
    """Linear light of sRGB-encoded values, both float in [0, 1] (IEC 61966-2-1); float32, any shape."""
    value = np.asarray(encoded, np.float64)
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


def encode(linear: Array) -> Array:
    """``uint8`` sRGB of linear light in [0, 1], any shape; rounded to nearest by a table of 65536 steps."""
    index = np.clip(linear, 0, 1) * np.float32(_LAST) + np.float32(0.5)
    return np.asarray(_table()[index.astype(np.uint16)])


@functools.cache
def _table() -> Array:
    light = np.arange(_LAST + 1) / _LAST
    encoded = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(encoded * 255).astype(np.uint8))


def draw_colours(rng: np.random.Generator, count: int, hues: int = 4) -> Array:
    """Draw ``float32 (count, 3)`` linear colours that belong together: few hues, many values, mostly muted."""
    chosen = rng.choice(len(_HUES), size=hues, replace=False, p=_hue_odds())
    share = 0.6 ** np.arange(hues)
    which = chosen[rng.choice(hues, count, p=share / share.sum())]
    table = np.array(_HUES)
    hue = table[which, 0] + rng.normal(0, 0.025, count)
    saturation = np.clip(table[which, 1] * rng.uniform(0.4, 1.2, count), 0, 0.95)
    value = 0.12 + 0.85 * rng.beta(1.5, 1.4, count)
    return to_linear(hsv(hue, saturation, value))


def _hue_odds() -> Array:
    odds = np.array([3.0, 3, 3, 3, 2, 2, 0.7, 0.7])
    return np.asarray(odds / odds.sum())


def hsv(hue: Array, saturation: Array, value: Array) -> Array:
    """``(..., 3)`` RGB of hue (turns, wraps), saturation and value in [0, 1], by the hexcone of Smith (1978)."""
    sector = np.mod(hue, 1.0)[..., None] * 6 + np.array([5.0, 3.0, 1.0])
    distance = np.mod(sector, 6)
    ramp = np.clip(np.minimum(distance, 4 - distance), 0, 1)
    return np.asarray(value[..., None] * (1 - saturation[..., None] * ramp))
