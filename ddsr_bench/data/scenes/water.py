"""Kind ``water``: shallow, clear water over stones; its waves bend what lies below and mirror sky and sun."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from ddsr_bench.data.scenes.camera import FRAME_RATE, Pinhole, Sway, draw_shake, draw_sway, pinhole, rotation
from ddsr_bench.data.scenes.materials import draw_material
from ddsr_bench.data.scenes.scene import Array
from ddsr_bench.data.scenes.texture import band_limit, tile_size
from ddsr_bench.seeding import generator

_WAVES = 26
_LENGTHS = (9.0, 260.0)  # of waves, in pixels of a 640-wide frame
_STEEP = 0.028  # slope of one wave, root mean square
_PULL = 26.0  # pixels that a slope of 1 moves what is seen below
_FASTEST = 5.0  # pixels a frame, of the longest wave


@dataclass(frozen=True)
class WaterScene:
    """Waves as sums of sines over a bottom.

    ``number`` (n, 2): wave vectors in radians a world pixel; ``rate`` (n,): radians a second; ``phase`` (n,);
    ``slope`` (n,): amplitudes of the surface's slope along each wave vector.
    """

    kind: str
    seed: int
    width: int
    height: int
    camera: Pinhole
    tilt: float
    pan: tuple[Sway, Sway]
    drift: tuple[float, float]
    bottom: Array
    number: Array
    rate: Array
    phase: Array
    slope: Array
    sun: tuple[float, float]
    tint: Array

    def render(self, time: float) -> Array:
        """Return ``float32 (H, W, 3)`` linear light in [0, 1] at ``time`` seconds."""
        x, y, foot = self._plane(time)
        across, down = self._slopes(x, y, foot, time)
        pull = np.float32(_PULL * self.width / 640)
        below = self._bottom(x + pull * across, y + pull * down)
        return np.clip(self._lit(below, across, down, foot), 0, 1)

    def flow(self, start: float, end: float) -> Array | None:
        """Return None: waves and what is seen through them move apart."""
        return None

    def _plane(self, time: float) -> tuple[Array, Array, Array]:
        """World coordinates of each pixel on the water, and how many world pixels a pixel covers, float32."""
        turn = rotation(self.tilt + self.pan[1].at(time), self.pan[0].at(time), 0.0)
        column = (np.arange(self.width) - (self.width - 1) / 2) / self.camera.focal
        row = ((np.arange(self.height) - (self.height - 1) / 2) / self.camera.focal)[:, None]
        rays = [turn[k, 0] * column + turn[k, 1] * row + turn[k, 2] for k in range(3)]
        depth = self.camera.focal / rays[2]
        x = depth * rays[0] + self.drift[0] * time
        y = depth * rays[1] + self.drift[1] * time
        return x.astype(np.float32), y.astype(np.float32), (depth / self.camera.focal).astype(np.float32)

    def _slopes(self, x: Array, y: Array, foot: Array, time: float) -> tuple[Array, Array]:
        """Slope of the surface along x and y; waves shorter than a pixel's footprint are smoothed away."""
        across, down = np.zeros_like(x), np.zeros_like(x)
        squared = foot * foot
        for (kx, ky), rate, phase, slope in zip(self.number, self.rate, self.phase, self.slope, strict=True):
            shift = np.float32(math.fmod(phase - rate * time, 2 * math.pi))
            wave = np.cos(np.float32(kx) * x + np.float32(ky) * y + shift)
            wave *= np.exp(np.float32(-(kx * kx + ky * ky) / 4) * squared) * np.float32(slope)
            length = math.hypot(kx, ky)
            across += wave * np.float32(kx / length)
            down += wave * np.float32(ky / length)
        return across, down

    def _bottom(self, x: Array, y: Array) -> Array:
        """The stones at world coordinates, wrapping around the tile."""
        height, width = self.bottom.shape[:2]
        u, v = np.mod(x, width), np.mod(y, height)
        wide = cv2.copyMakeBorder(self.bottom, 2, 2, 2, 2, cv2.BORDER_WRAP)
        return np.asarray(cv2.remap(wide, u + np.float32(2), v + np.float32(2), cv2.INTER_CUBIC))

    def _lit(self, below: Array, across: Array, down: Array, foot: Array) -> Array:
        """What is below, tinted and crossed by caustics; the sky, by Schlick's law; the sun, where it is mirrored."""
        focus = np.clip(1 + np.float32(2.2) * (across + down), 0.3, 2.4)
        seen = below * self.tint * focus[..., None]
        facing = np.clip(1 / np.maximum(foot, 1) - np.float32(0.8) * down, 0.02, 1)
        mirror = np.float32(0.02) + np.float32(0.98) * (1 - facing) ** 5
        sky = np.array([0.45, 0.62, 0.85], np.float32) * (np.float32(0.8) + np.float32(1.2) * across)[..., None]
        miss = (across - np.float32(self.sun[0])) ** 2 + (down - np.float32(self.sun[1])) ** 2
        glint = np.exp(miss * np.float32(-1 / (2 * 0.014**2))) * np.float32(1.4)
        return np.asarray(seen * (1 - mirror)[..., None] + sky * mirror[..., None] + glint[..., None])


def build(seed: int, width: int, height: int) -> WaterScene:
    """Make the scene; see :func:`ddsr_bench.data.scenes.make_scene`."""
    rng = generator("scene", "water", seed, "waves")
    unit = width / 640
    camera = pinhole(width, height)
    wind = rng.uniform(0, 2 * np.pi)
    shortest, longest = np.log(_LENGTHS)
    length = np.exp(np.linspace(shortest, longest, _WAVES)) * rng.uniform(0.9, 1.1, _WAVES) * unit
    heading = wind + rng.normal(0, 0.7, _WAVES)
    number = (2 * np.pi / length)[:, None] * np.stack([np.cos(heading), np.sin(heading)], axis=1)
    # Deep-water dispersion: speed grows with the root of the length.
    speed = _FASTEST * unit * FRAME_RATE * np.sqrt(length / length.max()) * rng.uniform(0.5, 1.0)
    drift = float(rng.uniform(5, 40)) * unit
    return WaterScene(
        kind="water",
        seed=seed,
        width=width,
        height=height,
        camera=camera,
        tilt=float(rng.uniform(0.1, 0.55)),
        pan=(draw_shake(rng, 1.5 * unit, camera.focal), draw_sway(rng, 0.01, 0.1, 0.4)),
        drift=(drift * math.cos(wind + 1.0), 0.6 * drift * math.sin(wind + 1.0)),
        bottom=_stones(seed, width, height),
        number=number,
        rate=speed * 2 * np.pi / length,
        phase=rng.uniform(0, 2 * np.pi, _WAVES),
        slope=_STEEP * rng.uniform(0.5, 1.5, _WAVES) * float(rng.uniform(0.6, 1.3)),
        sun=(float(rng.normal(0, 0.1)), float(rng.uniform(0.1, 0.24))),
        tint=np.array([rng.uniform(0.5, 0.8), rng.uniform(0.85, 1.0), rng.uniform(0.8, 1.0)], np.float32),
    )


def _stones(seed: int, width: int, height: int) -> Array:
    """A seamless bottom of one texel a world pixel, sharp but without what pixels could not show."""
    rng = generator("scene", "water", seed, "bottom")
    columns, rows = tile_size(width, height)
    name = ("cobbles", "tiles", "cobbles")[seed % 3]
    fine = band_limit(draw_material(name, rng, columns, rows, 2.0 * width / 640))
    half = cv2.resize(fine, (columns // 2, rows // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(np.clip(half, 0, 1), np.float32)
