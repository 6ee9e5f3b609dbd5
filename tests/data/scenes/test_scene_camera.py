"""Poses, rotations and the ray-plane homography against a hand-made ray tracer."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ddsr_bench.data.scenes.camera import (
    FASTEST,
    SLOWEST,
    CameraPath,
    Pinhole,
    Pose,
    Sway,
    draw_path,
    draw_speed,
    draw_sway,
    pinhole,
    rotation,
)
from ddsr_bench.seeding import generator

angles = st.floats(-0.7, 0.7)


@given(angles, angles, angles)
def test_rotation_is_scipys(pitch, yaw, roll):
    expected = Rotation.from_euler("zxy", [roll, pitch, yaw]).as_matrix()  # extrinsic: z first, y last
    np.testing.assert_allclose(rotation(pitch, yaw, roll), expected, atol=1e-12)


@given(angles, angles, angles, st.floats(0, 99), st.floats(0, 59))
def test_plane_matrix_is_where_the_ray_lands(pitch, yaw, roll, x, y):
    camera = Pinhole(90.0, 100, 60)
    pose = Pose(5.0, -7.0, 1.25, pitch, yaw, roll)
    ray = rotation(pitch, yaw, roll) @ np.array([(x - 49.5) / 90, (y - 29.5) / 90, 1.0])
    depth = 2.0 * 90 / 1.25
    landing = np.array([5.0, -7.0]) + ray[:2] * depth / ray[2]
    u, v, w = camera.to_plane(pose, 2.0) @ np.array([x, y, 1.0])
    np.testing.assert_allclose([u / w, v / w], landing, rtol=1e-9, atol=1e-7)


def test_sway_is_the_sum_of_its_sines():
    sway = Sway(((2.0, 0.5, 0.0), (1.0, 0.0, math.pi / 2)))
    assert sway.at(0.5) == pytest.approx(3.0)
    assert sway.at(1.0) == pytest.approx(1.0)


@given(st.integers(0, 10_000), st.floats(-100, 100))
def test_drawn_sway_stays_within_its_amplitude(seed, time):
    sway = draw_sway(generator("test", seed), 4.0, 0.1, 5.0)
    assert abs(sway.at(time)) <= 4.0 + 1e-9
    assert all(0.1 - 1e-9 <= f <= 5.0 + 1e-9 for _, f, _ in sway.terms)


def test_speeds_fill_the_stated_range_evenly_in_octaves():
    speeds = np.array([draw_speed(generator("speed", n), 640) / 24 for n in range(2000)])
    assert SLOWEST <= speeds.min() < 0.32
    assert 11.5 < speeds.max() <= FASTEST
    assert np.median(speeds) == pytest.approx(math.sqrt(SLOWEST * FASTEST), rel=0.15)


def test_speed_scales_with_the_width():
    assert draw_speed(generator("a"), 320) == pytest.approx(draw_speed(generator("a"), 640) / 2)


def test_drawn_path_drifts_at_the_speed_asked_for():
    path = draw_path(generator("path"), pinhole(640, 360), speed=24.0)
    assert isinstance(path, CameraPath)
    ticks = [path.pose(float(t)) for t in (0, 1000)]
    mean = math.hypot(ticks[1].x - ticks[0].x, (ticks[1].y - ticks[0].y) / 0.7) / 1000
    assert mean == pytest.approx(24.0, rel=0.01)
