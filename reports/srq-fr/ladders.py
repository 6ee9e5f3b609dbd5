"""Measure libvmaf's features on ladders of blur, enlargement, noise and coding, for fit.py.

    ddsr-bench dataset build ddsr-open-1155 --out BUILT      # or any part of it that holds the clips below
    python reports/srq-fr/ladders.py BUILT

Writes ladders.csv beside this file: a row for each clip, kind and level.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from ddsr_bench.quality.ffmpeg_vmaf import VmafScorer
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.srq_fr import FEATURES, FURTHER, MOTION, log_keys
from ddsr_bench.seeding import generator
from ddsr_bench.video import read_frames

CLIPS = (
    "china-00", "plane-04", "people-02", "text-03", "night-01", "foliage-02", "water-02", "sprites-03",
    "astronaut-01", "gratings-05",
)  # fmt: skip
FRAMES = 7
NAMES = (*FEATURES, MOTION, "psnr_hvs")


def each(clip, change):
    """A change of each frame."""
    return np.stack([change(frame) for frame in clip])


def blur(clip, sigma):
    """Gaussian blur."""
    return each(clip, lambda frame: cv2.GaussianBlur(frame, (0, 0), sigma))


def noise(clip, sigma):
    """White noise, another in each frame."""
    drawn = generator("ladders", "noise", str(sigma)).normal(0, sigma, clip.shape)
    return np.clip(np.rint(clip + drawn), 0, 255).astype(np.uint8)


def jpeg(clip, quality):
    """JPEG of each frame."""
    flags = [cv2.IMWRITE_JPEG_QUALITY, quality]
    return each(clip, lambda frame: cv2.imdecode(cv2.imencode(".jpg", frame, flags)[1], cv2.IMREAD_COLOR))


def small(clip, scale):
    """Made small by areas and enlarged by bicubic."""
    height, width = clip.shape[1:3]
    low = each(clip, lambda one: cv2.resize(one, (width // scale, height // scale), interpolation=cv2.INTER_AREA))
    return each(low, lambda one: cv2.resize(one, (width, height), interpolation=cv2.INTER_CUBIC))


def motion(clip, length):
    """Motion blur across."""
    return each(clip, lambda frame: cv2.filter2D(frame, -1, np.full((1, length), 1 / length, np.float32)))


LADDERS = {
    "blur": [lambda clip, s=s: blur(clip, s) for s in (0.6, 1.0, 1.6, 2.5, 4.0)],
    "noise": [lambda clip, s=s: noise(clip, s) for s in (3, 7, 15, 30)],
    "jpeg": [lambda clip, q=q: jpeg(clip, q) for q in (90, 60, 30, 10)],
    "small": [lambda clip, s=s: small(clip, s) for s in (2, 4, 8)],
    "motion": [lambda clip, n=n: motion(clip, n) for n in (3, 7, 15)],
    "blur and noise": [lambda clip, s=s, n=n: noise(blur(clip, s), n) for s, n in ((0.8, 4), (1.5, 8), (2.5, 14))],
}


def main(built):
    """Measure and write."""
    rows = []
    for name in CLIPS:
        sharp = np.stack(list(read_frames(Path(built) / "hr" / f"{name}.mp4", 0, FRAMES)))
        for kind, changes in LADDERS.items():
            for level, change in enumerate(changes):
                scorer = VmafScorer("ladders", "vmaf_v0.6.1", log_keys(NAMES), (*FURTHER, "psnr_hvs"))
                scorer.add(Frames(change(sharp)), Frames(sharp))
                means = scorer.finish().mean(axis=0)
                rows.append({"clip": name, "kind": kind, "level": level, **dict(zip(NAMES, means, strict=True))})
    pd.DataFrame(rows).round(6).to_csv(Path(__file__).with_name("ladders.csv"), index=False)


if __name__ == "__main__":
    main(sys.argv[1])
