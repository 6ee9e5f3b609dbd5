"""Small clips, methods and whole runs for the leaderboard's tests."""

from fractions import Fraction

import cv2
from conftest import moving_scene

from ddsr_bench.leaderboard.build import Builder
from ddsr_bench.leaderboard.data import DataOptions, load_data
from ddsr_bench.leaderboard.entries import choose_methods
from ddsr_bench.leaderboard.metrics import TRACKS, choose
from ddsr_bench.leaderboard.run import RunOptions
from ddsr_bench.video import write_video
from ddsr_bench.vsr.method import Settings

METHODS = """
def blocks(frames, scale):
    return frames.repeat(scale, 1).repeat(scale, 2)


def brighter(frames, scale):
    for frame in frames:
        yield (frame // 2 + 100).repeat(scale, 0).repeat(scale, 1)


brighter_list = lambda frames, scale: list(brighter(frames, scale))


def throws(frames, scale):
    raise RuntimeError("no luck, in\\ntwo lines")
"""


def write_pairs(folder, count=3, frames=4, scale=2, size=(96, 64)):
    """``lr/`` and ``hr/`` with ``count`` clips ``c0``, ``c1``, ...; HR is ``size``."""
    for part in ("lr", "hr"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for number in range(count):
        high = moving_scene(frames, *size, seed=number)
        low = [cv2.resize(one, (size[0] // scale, size[1] // scale), interpolation=cv2.INTER_AREA) for one in high]
        write_video(folder / "hr" / f"c{number}.mkv", iter(high), Fraction(24))
        write_video(folder / "lr" / f"c{number}.mkv", iter(low), Fraction(24))
    return folder


def write_methods(folder):
    path = folder / "mine.py"
    path.write_text(METHODS)
    return path


def builder(folder, out, methods=("nearest", "bicubic"), metrics=("psnr-y", "flicker"), hr=True, **options):
    """The parts of a leaderboard on ``folder``, all in this process."""
    data = load_data(DataOptions(str(folder / "lr"), hr=folder / "hr" if hr else None))
    scale = data.clips[0].scale
    settings = Settings(scale=scale, device="cpu", precision="fp32")
    out.mkdir(exist_ok=True)
    return Builder(
        data=data,
        entries=choose_methods(list(methods), settings),
        chosen=choose(list(metrics), TRACKS),
        options=RunOptions(out, settings, crop_border=scale, **{"engine": "serial", "media": False, **options}),
        tracks=TRACKS,
        command="ddsr-bench leaderboard",
    )


def shifted(quarters_x, quarters_y, size=(160, 128)):
    """A picture, and the same moved by quarters of a pixel: areas of a scene four times as fine."""
    width, height = size
    fine = cv2.GaussianBlur(moving_scene(1, 4 * width + 16, 4 * height + 16)[0], (0, 0), 4)
    views = [fine[8 - y :, 8 - x :][: 4 * height, : 4 * width] for x, y in ((0, 0), (quarters_x, quarters_y))]
    return [cv2.resize(view, size, interpolation=cv2.INTER_AREA) for view in views]
