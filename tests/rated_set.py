"""A rated dataset, ladders and shards so small that a quality model learns from them in seconds."""

import json
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from conftest import moving_scene
from small_set import row

from ddsr_bench.data.manifest.write import write_tables
from ddsr_bench.quality.rw_vsr_qa.fragments import FRAGMENTS_VERSION
from ddsr_bench.video import file_sha256, write_video

MOS = {"sharp": 4.6, "blur-1": 3.4, "blur-2": 1.8, "noise-1": 3.0, "noise-2": 1.4}
# Of a shard: name, score and group of each video, and how many of its three patches are at native resolution.
ROWS = [("bicubic", 1.5, "sr"), ("nearest", 0.5, "sr"), ("sharp", 4.5, "sharp"), ("blur-1", None, "ladder"),
        ("blur-2", None, "ladder")]  # fmt: skip
NATIVE = 2


def worsened(frames, method, seed=0):
    """A clip as a method would have made it; uint8 (T, H, W, 3)."""
    kind, _, level = method.partition("-")
    if kind == "sharp":
        return frames
    if kind == "blur":
        return np.stack([cv2.GaussianBlur(frame, (0, 0), 0.9 * int(level)) for frame in frames])
    noise = np.random.default_rng(seed).normal(0, 12 * int(level), frames.shape)
    return np.clip(np.rint(frames + noise), 0, 255).astype(np.uint8)


def scene(source, frames=6, width=96, height=80):
    """A sharp clip; sources differ in texture, speed and brightness."""
    clip = moving_scene(frames, width, height, speed=1 + source % 3, seed=source).astype(float)
    rng = np.random.default_rng(1000 + source)
    grain = cv2.GaussianBlur(rng.normal(0, 60, (height, width + 20)).astype(np.float32), (0, 0), 0.8)
    moved = np.stack([grain[:, 2 * t : 2 * t + width] for t in range(frames)])[..., None]
    return np.clip(np.rint(clip * (0.7 + 0.05 * (source % 5)) + moved), 0, 255).astype(np.uint8)


def write_clip(path, frames):
    path.parent.mkdir(parents=True, exist_ok=True)
    write_video(path, iter(frames), Fraction(24))
    return path


def make_rated(root, sources=8, frames=6, methods=tuple(MOS), origin="simulated", test=1):
    """Write videos and tables; the last ``test`` sources are the test split, sources 2k and 2k+1 are one group."""
    root, made = Path(root), []
    for source in range(sources):
        sharp = scene(source, frames)
        for method in methods:
            one = row(source, method, width=96, height=80, frames=frames, score_origin=origin)
            path = write_clip(root / one["file_name"].replace(".mp4", ".mkv"), worsened(sharp, method, source))
            rated = origin != "none"
            made.append(
                {
                    **one,
                    "file_name": path.relative_to(root).as_posix(),
                    "hr_file_name": None,
                    "lr_file_name": None,
                    "sha256": file_sha256(path),
                    "mos": MOS[method] + 0.05 * (source % 3) if rated else None,
                    "mos_ci95": 0.2 if rated else None,
                    "n_ratings": 3 if rated else None,
                    "split": "test" if source >= sources - test else "train",
                }
            )
    write_tables(root, made, [])
    return made


def make_ladders(root, sources=4, frames=6, name="ladders.json", first=100):
    """Write clips and a file of ladders, from sharp to blurred."""
    root, ladders = Path(root), []
    for source in range(first, first + sources):
        sharp = scene(source, frames)
        steps = []
        for method in ("sharp", "blur-1", "blur-2"):
            path = write_clip(root / f"s{source}" / f"{method}.mkv", worsened(sharp, method))
            steps.append([path.relative_to(root).as_posix()])
        ladders.append({"id": f"blur-{source}", "source_group": f"ladder-{source}", "steps": steps})
    (root / name).write_text(json.dumps({"ladders_version": 1, "ladders": ladders}))
    return root


def write_shard(folder, name, group=None, seed=0, **changes):
    """A shard of five videos with two key frames of three patches, and its array."""
    folder.mkdir(parents=True, exist_ok=True)
    array = np.random.default_rng(seed).integers(0, 256, (len(ROWS), 2, 3, 4, 64, 64), np.uint8)
    path = folder / f"{name}.npy"
    np.save(path, array)
    facts = {
        "fragments_version": FRAGMENTS_VERSION,
        "native": NATIVE,
        "sha256": file_sha256(path),
        "source": {"group": group or name, "kind": "leaves"},
        "rows": [dict(zip(("name", "mos", "group"), row, strict=True)) for row in ROWS],
        "picture": "",
        **changes,
    }
    path.with_suffix(".json").write_text(json.dumps(facts))
    return array
