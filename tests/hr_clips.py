"""Small HR clips on disk for tests of DDSR's training."""

from fractions import Fraction

import cv2
import numpy as np

from ddsr_bench.video import VideoWriter


def write_clip(path, seed, frames=9, width=80, height=72):
    """A textured picture that moves; lossless as .mkv."""
    rng = np.random.default_rng(seed)
    base = cv2.GaussianBlur(rng.uniform(0, 255, (height, 2 * width, 3)).astype(np.float32), (0, 0), 1.2)
    base = np.clip((base - base.mean()) * 4 + 128, 0, 255).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = "ffv1" if path.suffix == ".mkv" else "h264"
    with VideoWriter(path, width=width, height=height, fps=Fraction(24), format=kind) as writer:
        for t in range(frames):
            writer.write(np.ascontiguousarray(base[:, 2 * t : 2 * t + width]))
    return path


def write_clips(folder, count=5, **sizes):
    """``count`` clips of different content; returns the folder."""
    for number in range(count):
        write_clip(folder / f"clip-{number}.mkv", number, **sizes)
    return folder
