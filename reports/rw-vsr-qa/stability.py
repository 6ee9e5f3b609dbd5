"""How much rw-vsr-qa's score of a video changes when nothing that matters changes.

    python reports/rw-vsr-qa/stability.py BUILT [--videos 40] [--out stability.json]

BUILT is a built dataset's folder. Each video (an even choice over it) is scored as it is, without its first frame,
coded anew without loss (CRF 0), cropped by 2 pixels on each side, and mirrored.
"""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path

import click
import numpy as np

from ddsr_bench import video
from ddsr_bench.provenance import write_json_atomic
from ddsr_bench.quality.catalogue import get_metric
from ddsr_bench.quality.pooling import pool
from ddsr_bench.quality.runner import score_clip, score_frames

CHANGES = {
    "frame": lambda frames: frames[1:],
    "crop": lambda frames: [frame[2:-2, 2:-2] for frame in frames],
    "mirror": lambda frames: [np.ascontiguousarray(frame[:, ::-1]) for frame in frames],
}


@click.command()
@click.argument("built", type=click.Path(path_type=Path, exists=True))
@click.option("--videos", default=40)
@click.option("--metric", default="rw-vsr-qa")
@click.option("--out", type=click.Path(path_type=Path), default="stability.json")
def main(built: Path, videos: int, metric: str, out: Path) -> None:
    chosen = get_metric(metric)
    paths = sorted((built / "videos").rglob("*.mp4"))
    paths = [paths[i] for i in np.linspace(0, len(paths) - 1, videos).astype(int)]
    moved: dict[str, list[float]] = {name: [] for name in (*CHANGES, "again", "crf0")}

    def of(scores) -> float:
        return pool(chosen, scores.values[chosen.name], fps=25.0)[chosen.name]

    for path in paths:
        info = video.probe(path)
        frames = list(video.read_frames(path, threads=1, precise=True))
        first = of(score_frames(frames, [chosen]))
        moved["again"].append(abs(of(score_clip(path, [chosen])) - first))
        for name, change in CHANGES.items():
            moved[name].append(abs(of(score_frames(change(frames), [chosen])) - first))
        with tempfile.TemporaryDirectory() as scratch:
            copy = Path(scratch) / "copy.mp4"
            size = {"width": info.width, "height": info.height, "fps": Fraction(info.fps)}
            with video.VideoWriter(copy, **size, format="h264", crf=0, preset="veryfast") as writer:
                for frame in frames:
                    writer.write(frame)
            moved["crf0"].append(abs(of(score_clip(copy, [chosen])) - first))
    report = {
        name: {"median": float(np.median(v)), "p95": float(np.quantile(v, 0.95)), "most": float(np.max(v))}
        for name, v in moved.items()
    }
    write_json_atomic(out, {"metric": metric, "videos": len(paths), "change_in_points": report})
    for name, row in report.items():
        click.echo(f"{name:8} median {row['median']:.3f}  95 % {row['p95']:.3f}  most {row['most']:.3f}")


if __name__ == "__main__":
    main()
