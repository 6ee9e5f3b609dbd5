"""Kind ``dead_leaves``: textured leaves of all sizes in three depths, parallax under a travelling camera."""

from __future__ import annotations

import numpy as np

from ddsr_bench.data.scenes.camera import draw_path, pinhole
from ddsr_bench.data.scenes.layered import Layer, LayeredScene
from ddsr_bench.data.scenes.leaves import draw_leaves, paint_labels, shade
from ddsr_bench.data.scenes.noise import dapple
from ddsr_bench.data.scenes.texture import TEXELS, build_texture, tile_size
from ddsr_bench.seeding import generator

# From far to near: distance in focal lengths, areas in tiles, smallest and largest radius in 640-wide pixels.
_DEPTHS = ((1.5, 6.0, 1.3, 220.0), (1.15, 0.30, 5.0, 110.0), (0.9, 0.16, 9.0, 90.0))


def build(seed: int, width: int, height: int) -> LayeredScene:
    """Make the scene; see :func:`ddsr_bench.data.scenes.make_scene`."""
    camera = pinhole(width, height)
    path = draw_path(generator("scene", "dead_leaves", seed, "camera"), camera)
    layers = tuple(_layer(seed, depth, width, height) for depth in range(len(_DEPTHS)))
    return LayeredScene("dead_leaves", seed, width, height, camera, path, layers)


def _layer(seed: int, depth: int, width: int, height: int) -> Layer:
    distance, coverage, smallest, largest = _DEPTHS[depth]
    rng = generator("scene", "dead_leaves", seed, "layer", depth)
    unit = TEXELS * width / 640
    leaves = draw_leaves(
        rng, tile_size(width, height), smallest=smallest * unit, largest=largest * unit, coverage=coverage
    )
    labels = paint_labels(leaves)
    picture = shade(rng, leaves, labels) * dapple(rng, *labels.shape)
    if depth == 0:
        return Layer(build_texture(picture), distance, TEXELS)
    alpha = (labels > 0).astype(np.float32)
    return Layer(build_texture(picture, alpha), distance, TEXELS)
