"""Does test-time adaptation help? Scores of a test split with and without it, by the terms that are used.

    python reports/rw-vsr-qa/adaptation.py BUILT [--weights FILE] [--learning-rate 0.001] [--inputs N] [--out FILE.json]

BUILT is a folder that ``ddsr-bench dataset build`` and ``dataset rate`` made. A batch is the videos of one LR clip (11
in the open set), as they come when methods are compared; the network is adapted to each batch anew. Prints, for no
adaptation, each term alone and both: the rank correlation over all videos, its mean within an LR clip, and the share of
pairs of one LR clip that have their order, of those whose MOS differ by more than their intervals. MOS of the open set
are simulated, and the table says so.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import click
import cv2
import numpy as np

from ddsr_bench.data.manifest.read import find_dataset, read_rows
from ddsr_bench.evaluate.coefficients import srocc
from ddsr_bench.provenance import collect, write_json_atomic
from ddsr_bench.quality.metrics.rw_vsr_qa import shipped_weights
from ddsr_bench.quality.one_torch_thread import one_torch_thread
from ddsr_bench.quality.rw_vsr_qa.adapt import Adaptation, Patches, adapt
from ddsr_bench.quality.rw_vsr_qa.checkpoint import load_network
from ddsr_bench.quality.rw_vsr_qa.videos import KEYS, evenly, key_patches, score_patches
from ddsr_bench.video import file_sha256

TERMS = {"none": (0.0, 0.0), "contrastive only": (0.4, 0.0), "rank only": (0.0, 1.0), "both": (0.4, 1.0)}
MEASURES = ("SROCC", "within an LR clip", "pairs", "moved by")


@dataclass(frozen=True)
class Batch:
    """The rows of one LR clip, in the table's order, and the scores of each way."""

    rows: list[dict]
    scores: dict[str, list[float]]


def thinned(video: Patches) -> Patches:
    """The key frames that are adapted on: as many as ``score_videos`` takes, spread as it spreads them."""
    places = evenly(list(range(len(video.patches))), KEYS)
    return Patches(video.patches[places], video.native, None if video.motion is None else video.motion[places])


def scored(rows: list[dict], root: Path, network, calibration, learning_rate: float) -> Batch:
    """Scores of a batch by every way."""
    videos = [key_patches(root / row["file_name"]) for row in rows]
    batch, found = [thinned(video) for video in videos], {}
    for name, (contrast, rank) in TERMS.items():
        settings = Adaptation(learning_rate=learning_rate, contrast=contrast, rank=rank)
        used = adapt(network, batch, settings) if contrast or rank else network
        found[name] = [
            score_patches(used, calibration, video, frames=int(row["frames"]), fps=float(row["fps"]))
            for video, row in zip(videos, rows, strict=True)
        ]
    return Batch(rows, found)


def measured(batches: list[Batch], way: str) -> dict[str, float]:
    """The columns of the table."""
    mos = [np.array([row["mos"] for row in one.rows], float) for one in batches]
    ci95 = [np.array([row["mos_ci95"] for row in one.rows], float) for one in batches]
    scores = [np.array(one.scores[way]) for one in batches]
    plain = np.concatenate([one.scores["none"] for one in batches])
    credits = np.concatenate([credit(*each) for each in zip(scores, mos, ci95, strict=True)])
    within = [srocc(x, y) for x, y in zip(scores, mos, strict=True)]
    return {
        "SROCC": srocc(np.concatenate(scores), np.concatenate(mos)),
        "within an LR clip": float(np.nanmean(within)),
        "pairs": float(credits.mean()),
        "moved by": float(np.abs(np.concatenate(scores) - plain).mean()),
    }


def credit(scores: np.ndarray, mos: np.ndarray, ci95: np.ndarray) -> np.ndarray:
    """1 for each pair in its order, 1/2 for a tie, 0 else; of pairs whose MOS clearly differ."""
    clear = mos[:, None] - mos[None, :] > np.hypot(ci95[:, None], ci95[None, :])
    away = (scores[:, None] - scores[None, :])[clear]
    return (away > 0) + 0.5 * (away == 0)


def table(results: dict[str, dict[str, float]], origin: str) -> str:
    """The table, in Markdown."""
    heads = " | ".join(MEASURES)
    lines = [f"| adaptation ({origin} scores) | {heads} |", "|---|" + "---:|" * len(MEASURES)]
    for name, values in results.items():
        cells = " | ".join(f"{values[measure]:.3f}" for measure in MEASURES)
        lines.append(f"| {name} | {cells} |")
    return "\n".join(lines)


@click.command()
@click.argument("built", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--weights", type=click.Path(path_type=Path), help="[default: the package's]")
@click.option("--learning-rate", default=Adaptation().learning_rate, show_default=True)
@click.option("--inputs", type=int, help="LR clips to take, spread over their names; all unless given.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="JSON with the scores of all videos.")
def main(built: Path, weights: Path | None, learning_rate: float, inputs: int | None, out: Path | None) -> None:
    root = find_dataset(str(built))
    rows = [row for row in read_rows(root) if row["split"] == "test" and row["score_origin"] != "none"]
    names = evenly(sorted({row["lr_id"] for row in rows}), inputs)
    weights = weights or shipped_weights()
    network, calibration = load_network(weights)
    cv2.setNumThreads(1)
    batches = []
    with one_torch_thread():
        for count, name in enumerate(names):
            batch = [row for row in rows if row["lr_id"] == name]
            batches.append(scored(batch, root, network, calibration, learning_rate))
            click.echo(f"{count + 1} of {len(names)}", err=True)
    results = {way: measured(batches, way) for way in TERMS}
    origin = "simulated" if any(row["score_origin"] == "simulated" for row in rows) else "subjective"
    click.echo(table(results, origin))
    if out is not None:
        facts = {
            "provenance": collect("reports/rw-vsr-qa/adaptation.py"),
            "weights_sha256": file_sha256(weights),
            "settings": dataclasses.asdict(Adaptation(learning_rate=learning_rate)),
            "score_origin": origin,
            "results": results,
            "scores": {
                row["video_id"]: {way: one.scores[way][k] for way in TERMS}
                for one in batches
                for k, row in enumerate(one.rows)
            },
        }
        write_json_atomic(out, facts)


if __name__ == "__main__":
    main()
