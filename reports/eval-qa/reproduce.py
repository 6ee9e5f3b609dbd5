"""Published figures of quality metrics beside ours, from the same MOS and predictions.

    python reports/eval-qa/reproduce.py [--shared ../shared] [--out reports/eval-qa] [--own-search] [--workers 1]

Writes ``published_figures.csv`` and the table in ``README.md``.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ddsr_bench.evaluate.cards import direction_of
from ddsr_bench.evaluate.coefficients import plcc, srocc
from ddsr_bench.evaluate.mapping import fit_mapping
from ddsr_bench.evaluate.protocol import parse_protocol
from ddsr_bench.evaluate.records import Floats
from ddsr_bench.evaluate.regress import train_predict
from ddsr_bench.evaluate.splits import Split
from ddsr_bench.evaluate.table import load_table

BEGIN, END = "<!-- figures: written by reproduce.py -->", "<!-- end of figures -->"
AESTHETIC, TECHNICAL = 0.3896, 0.6104
# Median SROCC, its standard deviation, median PLCC, its standard deviation.
PUBLISHED = {
    ("NIQE", "YouTube-UGC"): {"SROCC": 0.2379, "SROCC std": 0.0487, "PLCC": 0.2776, "PLCC std": 0.0431},
    ("NIQE", "KoNViD-1k"): {"SROCC": 0.5417, "PLCC": 0.5530},
    ("BRISQUE + SVR", "LIVE-VQC"): {"SROCC": 0.5925, "PLCC": 0.6380},
    ("BRISQUE + SVR", "KoNViD-1k"): {"SROCC": 0.6567, "PLCC": 0.6576},
    ("DOVER", "KoNViD-1k"): {"PLCC": 0.883},
}
FILES = {
    ("NIQE", "YouTube-UGC"): "videval_YOUTUBE_UGC_niqe_mos.csv",
    ("NIQE", "KoNViD-1k"): "videval_KONVID_1K_niqe_mos.csv",
    ("BRISQUE + SVR", "LIVE-VQC"): "bvqa_LIVE_VQC_brisque_feats_mos.csv.gz",
    ("BRISQUE + SVR", "KoNViD-1k"): "bvqa_KONVID_1K_brisque_feats_mos.csv.gz",
    ("DOVER", "KoNViD-1k"): "dover_kv1k_pred_mos.csv",
}
TOLERANCE = {"NIQE": 0.002, "BRISQUE + SVR": 0.02, "DOVER": 0.001}


@dataclass(frozen=True)
class Figure:
    """One published number and ours; ``within`` is None where no agreement is claimed."""

    metric: str
    dataset: str
    coefficient: str
    published: float
    ours: float
    tolerance: float | None

    @property
    def difference(self) -> float:
        """Ours minus published."""
        return self.ours - self.published


def split_summary(predictions: Floats, mos: Floats, splits: Sequence[Split]) -> dict[str, float]:
    """Medians and standard deviations over splits; ``predictions`` float64 (S, n), higher is better.

    SROCC is of the predictions as they are, PLCC after a 4-parameter logistic that is fitted to the test fold.
    """
    values: dict[str, list[float]] = {"SROCC": [], "PLCC": []}
    for row, split in zip(predictions, splits, strict=True):
        x, y = row[split.test], mos[split.test]
        values["SROCC"].append(srocc(x, y))
        values["PLCC"].append(plcc(fit_mapping(x, y, kind="logistic4")(x), y))
    return {
        key: value
        for name, all_values in values.items()
        for key, value in ((name, float(np.median(all_values))), (f"{name} std", float(np.std(all_values))))
    }


def niqe(path: Path) -> dict[str, float]:
    """NIQE as it is, on the 99 published splits."""
    table = load_table(path)
    splits = parse_protocol("published").splits(len(table.mos))
    sign = 1.0 if direction_of("niqe") else -1.0
    return split_summary(np.tile(sign * table.metrics["niqe"], (len(splits), 1)), table.mos, splits)


def brisque(path: Path, regressor: str = "svr-benchmark", workers: int = 1) -> dict[str, float]:
    """SVR on BRISQUE's features, trained in each of the 99 published splits."""
    table = load_table(path, features={"brisque": "f00:f35"})
    splits = parse_protocol("published").splits(len(table.mos))
    predictions = train_predict(table.features["brisque"], table.mos, splits, regressor=regressor, workers=workers)
    return split_summary(predictions, table.mos, splits)


def dover(path: Path) -> dict[str, float]:
    """DOVER with its fusion constants on the right branches; PLCC without a mapping, as published."""
    table = load_table(path)
    aesthetic, technical = (_z(table.metrics[f"dover_{branch}"]) for branch in ("aesthetic", "technical"))
    fused = AESTHETIC * aesthetic + TECHNICAL * technical
    return {"PLCC": plcc(fused, table.mos), "SROCC": srocc(fused, table.mos)}


def _z(values: Floats) -> Floats:
    return np.asarray((values - values.mean()) / values.std())


def figures(shared: Path, *, own_search: bool = False, workers: int = 1) -> Iterator[Figure]:
    """Every published number with ours; with ``own_search`` also what our own search of C and gamma reaches."""
    for (metric, dataset), published in PUBLISHED.items():
        path = shared / "data" / "predictions" / FILES[metric, dataset]
        if metric == "NIQE":
            ours = niqe(path)
        elif metric == "DOVER":
            ours = dover(path)
        else:
            ours = brisque(path, workers=workers)
        for name, value in published.items():
            yield Figure(metric, dataset, name, value, ours[name], TOLERANCE[metric])
        if own_search and metric == "BRISQUE + SVR":
            ours = brisque(path, "svr", workers)
            for name, value in published.items():
                yield Figure(f"{metric}, our search", dataset, name, value, ours[name], None)


def markdown(rows: Sequence[Figure]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| metric | data | coefficient | published | ours | difference | allowed |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        allowed = "" if row.tolerance is None else f"{row.tolerance:g}"
        numbers = f"{row.published:.4f} | {row.ours:.4f} | {row.difference:+.4f}"
        lines.append(f"| {row.metric} | {row.dataset} | {row.coefficient} | {numbers} | {allowed} |")
    return "\n".join(lines)


def write(rows: Sequence[Figure], out: Path) -> None:
    """Write ``published_figures.csv`` and put the table between the marks in ``README.md``."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / "published_figures.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["metric", "data", "coefficient", "published", "ours", "tolerance"])
        for row in rows:
            numbers = (f"{row.published:.4f}", f"{row.ours:.6f}", row.tolerance)
            writer.writerow([row.metric, row.dataset, row.coefficient, *numbers])
    readme = out / "README.md"
    text = readme.read_text("utf-8") if readme.exists() else f"{BEGIN}\n{END}\n"
    before, rest = text.split(BEGIN)
    readme.write_text(f"{before}{BEGIN}\n{markdown(rows)}\n{END}{rest.split(END)[1]}", "utf-8")


def main() -> None:
    """Read the command line and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder that holds data/predictions")
    parser.add_argument("--out", type=Path, default=Path("reports/eval-qa"))
    parser.add_argument("--own-search", action="store_true", help="also train with our own search (three minutes more)")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    write(list(figures(given.shared, own_search=given.own_search, workers=given.workers)), given.out)


if __name__ == "__main__":
    main()
