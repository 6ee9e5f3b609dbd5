"""The motion in the pixels is the motion of the camera."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ddsr_bench.data.scenes import make_scene
from ddsr_bench.data.scenes.camera import CameraPath

PATCH = 64


def carried(after, flow):
    """The later frame brought back along the flow, and where that is known."""
    height, width = flow.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x + flow[..., 0], y + flow[..., 1]
    inside = (x > 4) & (x < width - 5) & (y > 4) & (y < height - 5)
    return cv2.remap(after, x, y, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE), inside


def remaining_shift(before, moved, corner):
    """Displacement (dx, dy) between equal patches by least squares on brightness (Lucas and Kanade, IJCAI 1981),
    or None where the patch lacks structure in some direction to measure it by.
    """
    cut = slice(corner[0], corner[0] + PATCH), slice(corner[1], corner[1] + PATCH)
    first, second = (cv2.GaussianBlur(frame.mean(-1).astype(np.float64), (0, 0), 1.5) for frame in (before, moved))
    gy, gx = (g[cut] for g in np.gradient((first + second) / 2))
    error = (first - second)[cut]
    normal = np.array([[(gx * gx).sum(), (gx * gy).sum()], [(gx * gy).sum(), (gy * gy).sum()]])
    if np.linalg.eigvalsh(normal)[0] < 3e-5 * PATCH**2:
        return None
    return np.linalg.solve(normal, [(gx * error).sum(), (gy * error).sum()])


def all_remaining(before, after, flow):
    """Remaining shifts of all patches that can be measured, ``(n, 2)``."""
    moved, inside = carried(after, flow)
    corners = [(r, c) for r in range(0, 180 - PATCH, 24) for c in range(0, 320 - PATCH, 32)]
    corners = [(r, c) for r, c in corners if inside[r : r + PATCH, c : c + PATCH].all()]
    shifts = [remaining_shift(before, moved, corner) for corner in corners]
    return np.array([shift for shift in shifts if shift is not None])


@pytest.mark.parametrize("kind", ["plane", "photo", "text"])
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_measured_motion_equals_the_flow_within_a_tenth_of_a_pixel(kind, seed):
    scene = make_scene(kind, seed=seed, width=320, height=180)
    start, end = 0.5, 0.5 + 1 / 24
    before, after = scene.render(start), scene.render(end)
    flow = scene.flow(start, end)
    shifts = all_remaining(before, after, flow)
    assert len(shifts) >= 4
    assert np.abs(shifts).max() < 0.1
    wrong = all_remaining(before, after, flow + np.float32([0.3, -0.2]))  # the ruler itself is sound
    np.testing.assert_allclose(np.median(wrong, axis=0), [-0.3, 0.2], atol=0.1)


def phase_shift(before, after):
    """Displacement (dx, dy) of the whole picture from the slope of the cross-spectrum's phase at low frequencies."""
    window = np.outer(np.hanning(before.shape[0]), np.hanning(before.shape[1]))
    one, other = (np.fft.fft2((frame.mean(-1) - frame.mean()) * window) for frame in (before, after))
    fy, fx = np.meshgrid(*(np.fft.fftfreq(n) for n in window.shape), indexing="ij")
    low = (np.hypot(fx, fy) < 0.1) & (np.hypot(fx, fy) > 0.01)
    cross = (np.conj(one) * other)[low]
    weight = np.sqrt(np.abs(cross))
    slopes = np.stack([fx[low], fy[low]], -1) * (-2 * np.pi)
    return np.linalg.lstsq(slopes * weight[:, None], np.angle(cross) * weight, rcond=None)[0]


@pytest.mark.parametrize("seed", range(5))
def test_phase_correlation_sees_the_drift(seed):
    """A second ruler: no turning, no zoom, the camera moves 2.3 and 1.6 px between two moments."""
    scene = make_scene("plane", seed=seed, width=320, height=180)
    scene = replace(scene, path=CameraPath(velocity=(2.3, -1.6)), layers=(replace(scene.layers[0], distance=1.0),))
    before, after = scene.render(0.0), scene.render(1.0)
    # Whole pixels are taken off first, so that the window shows nearly the same part of the plane twice.
    # What is left is sharp enough to catch moire, which stays put or runs the other way (fine cloth, seed 1).
    rest = phase_shift(before[:-2, 2:], after[2:, :-2])
    assert [rest[0] - 2, rest[1] + 2] == pytest.approx([-2.3, 1.6], abs=0.03)


@pytest.mark.parametrize("kind", ["plane", "photo", "text"])
def test_flow_carries_one_frame_onto_another_far_away_in_time(kind):
    """Warping the later frame back along the flow restores the earlier one to within resampling blur."""
    scene = make_scene(kind, seed=2, width=320, height=180)
    before, after = scene.render(1.0), scene.render(1.0 + 3 / 24)
    flow = scene.flow(1.0, 1.0 + 3 / 24)
    back, seen = carried(after, flow)
    assert seen.mean() > 0.5
    assert np.abs(back - before)[seen].mean() < 0.35 * np.abs(after - before)[seen].mean()


def test_a_straight_drift_moves_the_picture_by_the_velocity_exactly():
    """At one focal length of distance a world pixel is a screen pixel: the flow is minus the drift."""
    scene = make_scene("plane", seed=1, width=128, height=72)
    path = CameraPath(velocity=(12 * 24.0, -0.3 * 24))
    scene = replace(scene, path=path, layers=(replace(scene.layers[0], distance=1.0),))
    flow = scene.flow(0.0, 1 / 24)
    np.testing.assert_allclose(flow[..., 0], -12.0, atol=1e-4)
    np.testing.assert_allclose(flow[..., 1], 0.3, atol=1e-4)
    shifted = scene.render(1 / 24)[:, :-12]
    still = replace(scene, path=replace(path, velocity=(0.0, -0.3 * 24))).render(1 / 24)[:, 12:]
    np.testing.assert_allclose(shifted, still, atol=2e-4)


def test_nearer_layers_move_faster():
    """The dead leaves are at 1.5, 1.15 and 0.9 focal lengths: a drift moves them in inverse proportion."""
    scene = make_scene("dead_leaves", seed=1, width=64, height=48)
    scene = replace(scene, path=CameraPath(velocity=(30.0, 0.0)))
    moves = []
    for layer in scene.layers:
        alone = replace(scene, layers=(layer,))
        moves.append(float(alone.flow(0.0, 0.1)[24, 32, 0]))
    np.testing.assert_allclose(moves, [-3 / 1.5, -3 / 1.15, -3 / 0.9], rtol=1e-5)
    assert scene.flow(0.0, 0.1) is None


def test_sprites_have_no_flow():
    assert make_scene("sprites", seed=0, width=48, height=32).flow(0.0, 0.1) is None


def test_flow_of_no_time_is_zero():
    np.testing.assert_allclose(make_scene("photo", seed=0, width=64, height=36).flow(2.0, 2.0), 0, atol=1e-4)
