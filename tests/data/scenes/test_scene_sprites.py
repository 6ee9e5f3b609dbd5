"""Sprites: they jump only out of sight, some are fast, shapes are whole."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from ddsr_bench.data.scenes import make_scene
from ddsr_bench.data.scenes.shapes import draw_shape
from ddsr_bench.seeding import generator


@pytest.mark.parametrize("seed", [0, 1])
def test_sprites_jump_only_out_of_sight(seed):
    scene = make_scene("sprites", seed=seed, width=160, height=90)
    jumps = 0
    for sprite in scene.sprites:
        path = np.array([sprite.place(t, 160, 90)[:2] for t in np.arange(0, 20, 1 / 24)])
        for here, there in pairwise(path):
            if math.dist(here, there) < 20:
                continue
            jumps += 1
            for x, y in (here, there):
                reach = sprite.reach * math.sqrt(2) - 18 * 160 / 640  # it may have moved on after the jump
                assert x < -reach or x > 159 + reach or y < -reach or y > 89 + reach
    assert jumps > 10


@pytest.mark.parametrize("seed", range(3))
def test_some_are_fast_and_some_slow(seed):
    scene = make_scene("sprites", seed=seed, width=160, height=90)
    speeds = sorted(math.hypot(s.velocity[0], s.velocity[1] / 0.6) / 24 * 4 for s in scene.sprites)
    assert speeds[-5] >= 12
    assert speeds[-1] <= 18
    assert speeds[0] < 2


@pytest.mark.parametrize("number", range(8))
def test_shape_fills_its_radius_and_ends_before_its_texture_does(number):
    level = draw_shape(generator("shape", number), 40.0, 2.0).levels[0]
    alpha = level[..., 3] / 65535
    half = alpha.shape[0] / 2
    y, x = np.nonzero(alpha > 0.9)
    assert 33 <= np.hypot(x + 0.5 - half, y + 0.5 - half).max() <= 42
    assert max(alpha[0].max(), alpha[-1].max(), alpha[:, 0].max(), alpha[:, -1].max()) == 0
    assert (level[..., :3] <= level[..., 3:].astype(int) + 1).all()  # premultiplied


def test_sprite_lands_where_its_place_says():
    """The alpha-weighted middle of a rendered disc-like sprite is at its stated position."""
    scene = make_scene("sprites", seed=3, width=160, height=90)
    black = np.zeros((90, 160, 3), np.float32)
    sprite = scene.sprites[0]
    inside = [t for t in np.arange(0, 20, 0.05) if _well_inside(sprite, t)]
    place = sprite.place(inside[0], 160, 90)
    white = np.ones_like(black)
    scene._draw(white, sprite, inside[0])
    y, x = np.nonzero(np.abs(white - 1).max(-1) > 0.02)
    assert np.hypot(x - place[0], y - place[1]).max() <= sprite.reach * math.sqrt(2) + 1
    assert x.size > 0.3 * sprite.reach**2


def _well_inside(sprite, time):
    x, y, _ = sprite.place(time, 160, 90)
    return 20 < x < 140 and 20 < y < 70
