"""What rw-vsr-qa makes of clips, ladders and methods that it never saw; the simulated panel has no part in it.

    python reports/rw-vsr-qa/cross_check.py WEIGHTS [--clips FOLDER] [--sources 20] [--keep FOLDER] [--out REPORT]

WEIGHTS is a folder of trained networks (see NETWORKS). Sources are rendered scenes with seeds of their own (from 5000
on) and, with --clips, real videos. Three questions are asked of each:

1. ladders: LR clips of rising noise, blur and coding, each enlarged by one method: is the order kept from rung to rung?
   Training has ladders of these kinds, of other clips; so the same is asked of defocus (a disk) and JPEG, which it has
   not. With --ladders-only nothing else is asked.
2. bicubic against each other method on the LR clip of a recipe of preset ddsr: where srq-fr tells a clear difference
   (.2 points or more), is the better one preferred?
3. networks that took no part in training: within one LR clip, is the order of srq-fr kept for clear pairs?

With --keep the videos and what srq-fr says of them stay in a folder, and the next run takes them from there.
"""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import click
import cv2
import numpy as np
from training_set import CLASSICAL, FPS, FRAMES, label, source_of, write

from ddsr_bench import video
from ddsr_bench.data.discover import find_clips
from ddsr_bench.data.open_set import build
from ddsr_bench.data.open_set.sources import Source
from ddsr_bench.errors import DdsrError
from ddsr_bench.provenance import read_json, write_json_atomic
from ddsr_bench.quality.catalogue import get_metric
from ddsr_bench.quality.pooling import pool
from ddsr_bench.quality.runner import score_clip
from ddsr_bench.seeding import generator
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.method import Settings

FIRST = 5000
CLEAR = 0.2
NETWORKS = {
    "realesr-animevideov3": "realesr_animevideov3_x4/realesr_animevideov3_x4_fp16_from_ncnn.pth",
    "rlfn": "ntire22_esr/team04_rlfn.pth",
    "mobile-rrn-16": "mobile_rrn_16/mobile_rrn_16_from_ckpt150.npz",
    "espcn": "espcn_egvsr/espcn_x4_subconv_100.pth",
    "vespcn": "vespcn_egvsr/vespcn_ep0500.pth",
}
LADDERS = ("noise", "blur", "h264")
OTHER_LADDERS = ("defocus", "jpeg")


def quality(path: Path, metric: str) -> float:
    chosen = get_metric(metric)
    scores = score_clip(path, [chosen], threads=1)
    if scores.errors:
        raise DdsrError(f"{path}: {scores.errors}")
    return pool(chosen, scores.values[chosen.name], fps=FPS)[chosen.name]


def sources(count: int, clips: Path | None) -> list[tuple[Source, Path | None]]:
    found: list[tuple[Source, Path | None]] = []
    number = FIRST
    while len(found) < count:
        source, picture = source_of(number)
        number += 1
        if not picture:
            found.append((with_scale(source, 4), None))
    for clip in find_clips([str(clips)]) if clips else ():
        info = video.probe(clip.path)
        if info.frames < FRAMES or min(info.width, info.height) < 192:
            continue
        width, height = min(640, info.width // 16 * 16), min(400, info.height // 16 * 16)
        name = f"real-{clip.path.stem}".lower().replace("_", "-")
        found.append((Source(name, "footage", name, 0, width, height, FRAMES, FPS, 4, "test"), clip.path))
    return found


def with_scale(source: Source, scale: int) -> Source:
    return Source(**{**vars(source), "scale": scale})


def ladder(sharp: list[np.ndarray], kind: str, source: Source, folder: Path) -> list[Path]:
    """Four clips, each from an LR clip that is worse than the one before."""
    method = generator("cross-check", source.id, kind).choice(["bicubic", "lanczos", "back-projection"])
    run = get_method(str(method)).start(Settings(scale=4, device="cpu"))
    size = source.width // 4, source.height // 4
    low = [cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in sharp]
    made = []
    for rung in range(4):
        rng = generator("cross-check", source.id, kind, rung)
        if kind == "noise":
            worse = [np.clip(f + rng.normal(0, 6 * rung, f.shape), 0, 255).astype(np.uint8) for f in low]
        elif kind == "blur":
            worse = [cv2.GaussianBlur(f, (0, 0), 0.6 * rung) if rung else f for f in low]
        elif kind == "defocus":
            worse = [cv2.filter2D(f, -1, disk(0.9 * rung), borderType=cv2.BORDER_REFLECT_101) for f in low]
        elif kind == "jpeg":
            worse = [coded(f, (95, 60, 30, 12)[rung]) for f in low]
        else:
            path = folder / f"low-{rung}.mkv"
            small = Source(**{**vars(source), "width": size[0], "height": size[1]})
            write(path, small, low, crf=18 + 7 * rung)
            worse = list(video.read_frames(path, threads=1))
        path = folder / f"{kind}-{rung}.mp4"
        if not path.exists():
            write(path, source, run(iter(worse)))
        made.append(path)
    return made


def disk(radius: float) -> np.ndarray:
    """A disk of that radius as a kernel, drawn eight times finer."""
    reach, fine = int(np.ceil(radius)), 8
    places = (np.arange((2 * reach + 1) * fine) + 0.5) / fine - reach - 0.5
    inside = np.hypot(places[:, None], places) <= max(radius, 0.5)
    kernel = inside.reshape(2 * reach + 1, fine, 2 * reach + 1, fine).mean((1, 3))
    return np.asarray(kernel / kernel.sum(), np.float32)


def coded(frame: np.ndarray, quality: int) -> np.ndarray:
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1))


def methods_of(task: build.Task, weights: Path) -> dict[str, Path]:
    """All methods' videos of one LR clip."""
    made = {row["method"]: task.root / row["file_name"] for row in build.build_source(task)}
    for name, file in NETWORKS.items():
        run = get_method(name).start(Settings(scale=4, device="cpu", weights=weights / file))
        path = task.root / f"{name}.mp4"
        if not path.exists():
            write(path, task.source, run(video.read_frames(task.root / build.lr_file(task.source), threads=1)))
        made[name] = path
    return made


def labels_of(made: dict[str, Path], sharp: Path, kept: Path) -> dict[str, float]:
    """What srq-fr says of each video, kept beside them."""
    if not kept.exists():
        write_json_atomic(kept, {name: label(path, sharp) for name, path in made.items()})
    return dict(read_json(kept))


def clear_pairs(truth: dict[str, float], said: dict[str, float], wanted) -> list[bool]:
    """Whether the better one is preferred, for each clear pair of methods that ``wanted`` takes."""
    return [
        (said[a] - said[b]) * (truth[a] - truth[b]) > 0
        for a, b in itertools.combinations(truth, 2)
        if wanted(a, b) and abs(truth[a] - truth[b]) >= CLEAR
    ]


def shares(rendered: dict[str, list[bool]], real: dict[str, list[bool]]) -> dict[str, dict]:
    """By kind of source and question the share of pairs whose order is kept, and how many there are."""
    return {
        kind: {name: {"share": float(np.mean(v)) if v else None, "pairs": len(v)} for name, v in part.items()}
        for kind, part in (("rendered", rendered), ("real", real))
    }


@click.command()
@click.argument("weights", type=click.Path(path_type=Path, exists=True))
@click.option("--clips", type=click.Path(path_type=Path, exists=True))
@click.option("--sources", "count", default=20)
@click.option("--metric", default="rw-vsr-qa")
@click.option("--ladders-only", is_flag=True)
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Folder for the videos.")
@click.option("--out", type=click.Path(path_type=Path), default="cross_check.json")
def main(
    weights: Path, clips: Path | None, count: int, metric: str, ladders_only: bool, keep: Path | None, out: Path
) -> None:
    kinds = (*LADDERS, *OTHER_LADDERS)
    rows: dict[str, list[bool]] = {name: [] for name in (*kinds, "bicubic", "networks")}
    real: dict[str, list[bool]] = {name: [] for name in rows}
    for number, (source, footage) in enumerate(sources(count, clips)):
        with tempfile.TemporaryDirectory() as scratch:
            root = keep / source.id if keep else Path(scratch)
            task = build.Task(source, root, ("bicubic",) if ladders_only else CLASSICAL, footage=footage)
            if ladders_only:
                build.build_source(task)
            made = {} if ladders_only else methods_of(task, weights)
            sharp = root / build.hr_file(source)
            truth = labels_of(made, sharp, root / "labels.json") if made else {}
            said = {name: quality(path, metric) for name, path in made.items()}
            frames = list(video.read_frames(sharp, threads=1, precise=True))
            steps = {kind: [quality(p, metric) for p in ladder(frames, kind, source, root)] for kind in kinds}
        found = {kind: [a > b for a, b in itertools.pairwise(scores)] for kind, scores in steps.items()}
        found["bicubic"] = clear_pairs(truth, said, lambda a, b: "bicubic" in (a, b))
        found["networks"] = clear_pairs(truth, said, lambda a, b: a in NETWORKS or b in NETWORKS)
        for name, pairs in found.items():
            (rows if footage is None else real)[name] += pairs
        click.echo(f"{number + 1} {source.id}: " + ", ".join(f"{k} {sum(v)}/{len(v)}" for k, v in found.items()))
        # After each source, so that a run that is stopped leaves what it has.
        report = shares(rows, real)
        write_json_atomic(out, {"metric": metric, "clear": CLEAR, "sources": number + 1, **report})
    click.echo(report)


if __name__ == "__main__":
    main()
