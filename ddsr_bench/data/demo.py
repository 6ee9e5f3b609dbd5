"""Sharp clips that need no download, for ``ddsr-bench demo`` and for trying things out."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ddsr_bench.data.scenes import make_scene, render_clip
from ddsr_bench.video import write_video

FPS = 24


@dataclass(frozen=True)
class DemoClip:
    """A rendered source: its file name, the kind of scene, the seed, how many frames and their width and height."""

    name: str
    kind: str
    seed: int
    frames: int = 24
    size: tuple[int, int] = (640, 360)


#: Two procedural scenes, and scikit-learn's two sample photographs under a moving camera.
CLIPS = (
    DemoClip("leaves", "dead_leaves", 1),
    DemoClip("signs", "text", 2),
    DemoClip("china", "photo", 0),
    DemoClip("flower", "photo", 1),
)


def render_demo_clip(clip: DemoClip, folder: Path) -> Path:
    """Render ``clip`` losslessly below ``folder`` and return its path."""
    width, height = clip.size
    scene = make_scene(clip.kind, seed=clip.seed, width=width, height=height)
    path = folder / f"{clip.name}.mkv"
    write_video(path, render_clip(scene, frames=clip.frames, fps=float(FPS)), Fraction(FPS))
    return path
