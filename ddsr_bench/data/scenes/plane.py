"""Kind ``plane``: a wall or floor seen aslant by a hand-held, travelling camera; its flow is known exactly."""

from __future__ import annotations

import numpy as np

from ddsr_bench.data.scenes.camera import draw_path, pinhole
from ddsr_bench.data.scenes.layered import Layer, LayeredScene
from ddsr_bench.data.scenes.materials import draw_material, material_names
from ddsr_bench.data.scenes.texture import TEXELS, build_texture, tile_size
from ddsr_bench.seeding import generator

_PITCH = (0.35, 0.85)  # radians
_YAW = 0.35


def build(seed: int, width: int, height: int) -> LayeredScene:
    """Make the scene; see :func:`ddsr_bench.data.scenes.make_scene`. Seeds take the materials in turn."""
    rng = generator("scene", "plane", seed, "camera")
    camera = pinhole(width, height)
    tilt = float(rng.uniform(*_PITCH)), float(rng.uniform(-_YAW, _YAW)), float(rng.normal(0, 0.04))
    path = draw_path(rng, camera, tilt=tilt)
    names = material_names()
    columns, rows = tile_size(width, height)
    picture = draw_material(
        names[seed % len(names)],
        generator("scene", "plane", seed, "surface"),
        columns,
        rows,
        TEXELS * width / 640,
    )
    layer = Layer(build_texture(picture), float(np.cos(tilt[0]) * 0.95), TEXELS)
    return LayeredScene("plane", seed, width, height, camera, path, (layer,))
