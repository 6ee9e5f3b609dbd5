"""ddsr-bench: realistic low-resolution video, quality scores and fair comparisons for real-world VSR.

The names below are the public API; each is imported when it is first used, so ``import ddsr_bench`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "ClipInfo": "ddsr_bench.degrade.recipe",
    "DdsrError": "ddsr_bench.errors",
    "Recipe": "ddsr_bench.degrade.recipe",
    "Spec": "ddsr_bench.degrade.spec",
    "VideoWriter": "ddsr_bench.video",
    "apply": "ddsr_bench.degrade.pipeline",
    "load": "ddsr_bench.data.load",
    "load_preset": "ddsr_bench.degrade.spec",
    "load_spec": "ddsr_bench.degrade.spec",
    "preset_names": "ddsr_bench.degrade.spec",
    "probe": "ddsr_bench.video",
    "read_frames": "ddsr_bench.video",
    "sample": "ddsr_bench.degrade.sampling",
    "upscale": "ddsr_bench.vsr.runner",
}

__all__ = [*sorted(_HOME), "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'ddsr_bench' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__


if TYPE_CHECKING:
    from ddsr_bench.data.load import load as load
    from ddsr_bench.degrade.pipeline import apply as apply
    from ddsr_bench.degrade.recipe import ClipInfo as ClipInfo
    from ddsr_bench.degrade.recipe import Recipe as Recipe
    from ddsr_bench.degrade.sampling import sample as sample
    from ddsr_bench.degrade.spec import Spec as Spec
    from ddsr_bench.degrade.spec import load_preset as load_preset
    from ddsr_bench.degrade.spec import load_spec as load_spec
    from ddsr_bench.degrade.spec import preset_names as preset_names
    from ddsr_bench.errors import DdsrError as DdsrError
    from ddsr_bench.video import VideoWriter as VideoWriter
    from ddsr_bench.video import probe as probe
    from ddsr_bench.video import read_frames as read_frames
    from ddsr_bench.vsr.runner import upscale as upscale
