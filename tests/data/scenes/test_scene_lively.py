"""Kinds whose contents move by themselves: night, water, people, foliage; and the measures of the gratings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ddsr_bench.data.scenes import make_scene
from ddsr_bench.data.scenes.camera import CameraPath, Sway
from ddsr_bench.data.scenes.gratings import _zone_plate, wave

SIZE = {"width": 192, "height": 108}
STILL = CameraPath(velocity=(0.0, 0.0))


def centroid(picture):
    y, x = np.indices(picture.shape)
    return (picture * x).sum() / picture.sum(), (picture * y).sum() / picture.sum()


def dark(scene):
    """The same night with an unlit town."""
    layer = scene.town.layers[0]
    levels = tuple(np.zeros_like(level) for level in layer.texture.levels)
    return replace(
        scene, town=replace(scene.town, layers=(replace(layer, texture=replace(layer.texture, levels=levels)),))
    )


def test_a_night_is_dark_with_lights_beyond_white():
    frame = make_scene("night", seed=0, **SIZE).render(0.3)
    assert np.median(frame) < 0.1
    assert (frame.max(axis=-1) == 1).mean() > 2e-4


def test_a_light_moves_by_its_velocity_in_parts_of_a_pixel():
    scene = dark(make_scene("night", seed=1, **SIZE))
    light = replace(
        scene.lights[-1],
        start=(60.0, 40.0),
        velocity=(31.0, 0.0),
        sway=Sway(),
        power=np.full(3, 0.5, np.float32),
        core=2.0,
    )
    scene = replace(scene, lights=(light,))
    upper = slice(0, 70)  # the street's mirror image lies below
    first, second = (scene.render(time)[upper, :, 0].astype(float) for time in (0.0, 0.25))
    move = np.subtract(centroid(second), centroid(first))
    assert move == pytest.approx([31 * 0.25, 0.0], abs=0.05)


def test_a_lights_halo_has_a_soft_end():
    scene = dark(make_scene("night", seed=1, **SIZE))
    light = replace(
        scene.lights[-1],
        start=(96.0, 54.0),
        velocity=(0.0, 0.0),
        sway=Sway(),
        power=np.full(3, 8.0, np.float32),
        core=1.0,
    )
    row = replace(scene, lights=(light,)).render(0.0)[54, :, 0].astype(float)
    assert row.max() == 1
    assert np.abs(np.diff(row[100:])).max() < 0.5
    assert (np.diff(row[96:]) <= 1e-6).all()


def still_water(seed=0, **changes):
    scene = make_scene("water", seed=seed, **SIZE)
    return replace(scene, pan=(Sway(), Sway()), drift=(0.0, 0.0), **changes)


def test_water_without_waves_stands_still():
    scene = still_water()
    scene = replace(scene, slope=np.zeros_like(scene.slope))
    np.testing.assert_array_equal(scene.render(0.0), scene.render(7.0))
    assert np.abs(still_water().render(0.0) - still_water().render(0.5)).mean() > 0.01


def test_one_wave_travels_at_its_phase_velocity():
    scene = still_water()
    number, rate = np.array([[2 * np.pi / 40, 0.0]]), np.array([2 * np.pi * 1.5])
    scene = replace(scene, number=number, rate=rate, phase=np.zeros(1), slope=np.array([0.1]))
    x, y = np.meshgrid(np.arange(200, dtype=np.float32), np.arange(3, dtype=np.float32))
    foot = np.zeros_like(x)
    across, down = scene._slopes(x, y, foot, 0.1)
    np.testing.assert_allclose(across, 0.1 * np.cos(2 * np.pi * (x / 40 - 1.5 * 0.1)), atol=1e-5)
    np.testing.assert_allclose(down, 0, atol=1e-7)
    np.testing.assert_allclose(across[:, 6:], scene._slopes(x, y, foot, 0.0)[0][:, :-6], atol=1e-5)  # 40 x 1.5 x 0.1


def test_longer_waves_are_faster():
    scene = make_scene("water", seed=2, **SIZE)
    length = 2 * np.pi / np.hypot(*scene.number.T)
    speed = scene.rate * length / (2 * np.pi)
    assert np.corrcoef(np.log(length), np.log(speed))[0, 1] > 0.8
    slope = np.polyfit(np.log(length), np.log(speed), 1)[0]
    assert 0.35 < slope < 0.65  # the root of the length


def test_walkers_go_at_their_speed_and_step_with_it():
    scene = make_scene("people", seed=0, **SIZE)
    for walker in scene.walkers:
        x0, _, step0 = walker.pose(1.0, scene.width)
        x1, _, step1 = walker.pose(1.02, scene.width)
        span = scene.width + 1.4 * walker.tall
        moved = (x1 - x0 + span / 2) % span - span / 2
        assert moved == pytest.approx(0.02 * walker.speed, abs=1e-6)
        assert (step1 - step0) * 0.85 * walker.tall / (2 * np.pi) == pytest.approx(abs(moved), abs=1e-6)
    assert {np.sign(walker.speed) for walker in scene.walkers} == {-1, 1}
    talls = [walker.tall for walker in scene.walkers]
    assert talls == sorted(talls)


def test_a_walker_changes_only_the_picture_around_it_and_swings_its_limbs():
    scene = make_scene("people", seed=3, **SIZE)
    scene = replace(scene, background=replace(scene.background, path=STILL))
    walker = replace(scene.walkers[-1], start=0.5, speed=0.0)
    empty = replace(scene, walkers=()).render(0.0)
    alone = replace(scene, walkers=(walker,)).render(0.0)
    changed = np.abs(alone - empty).max(axis=-1) > 0.02
    columns = np.flatnonzero(changed.any(axis=0))
    assert 0.002 < changed.mean() < 0.5
    assert np.ptp(columns) < 1.2 * walker.tall
    angles = {part.place(step, walker.tall)[1] for part in walker.parts for step in (0.0, 1.0, 2.0)}
    assert np.ptp(list(angles)) > 0.5


def test_foliage_sways_by_itself():
    scene = make_scene("foliage", seed=0, width=96, height=54)
    scene = replace(scene, ground=replace(scene.ground, path=STILL))
    assert np.abs(scene.render(0.0) - scene.render(0.4)).mean() > 0.003
    calm = replace(scene, sways=tuple((Sway(), Sway(), Sway()) for _ in scene.sways))
    np.testing.assert_array_equal(calm.render(0.0), calm.render(0.4))


def test_a_square_wave_is_half_light_with_soft_edges():
    phase = np.linspace(0, 3, 3000, endpoint=False, dtype=np.float32)
    shape = wave(phase, 20.0)
    assert shape.mean() == pytest.approx(0.5, abs=1e-3)
    np.testing.assert_allclose(shape[:1000], shape[1000:2000], atol=1e-3)
    edge = ((shape > 0.01) & (shape < 0.99)).mean() * 20 / 2  # texels of each of the two edges of a period
    assert 1.5 < edge < 2.5


@pytest.mark.parametrize("seed", range(4))
def test_a_zone_plates_rings_are_finest_at_its_rim(seed):
    y, x = (axis.astype(np.float32) - 200 for axis in np.indices((400, 400)))
    plate = _zone_plate(np.random.default_rng(seed), x, y, 2.0)
    half = plate[200, 200:] - 0.5
    crossings = np.flatnonzero(np.diff(np.sign(half)) != 0)
    gaps = np.diff(crossings)
    assert gaps[0] > 3 * gaps[-5:].mean()
    assert 2.1 * 2 * 0.85 < 2 * gaps[-5:].mean() < 3.5 * 2 * 1.15  # the period in texels at two texels a pixel
