"""The kinds of scene by name, and the one door through which scenes are made."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from ddsr_bench.data.scenes.scene import Scene
from ddsr_bench.errors import DdsrError

# A kind is a module of this folder with ``build(seed, width, height) -> Scene``, imported when first asked for.
_KINDS = (
    "dead_leaves",
    "foliage",
    "gratings",
    "night",
    "people",
    "photo",
    "plane",
    "sprites",
    "text",
    "water",
)
_SMALLEST, _LARGEST = 16, 4096


def scene_kinds() -> list[str]:
    """Return the names that :func:`make_scene` takes, in alphabetical order."""
    return list(_KINDS)


def make_scene(kind: str, *, seed: int, width: int = 640, height: int = 360) -> Scene:
    """Make a scene; the same arguments give the same bytes at any time of any clip, in any process.

    Speeds, sizes and shakes scale with the width: a seed is about the same shot at any size.

    Args:
        kind: one of :func:`scene_kinds`.
        seed: any integer of at least 0; for ``photo`` it also takes the photographs in turn.
        width: frame width in pixels, 16 to 4096.
        height: frame height in pixels, 16 to 4096.

    Raises:
        DdsrError: unknown kind, negative seed, or a size out of range.
    """
    if kind not in _KINDS:
        raise DdsrError(f"scene kind {kind!r}: unknown; choose one of {', '.join(_KINDS)}")
    if seed < 0:
        raise DdsrError(f"scene {kind!r}: seed {seed} is negative; use 0 or more")
    if not all(_SMALLEST <= side <= _LARGEST for side in (width, height)):
        raise DdsrError(
            f"scene {kind!r}: size {width}x{height} is out of range; use {_SMALLEST} to {_LARGEST} pixels a side"
        )
    build: Callable[[int, int, int], Scene] = import_module(f"ddsr_bench.data.scenes.{kind}").build
    return build(seed, width, height)
