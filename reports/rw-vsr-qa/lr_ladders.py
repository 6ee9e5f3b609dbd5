"""Make ladders for training whose damage is done to the LR clip, before it is enlarged.

    python reports/rw-vsr-qa/lr_ladders.py OUT [--ladders 256] [--first 500]

srq-fr does not tell them: blur and coding of an LR clip hide its aliasing and noise, and the label may rise (see
README.md). So only a ladder's first clip is labelled by it; the others have that label's height above the lowest one
times a share that falls with the damage, from blur of 1.2 LR pixels (half) to coding at CRF 45 (a fifth). These shares
are our choice: what they teach is an order, with steps of a plausible size. Sources are those of ``training_set.py``
with higher numbers, so none is used twice. Put OUT's files beside those of the training set.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
import cv2
import numpy as np
from training_set import FPS, FRAMES, LAYOUT, fragments, label, pictured, source_of, write

from ddsr_bench import video
from ddsr_bench.data.open_set.sources import Source
from ddsr_bench.data.scenes import make_scene, render_clip
from ddsr_bench.files import replacing
from ddsr_bench.provenance import write_json_atomic
from ddsr_bench.quality.rw_vsr_qa.fragments import FRAGMENTS_VERSION, native_count
from ddsr_bench.seeding import generator
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.method import Settings

KINDS = ("blur", "h264", "motion", "blur", "h264", "noise", "blur", "h264")
METHODS = ("bicubic", "lanczos", "bilinear", "back-projection", "bicubic-unsharp")
LOWEST = 0.2  # label that nothing goes below
# Within which a first clip's label is put: with room below it, and no higher than the scale that is learnt.
FIRST = (0.6, 2.6)
RUNGS = 4


def sharp_frames(number: int, root: Path) -> tuple[Source, list[np.ndarray]]:
    """The source of that number."""
    source, picture = source_of(number)
    if picture:
        return source, list(video.read_frames(pictured(source, picture, root), threads=1, precise=True))
    scene = make_scene(source.kind, seed=source.seed, width=source.width, height=source.height)
    return source, list(render_clip(scene, FRAMES, float(FPS)))


def strengths(kind: str, rng: np.random.Generator) -> list[float]:
    """Of each rung: blur's width and the path of motion in LR pixels, sigma of noise in grey levels, CRF."""
    rungs = np.arange(RUNGS)
    if kind == "h264":
        return list(rng.uniform(16, 24) + rng.uniform(5, 8) * rungs)
    step = {"blur": (0.4, 0.8), "motion": (1.5, 3.0), "noise": (3.0, 8.0)}[kind]
    return list(rng.uniform(*step) * rungs)


def share(kind: str, strength: float) -> float:
    """What damage of this strength leaves of a label's height; 1 without damage."""
    if kind == "h264":
        return 1 - 0.8 * max(0.0, strength - 16) / 29
    return {
        "blur": 1 / (1 + (strength / 1.2) ** 2),
        "motion": 1 / (1 + (strength / 4.0) ** 2),
        "noise": 1 / (1 + strength / 12),
    }[kind]


def worse(low: list[np.ndarray], kind: str, strength: float, source: Source, root: Path) -> list[np.ndarray]:
    """The LR clip with this damage."""
    if kind == "h264":
        height, width = low[0].shape[:2]
        path = root / "low.mkv"
        write(path, Source(**{**vars(source), "width": width, "height": height}), low, crf=strength)
        return list(video.read_frames(path, threads=1, precise=True))
    rng = generator("rw-vsr-qa", source.id, "lr ladder", kind, int(1000 * strength))
    if kind == "noise":
        return [np.clip(np.rint(f + rng.normal(0, strength, f.shape)), 0, 255).astype(np.uint8) for f in low]
    if strength == 0:
        return low
    if kind == "blur":
        return [cv2.GaussianBlur(f, (0, 0), strength) for f in low]
    kernel = motion_path(strength, float(rng.uniform(0, np.pi)))
    return [cv2.filter2D(f, -1, kernel, borderType=cv2.BORDER_REFLECT_101) for f in low]


def motion_path(length: float, angle: float) -> np.ndarray:
    """A straight path of that length as a kernel, drawn eight times finer."""
    side, fine = 2 * int(np.ceil(length / 2)) + 3, 8
    kernel = np.zeros((side, side))
    for t in np.linspace(-length / 2, length / 2, 8 * fine):
        x, y = side / 2 + t * np.cos(angle), side / 2 + t * np.sin(angle)
        kernel[int(y), int(x)] += 1
    kernel = cv2.GaussianBlur(kernel, (0, 0), 0.4)
    return np.asarray(kernel / kernel.sum(), np.float32)


def make(number: int, out: Path) -> None:
    """One ladder: fragments, and facts that tell that it is done."""
    path = out / f"ql-{number:04d}.json"
    if path.exists():
        return
    rng = generator("rw-vsr-qa", number, "lr ladder")
    kind, method = KINDS[number % len(KINDS)], METHODS[int(rng.integers(len(METHODS)))]
    arrays, rows = [], []
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        source, frames = sharp_frames(number, root)
        write(root / "sharp.mp4", source, frames, crf=0)
        size = source.width // source.scale, source.height // source.scale
        low = [cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in frames]
        run = get_method(method).start(Settings(scale=source.scale, device="cpu"))
        levels = strengths(kind, rng)
        height = 0.0
        for rung, level in enumerate(levels):
            made = root / f"{rung}.mp4"
            write(made, source, run(iter(worse(low, kind, level, source, root))))
            if rung == 0:
                height = float(np.clip(label(made, root / "sharp.mp4"), *FIRST)) - LOWEST
            mos = LOWEST + height * share(kind, level) / share(kind, levels[0])
            arrays.append(fragments(list(video.read_frames(made, threads=1, precise=True)), rng))
            rows.append({"name": f"lr-{kind}-{rung}", "mos": mos, "group": "sr"})
    facts = {
        "source": vars(source),
        "method": method,
        "levels": levels,
        "rows": rows,
        "fragments_version": FRAGMENTS_VERSION,
        "native": native_count(source.height, source.width, LAYOUT),
    }
    with replacing(path.with_suffix(".npy")) as part, part.open("wb") as file:
        np.save(file, np.stack(arrays))
    facts["sha256"] = video.file_sha256(path.with_suffix(".npy"))
    write_json_atomic(path, facts)


@click.command(help=(__doc__ or "").partition("\n\n")[0])
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--ladders", type=click.IntRange(1), default=256, show_default=True)
@click.option("--first", type=click.IntRange(0), default=500, show_default=True)
@click.option("--step", default=1, help="Make every n-th only, so that several can work side by side.")
def main(out: Path, ladders: int, first: int, step: int) -> None:
    """Make those that are not there."""
    out.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + ladders, step):
        make(number, out)
        click.echo(f"{number - first + 1} of {ladders}", err=True)


if __name__ == "__main__":
    main()
