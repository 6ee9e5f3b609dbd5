"""Camera paths: smooth, endless functions of time, and the pinhole camera that turns them into matrices.

Lengths are in *world pixels*: one screen pixel at distance ``focal``, looking straight on. A surface is the plane
z = distance; the camera looks along +z, x to the right, y down, as in images.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ddsr_bench.data.scenes.scene import Array

FRAME_RATE = 24.0  # the rate at which "pixels per frame" are meant throughout the scenes
SLOWEST, FASTEST = 0.3, 12.0  # px/frame of a 640-pixel-wide picture


@dataclass(frozen=True)
class Sway:
    """A sum of sines: ``sum(amplitude * sin(2 pi frequency t + phase))`` over (amplitude, Hz, rad) triples."""

    terms: tuple[tuple[float, float, float], ...] = ()

    def at(self, time: float) -> float:
        """Value at ``time`` seconds."""
        return math.fsum(a * math.sin(2 * math.pi * f * time + p) for a, f, p in self.terms)


@dataclass(frozen=True)
class Pose:
    """Where the camera is and how it is turned: world pixels, factor on all distances, radians."""

    x: float
    y: float
    nearness: float
    pitch: float
    yaw: float
    roll: float


@dataclass(frozen=True)
class CameraPath:
    """A travelling, swaying, turning camera; every member is smooth, so the motion is.

    ``velocity`` is in world pixels a second, ``origin`` in world pixels, ``zoom`` in natural-log units, the three
    turns in radians (a fixed angle plus a sway).
    """

    velocity: tuple[float, float]
    origin: tuple[float, float] = (0.0, 0.0)
    sway_x: Sway = Sway()
    sway_y: Sway = Sway()
    zoom: Sway = Sway()
    tilt: tuple[float, float, float] = (0.0, 0.0, 0.0)
    pitch: Sway = Sway()
    yaw: Sway = Sway()
    roll: Sway = Sway()

    def pose(self, time: float) -> Pose:
        """Pose at ``time`` seconds."""
        return Pose(
            x=self.origin[0] + self.velocity[0] * time + self.sway_x.at(time),
            y=self.origin[1] + self.velocity[1] * time + self.sway_y.at(time),
            nearness=math.exp(self.zoom.at(time)),
            pitch=self.tilt[0] + self.pitch.at(time),
            yaw=self.tilt[1] + self.yaw.at(time),
            roll=self.tilt[2] + self.roll.at(time),
        )


@dataclass(frozen=True)
class Pinhole:
    """A pinhole camera: focal length and frame size in pixels, principal point in the middle."""

    focal: float
    width: int
    height: int

    def to_plane(self, pose: Pose, distance: float = 1.0) -> Array:
        """Return the 3x3 matrix from screen pixels to world pixels on the plane ``distance`` focal lengths away.

        A ray ``R K^-1 p`` meets the plane where its z is the distance: a homography in p. Pixel centres are at
        whole numbers.
        """
        depth = distance * self.focal / pose.nearness
        inverse_k = np.array(
            [
                [1 / self.focal, 0, -(self.width - 1) / 2 / self.focal],
                [0, 1 / self.focal, -(self.height - 1) / 2 / self.focal],
                [0, 0, 1],
            ]
        )
        onto = np.array([[depth, 0, pose.x], [0, depth, pose.y], [0, 0, 1]])
        return np.asarray(onto @ rotation(pose.pitch, pose.yaw, pose.roll) @ inverse_k)


def rotation(pitch: float, yaw: float, roll: float) -> Array:
    """Return the 3x3 rotation: roll about z first, then pitch about x, then yaw about y; radians."""
    cp, sp, cy, sy, cr, sr = (f(a) for a in (pitch, yaw, roll) for f in (math.cos, math.sin))
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(about_y @ about_x @ about_z)


def pinhole(width: int, height: int) -> Pinhole:
    """Return the house camera: a horizontal field of view of about 58 degrees (focal = 0.9 widths)."""
    return Pinhole(0.9 * width, width, height)


def draw_speed(rng: np.random.Generator, width: int) -> float:
    """Draw a speed in pixels a second, log-uniform in 0.3 to 12 px/frame of a 640-wide picture at 24 frames/s."""
    return float(np.exp(rng.uniform(np.log(SLOWEST), np.log(FASTEST)))) * FRAME_RATE * width / 640


def draw_sway(rng: np.random.Generator, amplitude: float, low: float, high: float, terms: int = 3) -> Sway:
    """Draw a sway whose terms lie between ``low`` and ``high`` Hz; slower terms are larger (as 1/f).

    The amplitudes sum to ``amplitude``, so the sway never leaves [-amplitude, amplitude].
    """
    frequency = np.exp(rng.uniform(np.log(low), np.log(high), terms))
    weight = rng.uniform(0.5, 1, terms) / frequency
    size = amplitude * weight / weight.sum()
    phase = rng.uniform(0, 2 * np.pi, terms)
    return Sway(tuple((float(a), float(f), float(p)) for a, f, p in zip(size, frequency, phase, strict=True)))


def draw_shake(rng: np.random.Generator, pixels: float, focal: float) -> Sway:
    """Draw a hand's tremor as a turn in radians that moves the picture by at most ``pixels``, 0.6 to 6 Hz."""
    return draw_sway(rng, pixels / focal, 0.6, 6.0, terms=5)


def draw_path(
    rng: np.random.Generator,
    camera: Pinhole,
    *,
    speed: float | None = None,
    tilt: tuple[float, float, float] = (0.0, 0.0, 0.0),
    zoom: float = 0.08,
) -> CameraPath:
    """Draw a hand-held travelling shot: a steady drift, a gentle weave, slow zoom and roll, and a tremor.

    Args:
        rng: source of the draw.
        camera: the camera; its width scales all lengths.
        speed: drift in world pixels a second; drawn by :func:`draw_speed` where None.
        tilt: fixed pitch, yaw and roll, radians.
        zoom: largest zoom either way, in natural-log units.
    """
    speed = draw_speed(rng, camera.width) if speed is None else speed
    heading = rng.uniform(0, 2 * np.pi)
    tremor = rng.uniform(0.2, 1.6) * camera.width / 640
    return CameraPath(
        velocity=(float(speed * np.cos(heading)), float(0.7 * speed * np.sin(heading))),
        origin=(float(rng.uniform(0, camera.width)), float(rng.uniform(0, camera.height))),
        sway_x=draw_sway(rng, 0.25 * speed, 0.1, 0.4),
        sway_y=draw_sway(rng, 0.25 * speed, 0.1, 0.4),
        zoom=draw_sway(rng, zoom, 0.05, 0.25, terms=2),
        tilt=tilt,
        pitch=draw_shake(rng, tremor, camera.focal),
        yaw=draw_shake(rng, tremor, camera.focal),
        roll=draw_sway(rng, float(rng.uniform(0.005, 0.04)), 0.1, 0.6),
    )
