"""Procedural sources: sharp, endless, seeded scenes that stand in for real high-resolution video.

A scene is a function of continuous time in linear light, so a true exposure can be integrated from it.
"""

from __future__ import annotations

from ddsr_bench.data.scenes.kinds import make_scene, scene_kinds
from ddsr_bench.data.scenes.photo import build_photo
from ddsr_bench.data.scenes.photographs import Photograph, photo_names, photograph
from ddsr_bench.data.scenes.render import expose, exposure_times, render_clip
from ddsr_bench.data.scenes.scene import Scene

__all__ = [
    "Photograph",
    "Scene",
    "build_photo",
    "expose",
    "exposure_times",
    "make_scene",
    "photo_names",
    "photograph",
    "render_clip",
    "scene_kinds",
]
