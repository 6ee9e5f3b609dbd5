"""Make ladders for training whose damage is done to the LR clip, before it is enlarged.

    python reports/rw-vsr-qa/lr_ladders.py OUT [--ladders 300] [--first 1000]
    python reports/rw-vsr-qa/lr_ladders.py OUT --photographs FOLDER --ladders 336 --first 3000
    python reports/rw-vsr-qa/lr_ladders.py OUT --photographs FOLDER --ladders 400 --first 4000 --soiled

srq-fr does not tell them: blur and coding of an LR clip hide its aliasing and noise, and the label may rise (see
README.md). So only a ladder's first clip is labelled by it; the others have that label's height above the lowest one
times a share that falls with the damage, from blur of 1.2 LR pixels (half) to coding at CRF 45 (a fifth). These shares
are our choice: what they teach is an order, with steps of a plausible size. Blur is Gaussian, round or oblong, or that
of a straight or a bent path; noise is white, or grain; coding is by two codecs. Defocus and JPEG are kept for the
cross-check. Sources are those of ``training_set.py`` with higher numbers, so none is used twice. Put OUT's files beside
those of the training set.

With ``--soiled`` the first clip is not clean either: real footage has noise, coding or blur of its own before more
comes to it, and is flat or without colour now and then.
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

KINDS = ("blur", "h264", "motion", "oblong", "hevc", "noise", "blur", "h264", "shake", "grain")
# Ours among them, by its name without the scale.
METHODS = ("bicubic", "lanczos", "bilinear", "back-projection", "bicubic-unsharp", "ddsr-lite")
CODED = ("h264", "hevc")
# Of the others: the step from rung to rung is drawn from the first two; the strength that halves a label; a power.
DAMAGE = {
    "blur": (0.4, 0.8, 1.2, 2),
    "oblong": (0.5, 1.0, 1.6, 2),
    "motion": (1.5, 3.0, 4.0, 2),
    "shake": (1.5, 3.0, 4.0, 2),
    "noise": (3.0, 8.0, 12.0, 1),
    "grain": (3.0, 8.0, 12.0, 1),
}
# Of soiled ladders: what their first clip may have, and how much (as above); film is grain that is then coded.
SOILS = {"": (0, 0), "grain": (2, 8), "noise": (2, 6), "h264": (18, 30), "blur": (0.3, 0.8), "film": (3, 8)}
FILM_CRF = 22.0
LOWEST = 0.2  # label that nothing goes below
# Within which a first clip's label is put: with room below it, and no higher than the scale that is learnt.
FIRST = (0.6, 2.6)
RUNGS = 4


def sharp_frames(number: int, root: Path, folder: Path | None = None) -> tuple[Source, list[np.ndarray]]:
    """The source of that number."""
    source, picture = source_of(number)
    if picture:
        return source, list(video.read_frames(pictured(source, picture, root, folder), threads=1, precise=True))
    scene = make_scene(source.kind, seed=source.seed, width=source.width, height=source.height)
    return source, list(render_clip(scene, FRAMES, float(FPS)))


def strengths(kind: str, rng: np.random.Generator) -> list[float]:
    """Of each rung: blur's width and the path of motion in LR pixels, sigma of noise in grey levels, CRF."""
    rungs = np.arange(RUNGS)
    if kind in CODED:
        return list(rng.uniform(16, 24) + rng.uniform(5, 8) * rungs)
    low, high, *_ = DAMAGE[kind]
    return list(rng.uniform(low, high) * rungs)


def share(kind: str, strength: float) -> float:
    """What damage of this strength leaves of a label's height; 1 without damage."""
    if kind in CODED:
        return 1 - 0.8 * max(0.0, strength - 16) / 29
    *_, half, power = DAMAGE[kind]
    return float(1 / (1 + (strength / half) ** power))


def worse(low: list[np.ndarray], kind: str, strength: float, source: Source, root: Path) -> list[np.ndarray]:
    """The LR clip with this damage."""
    if kind in CODED:
        height, width = low[0].shape[:2]
        path = root / "low.mkv"
        write(path, Source(**{**vars(source), "width": width, "height": height}), low, crf=strength, codec=kind)
        return list(video.read_frames(path, threads=1, precise=True))
    if kind in ("noise", "grain"):
        rng = generator("rw-vsr-qa", source.id, "lr ladder", kind, int(1000 * strength))
        return [np.clip(np.rint(f + noise(f.shape, kind, strength, rng)), 0, 255).astype(np.uint8) for f in low]
    if strength == 0:
        return low
    # One direction and path for all rungs, so that only the strength differs.
    kernel = blur_kernel(kind, strength, generator("rw-vsr-qa", source.id, "lr ladder", kind))
    return [cv2.filter2D(f, -1, kernel, borderType=cv2.BORDER_REFLECT_101) for f in low]


def toned(frames: list[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    """Frames with less contrast (four of ten), without colour (three of ten), or as they were."""
    if rng.uniform() < 0.3:
        frames = [cv2.cvtColor(cv2.cvtColor(f, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB) for f in frames]
    if rng.uniform() < 0.4:
        share, level = rng.uniform(0.4, 0.9), rng.uniform(60, 170)
        frames = [np.clip(np.rint(level + share * (f - level)), 0, 255).astype(np.uint8) for f in frames]
    return frames


def soiled(low: list[np.ndarray], rng: np.random.Generator, source: Source, root: Path) -> list[np.ndarray]:
    """An LR clip with a little of one damage of SOILS."""
    soil = str(rng.choice(list(SOILS)))
    strength = float(rng.uniform(*SOILS[soil]))
    if not soil:
        return low
    if soil == "film":
        return worse(worse(low, "grain", strength, source, root), "h264", FILM_CRF, source, root)
    return worse(low, soil, strength, source, root)


def noise(shape: tuple[int, ...], kind: str, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """White in each channel, or ``grain``: the same in all three, and as coarse as a pixel and a half."""
    if kind == "noise":
        return rng.normal(0, sigma, shape)
    coarse = cv2.GaussianBlur(rng.normal(0, 1, shape[:2]), (0, 0), 0.6)
    return np.asarray(sigma * (coarse / coarse.std())[..., None])


def blur_kernel(kind: str, strength: float, rng: np.random.Generator) -> np.ndarray:
    """A round Gaussian; one that is a third as wide across; a straight path; or a bent one."""
    if kind in ("blur", "oblong"):
        angle = float(rng.uniform(0, np.pi))
        reach = int(np.ceil(3 * strength)) + 1
        y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
        along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        narrow = strength / 3 if kind == "oblong" else strength
        kernel = np.exp(-(along**2) / (2 * strength**2) - across**2 / (2 * max(narrow, 0.3) ** 2))
    else:
        kernel = path_kernel(strength, float(rng.uniform(0, np.pi)), rng.uniform(-2, 2, 2) if kind == "shake" else None)
    return np.asarray(kernel / kernel.sum(), np.float32)


def path_kernel(length: float, angle: float, turns: np.ndarray | None) -> np.ndarray:
    """A path of that length as a kernel, drawn eight times finer; ``turns`` bend it by so many radians on each half."""
    side, fine = 2 * int(np.ceil(length / 2)) + 3, 8
    steps = np.linspace(-0.5, 0.5, 8 * fine)
    headings = angle + (0 * steps if turns is None else np.where(steps < 0, turns[0], turns[1]) * np.abs(steps) * 2)
    path = np.cumsum(np.stack([np.cos(headings), np.sin(headings)]), 1) * length / len(steps)
    path -= (path.max(1, keepdims=True) + path.min(1, keepdims=True)) / 2
    kernel = np.zeros((side, side))
    for x, y in (path + side / 2).T:
        kernel[int(y), int(x)] += 1
    return cv2.GaussianBlur(kernel, (0, 0), 0.4)


def make(number: int, out: Path, folder: Path | None = None, soil: bool = False) -> None:
    """One ladder: fragments, and facts that tell that it is done."""
    path = out / f"ql-{number:04d}.json"
    if path.exists():
        return
    rng = generator("rw-vsr-qa", number, "lr ladder")
    kind, method = KINDS[number % len(KINDS)], METHODS[int(rng.integers(len(METHODS)))]
    arrays, rows = [], []
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        source, frames = sharp_frames(number, root, folder)
        if soil:
            frames = toned(frames, generator("rw-vsr-qa", number, "lr ladder", "tone"))
        write(root / "sharp.mp4", source, frames, crf=0)
        size = source.width // source.scale, source.height // source.scale
        low = [cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in frames]
        if soil:
            low = soiled(low, generator("rw-vsr-qa", number, "lr ladder", "soil"), source, root)
        name = f"{method}-x{source.scale}" if method == "ddsr-lite" else method
        run = get_method(name).start(Settings(scale=source.scale, device="cpu"))
        levels = strengths(kind, rng)
        height = 0.0
        for rung, level in enumerate(levels):
            made = root / f"{rung}.mp4"
            write(made, source, run(iter(worse(low, kind, level, source, root))))
            if rung == 0:
                height = float(np.clip(label(made, root / "sharp.mp4"), *FIRST)) - LOWEST
            mos = LOWEST + height * share(kind, level) / share(kind, levels[0])
            shown = list(video.read_frames(made, threads=1, precise=True))
            patches, motion = fragments(shown, rng)
            arrays.append(patches)
            rows.append({"name": f"lr-{kind}-{rung}", "mos": mos, "group": "sr", "motion": motion})
    facts = {
        "source": vars(source),
        "method": method,
        "levels": levels,
        "soiled": soil,
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
@click.option("--ladders", type=click.IntRange(1), default=300, show_default=True)
@click.option("--first", type=click.IntRange(0), default=1000, show_default=True)
@click.option("--step", default=1, help="Make every n-th only, so that several can work side by side.")
@click.option("--photographs", "folder", type=click.Path(exists=True, path_type=Path), help="Unpacked packages.")
@click.option("--soiled", "soil", is_flag=True, help="Let the first clip of each have damage of its own.")
def main(out: Path, ladders: int, first: int, step: int, folder: Path | None, soil: bool) -> None:
    """Make those that are not there."""
    out.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + ladders, step):
        make(number, out, folder, soil)
        click.echo(f"{number - first + 1} of {ladders}", err=True)


if __name__ == "__main__":
    main()
