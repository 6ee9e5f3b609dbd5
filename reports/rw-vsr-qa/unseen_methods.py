"""Splits that leave out source and method at once: what is tested shares neither with what a metric is trained on.

    python reports/rw-vsr-qa/unseen_methods.py ddsr-open-1155 unseen.parquet
    ddsr-bench eval-qa --manifest BUILT --metrics ... --splits unseen.parquet --group source_group --out OUT

A split for each of the dataset's five folds and each method. The rest of the fold, and the method's other videos, are
on neither side. ``--protocol leave-method-out`` alone leaves every tested source in training under ten other methods.
"""

from __future__ import annotations

from pathlib import Path

import click
import pandas as pd

from ddsr_bench.data.manifest.read import find_dataset, read_parquet, read_rows


def unseen(folds: pd.Series, methods: pd.Series) -> pd.DataFrame:
    """A column for each fold and method, of train, test or nothing."""
    columns = {}
    for fold in sorted(folds.unique()):
        for method in sorted(methods.unique()):
            side = pd.Series("", folds.index)
            side[(folds != fold) & (methods != method)] = "train"
            side[(folds == fold) & (methods == method)] = "test"
            columns[f"split_{fold}_{method}"] = side
    return pd.DataFrame(columns)


@click.command()
@click.argument("dataset")
@click.argument("out", type=click.Path(path_type=Path))
def main(dataset: str, out: Path) -> None:
    root = find_dataset(dataset)
    table = read_parquet(root / "splits.parquet").to_pandas().set_index("video_id")
    methods = pd.Series({row["video_id"]: row["method"] for row in read_rows(root)}).loc[table.index]
    unseen(table["fold"], methods).reset_index(names="video_id").to_parquet(out)


if __name__ == "__main__":
    main()
