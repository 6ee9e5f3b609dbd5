"""What rw-vsr-qa makes of methods, or of coding, that neither of its members saw in training; simulated scores.

    python reports/rw-vsr-qa/generalisation.py BUILT --full ALL.safetensors \\
      --without nearest,bilinear,bicubic=A.safetensors --without lanczos,...=B.safetensors \\
      --codec WITH.safetensors WITHOUT.safetensors --out generalisation.json

BUILT is ddsr-open-1155. Each --without names methods and weights that were trained without them (``data.leave_out`` of
the settings); each video is then scored by the weights that never saw its method, and the whole is held against
--full, which saw them all. --codec compares weights of two training sets that differ in coding alone (``training_set.py
--without-codec``). No weights saw any source of the set. Intervals are from resampling the groups of sources.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from ddsr_bench import video
from ddsr_bench.data.manifest.read import find_dataset, read_rows
from ddsr_bench.evaluate.coefficients import plcc, srocc
from ddsr_bench.provenance import write_json_atomic
from ddsr_bench.quality.rw_vsr_qa.checkpoint import load_network
from ddsr_bench.quality.rw_vsr_qa.videos import Patches, key_patches, score_patches
from ddsr_bench.seeding import generator

DRAWS = 2000


class Videos:
    """The set's videos and their patches, cut once and kept in a folder."""

    def __init__(self, dataset: str, kept: Path) -> None:
        self.root = find_dataset(dataset)
        self.rows = read_rows(self.root)
        self._kept = kept
        kept.mkdir(parents=True, exist_ok=True)

    def patches(self, row: dict) -> Patches:
        path = self._kept / f"{row['video_id']}.npz"
        if not path.exists():
            cut = key_patches(self.root / row["file_name"])
            part = path.with_suffix(".part.npz")
            np.savez(part, patches=cut.patches, native=cut.native, motion=cut.motion)
            part.rename(path)
        held = np.load(path)
        return Patches(held["patches"], int(held["native"]), held["motion"])

    def scores(self, weights: Path, methods: Sequence[str] | None = None) -> dict[str, float]:
        """Of all videos, or of those by some methods, by their id."""
        network, line = load_network(weights)
        wanted = [row for row in self.rows if methods is None or row["method"] in methods]
        found = {}
        for number, row in enumerate(wanted):
            cut = self.patches(row)
            found[row["video_id"]] = score_patches(network, line, cut, frames=row["frames"], fps=row["fps"])
            if number % 50 == 0:
                click.echo(f"{weights.stem}: {number} of {len(wanted)}", err=True)
        return found


def measured(rows: Sequence[dict], scores: dict[str, float]) -> dict[str, float]:
    """SROCC and PLCC over all videos, and the share of pairs of one LR clip that differ beyond their intervals."""
    truth = np.array([row["mos"] for row in rows])
    said = np.array([scores[row["video_id"]] for row in rows])
    return {"srocc": srocc(said, truth), "plcc": plcc(said, truth), "pairs": in_order(rows, said)}


def in_order(rows: Sequence[dict], said: np.ndarray) -> float:
    right = []
    inputs: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        inputs.setdefault(f"{row['lr_id']} {row.get('draw', '')}", []).append(place)
    for places in inputs.values():
        mos = np.array([rows[k]["mos"] for k in places])
        half = np.array([rows[k]["mos_ci95"] for k in places])
        above = mos[:, None] - mos > half[:, None] + half
        right.append((said[places][:, None] > said[places])[above])
    return float(np.concatenate(right).mean())


def compared(rows: Sequence[dict], one: dict[str, float], other: dict[str, float]) -> dict:
    """Both, and how far the second lies below the first, with 95 % intervals."""
    first, second = measured(rows, one), measured(rows, other)
    groups: dict[str, list[dict]] = {}
    for row in rows:
        groups.setdefault(row["source_group"], []).append(row)
    names, rng = sorted(groups), generator("rw-vsr-qa", "generalisation")
    drops: dict[str, list[float]] = {name: [] for name in first}
    for _ in range(DRAWS):
        # A group that is drawn twice is two groups: its videos make no pairs with their own copies.
        drawn = [{**row, "draw": k} for k, g in enumerate(rng.integers(len(names), size=len(names)))
                 for row in groups[names[g]]]  # fmt: skip
        a, b = measured(drawn, one), measured(drawn, other)
        for name in drops:
            drops[name].append(a[name] - b[name])
    return {
        name: {
            "with": first[name],
            "without": second[name],
            "drop": first[name] - second[name],
            "ci95": [float(value) for value in np.nanquantile(drops[name], (0.025, 0.975))],
        }
        for name in first
    }


@click.command()
@click.argument("dataset")
@click.option("--full", type=click.Path(path_type=Path, exists=True))
@click.option("--without", multiple=True, help="METHODS=WEIGHTS, methods with commas.")
@click.option("--codec", nargs=2, type=click.Path(path_type=Path, exists=True))
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), default="patches", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default="generalisation.json", show_default=True)
def main(
    dataset: str, full: Path | None, without: tuple[str, ...], codec: tuple[Path, Path] | None, keep: Path, out: Path
) -> None:
    videos = Videos(dataset, keep)
    report: dict = {"scores": "simulated", "videos": len(videos.rows)}
    if full is not None:
        known, unseen = videos.scores(full), {}
        for given in without:
            methods, _, file = given.partition("=")
            unseen |= videos.scores(Path(file), methods.split(","))
        rows = [row for row in videos.rows if row["video_id"] in unseen]
        report["methods"] = {
            "left_out_together": [given.partition("=")[0].split(",") for given in without],
            "videos": len(rows),
            **compared(rows, known, unseen),
        }
    if codec is not None:
        report["codec"] = compared(videos.rows, *(videos.scores(one) for one in codec))
        report["codec"]["weights"] = [video.file_sha256(one) for one in codec]
    write_json_atomic(out, report)
    click.echo(report)


if __name__ == "__main__":
    main()
