"""A tiny rated dataset on disk, for tests of manifests: sources x methods, each video a few frames."""

from fractions import Fraction
from pathlib import Path

import numpy as np
from conftest import moving_scene

from ddsr_bench.data.manifest.card import write_card
from ddsr_bench.data.manifest.write import write_tables
from ddsr_bench.video import file_sha256, frames_sha256, read_frames, write_video

METHODS = ("bicubic", "nearest")


def row(source, method, **changes):
    """A row without files."""
    lr = f"s{source}-x2"
    values = {
        "file_name": f"videos/{method}/{lr}.mp4",
        "hr_file_name": f"hr/s{source}.mp4",
        "lr_file_name": f"lr/{lr}.mkv",
        "video_id": f"{lr}-{method}",
        "source_id": f"s{source}",
        "source_group": f"g{source // 2}",
        "source_set": "moving",
        "lr_id": lr,
        "method": method,
        "scale": 2,
        "width": 64,
        "height": 48,
        "frames": 6,
        "fps": 24.0,
        "duration": 0.25,
        "sha256": "0" * 64,
        "frames_sha256": "1" * 64,
        "recipe": '{"stages": []}',
        "split": "test" if source // 2 == 0 else "train",
        "mos": 3.0 + 0.1 * source,
        "mos_ci95": 0.2,
        "n_ratings": 3,
        "score_origin": "simulated",
    }
    return {**values, **changes}


def rows(sources=10):
    """Rows of all sources and methods."""
    return [row(source, method) for source in range(sources) for method in METHODS]


def votes(of):
    """Three votes on each row."""
    return [
        {"video_id": one["video_id"], "subject": f"p{k}", "rating": 3.0 + (k == 1), "session": 1, "shown_at": 1}
        for one in of
        for k in range(3)
    ]


def make_set(root, sources=4, width=64, height=48):
    """Write videos, tables, votes and card; returns the rows."""
    made = []
    for source in range(sources):
        sharp = moving_scene(6, width, height, seed=source)
        for kind, suffix in (("hr", ""), ("lr", "-x2")):
            path = Path(root) / kind / f"s{source}{suffix}{'.mp4' if kind == 'hr' else '.mkv'}"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_video(path, iter(sharp if kind == "hr" else np.ascontiguousarray(sharp[:, ::2, ::2])), Fraction(24))
        for number, method in enumerate(METHODS):
            one = row(source, method, width=width, height=height)
            path = Path(root) / one["file_name"]
            path.parent.mkdir(parents=True, exist_ok=True)
            write_video(path, iter(np.clip(sharp.astype(int) + 9 * number, 0, 255).astype(np.uint8)), Fraction(24))
            made.append({**one, "sha256": file_sha256(path), "frames_sha256": frames_sha256(read_frames(path))})
    named = {one["video_id"]: one["file_name"] for one in made}
    write_tables(Path(root), made, [{"file_name": named[one["video_id"]], **one} for one in votes(made)])
    write_card(Path(root), "small", made, rated=True)
    return made
