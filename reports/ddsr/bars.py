"""How well our upscalers restore clips that none of them was trained on, against others; and whether motion blur in
training helps on motion-blurred clips.

    python reports/ddsr/bars.py OUT [--open FOLDER] [--fresh 40] [--scale 4] [--method NAME ...]

Clips: the test split of a built ddsr-open-1155 (``--open``), and rendered scenes with seeds that no dataset of the
project uses (``--fresh``), degraded by preset ``ddsr``. A method is NAME, NAME=WEIGHTS, or NAME@TAG=WEIGHTS where one
network is wanted with several weights; the tag ``per-frame`` gives it every frame as a clip of its own, so that nothing
is known of its neighbours. Every method restores the same LR frames; each clip's row goes
to ``OUT/clips.csv`` as soon as it is known, and clips that are there are not done again. ``OUT/summary.json`` has
means, paired differences to the first method with bootstrap intervals and Wilcoxon tests, for all clips and for those
whose recipe blurs by motion.
"""

from __future__ import annotations

import csv
import json
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import numpy as np
from scipy.stats import wilcoxon

from ddsr_bench import video
from ddsr_bench.data.load import load
from ddsr_bench.data.scenes import make_scene, render_clip, scene_kinds
from ddsr_bench.degrade.pipeline import apply
from ddsr_bench.degrade.recipe import ClipInfo, Recipe
from ddsr_bench.degrade.sampling import sample
from ddsr_bench.degrade.spec import load_preset
from ddsr_bench.provenance import collect, write_json_atomic
from ddsr_bench.quality.catalogue import get_metric
from ddsr_bench.quality.runner import score_frames
from ddsr_bench.seeding import generator
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.method import Run, Settings

FIRST_SEED = 7000
FRAMES, FPS = 20, 24
SIZES = ((480, 272), (448, 320), (400, 400), (352, 480), (560, 304))
MEASURES = ("psnr-y", "ssim", "gmsd", "rw-vsr-qa", "flicker")
BLURS = ("exposure", "shake")
_DRAWS = 4000


def clips(opened: Path | None, fresh: int, scale: int) -> Iterator[tuple[str, Recipe, list, list]]:
    """Name, recipe, LR frames and HR frames of every clip."""
    if opened is not None:
        table = load(str(opened))
        chosen = table[(table.split == "test") & (table.scale == scale)].drop_duplicates("lr_id")
        for row in chosen.itertuples():
            recipe = Recipe.from_json(row.recipe)
            yield row.lr_id, recipe, list(row.lr.frames(0, FRAMES)), list(row.hr.frames(0, FRAMES))
    kinds = [kind for kind in scene_kinds() if kind != "photo"]
    for number in range(fresh):
        rng = generator("ddsr bars", number)
        kind = kinds[number % len(kinds)]
        width, height = SIZES[int(rng.integers(len(SIZES)))]
        scene = make_scene(kind, seed=FIRST_SEED + number, width=width, height=height)
        sharp = list(render_clip(scene, FRAMES, FPS))
        info = ClipInfo(id=f"fresh-{number:03d}", width=width, height=height, frames=FRAMES, fps=str(FPS))
        recipe = sample(load_preset("ddsr"), seed=FIRST_SEED, clip=info, scale=scale)
        yield f"fresh-{number:03d}-{kind}", recipe, list(apply(recipe, iter(sharp))), sharp


def started(name: str, weights: Path | None, scale: int) -> Run:
    """A method that is ready to restore clips."""
    method, _, tag = name.partition("@")
    run = get_method(method).start(Settings(scale=scale, device="cpu", precision="fp32", weights=weights))
    return alone(run) if tag == "per-frame" else run


def alone(run: Run) -> Run:
    """Every frame as a clip of its own."""

    def each(frames: Iterator) -> Iterator:
        for frame in frames:
            yield from run(iter([frame]))

    return each


def named(methods: Iterable[str]) -> dict[str, Path | None]:
    """Methods by name, with their weights where some are given."""
    return {name: Path(file) if file else None for name, _, file in (one.partition("=") for one in methods)}


def measured(out: Path, opened: Path | None, fresh: int, scale: int, methods: dict[str, Path | None]) -> list[dict]:
    """A row for each clip and method."""
    path = out / "clips.csv"
    rows = list(csv.DictReader(path.open())) if path.exists() else []
    done = {(row["clip"], row["method"]) for row in rows}
    runs = {name: started(name, weights, scale) for name, weights in methods.items()}
    metrics = [get_metric(name) for name in MEASURES]
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, ("clip", "method", "blurred", *MEASURES))
        if not rows:
            writer.writeheader()
        for name, recipe, low, sharp in clips(opened, fresh, scale):
            for method, run in runs.items():
                if (name, method) in done:
                    continue
                made = list(run(iter(low)))
                scores = score_frames(iter(made), metrics, reference=iter(sharp[: len(made)]), crop_border=scale)
                row = {"clip": name, "method": method, "blurred": int(any(s.kind in BLURS for s in recipe.stages))}
                row |= {one: f"{float(np.mean(scores.values[one][:, 0])):.5f}" for one in MEASURES}
                writer.writerow(row)
                rows.append({key: str(value) for key, value in row.items()})
            file.flush()
            print(name, flush=True)
    return rows


def summary(rows: list[dict], methods: list[str]) -> dict:
    """Means by method, and what each measure gains of the first method over the others, clip by clip."""
    found = {}
    for part in ("all", "blurred", "not blurred"):
        wanted = {"all": ("0", "1"), "blurred": ("1",), "not blurred": ("0",)}[part]
        table = {
            method: {row["clip"]: row for row in rows if row["method"] == method and row["blurred"] in wanted}
            for method in methods
        }
        names = sorted(set.intersection(*(set(one) for one in table.values())))
        if not names:
            continue
        values = {
            method: {one: np.array([float(table[method][name][one]) for name in names]) for one in MEASURES}
            for method in methods
        }
        found[part] = {
            "clips": len(names),
            "means": {m: {one: float(v.mean()) for one, v in of_it.items()} for m, of_it in values.items()},
            "gains": {
                other: {one: gain(values[methods[0]][one] - values[other][one]) for one in MEASURES}
                for other in methods[1:]
            },
        }
    return found


def gain(apart: np.ndarray) -> dict:
    """Mean of paired differences, 95 % bootstrap interval over clips, Wilcoxon's signed-rank p."""
    rng = generator("ddsr bars", "bootstrap")
    means = apart[rng.integers(0, len(apart), (_DRAWS, len(apart)))].mean(1)
    low, high = np.quantile(means, (0.025, 0.975))
    p = float(wilcoxon(apart).pvalue) if np.any(apart) else 1.0
    return {"mean": float(apart.mean()), "low": float(low), "high": float(high), "p": p}


@click.command(help=(__doc__ or "").partition("\n\n")[0])
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--open", "opened", type=click.Path(file_okay=False, path_type=Path), help="A built ddsr-open-1155.")
@click.option("--fresh", type=click.IntRange(0), default=40, show_default=True, help="Rendered clips.")
@click.option("--scale", type=click.Choice(["2", "4"]), default="4", show_default=True)
@click.option(
    "--method", "methods", multiple=True, default=("ddsr-lite-x4", "bicubic"), help="NAME or NAME[@TAG]=FILE."
)
def main(out: Path, opened: Path | None, fresh: int, scale: str, methods: tuple[str, ...]) -> None:
    """Measure and sum up."""
    warnings.simplefilter("ignore", video.UntaggedColourWarning)
    out.mkdir(parents=True, exist_ok=True)
    chosen = named(methods)
    rows = measured(out, opened, fresh, int(scale), chosen)
    found = summary(rows, list(chosen))
    write_json_atomic(out / "summary.json", {**collect("reports/ddsr/bars.py", FIRST_SEED), "summary": found})
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
