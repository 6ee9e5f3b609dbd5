"""``ddsr-bench eval-qa``: how well quality metrics follow people, from a table of scores."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from ddsr_bench.cli._options import names

_KINDS = ("logistic4", "logistic5", "linear", "none")


class _Features(click.ParamType):  # type: ignore[type-arg]
    name = "NAME=COLUMNS"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, equals, columns = value.partition("=")
        if not equals or not name or not columns:
            self.fail(f"{value!r}: write it as brisque=f00:f35 or brisque='f*'", param, ctx)
        return name, columns


@click.command("eval-qa")
@click.option("--scores", type=click.Path(path_type=Path), help="Table: CSV, TSV, Parquet or JSON.")
@click.option("--manifest", type=click.Path(path_type=Path), help="Dataset's folder; --metrics are computed first.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder.  [default: eval-TABLE]")
@click.option("--mos", help="Column of mean opinion scores.  [default: found by name]")
@click.option("--metrics", callback=names, help="Columns of metrics, with commas.  [default: all numeric ones]")
@click.option("--metric", "own", multiple=True, metavar="FILE.py:NAME", help="With --manifest: your own function.")
@click.option(
    "--pooling",
    type=click.Choice(["mean", "harmonic", "hysteresis", "last"]),
    help="With --manifest: values of frames to score.  [default: the metric's own, mostly mean]",
)
@click.option("--every", type=click.IntRange(1), default=1, help="With --manifest: take each N-th frame.")
@click.option(
    "--store", type=click.Path(file_okay=False, path_type=Path), help="With --manifest: where scores are kept."
)
@click.option("--no-store", is_flag=True, help="With --manifest: compute everything, keep nothing.")
@click.option(
    "--weights-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="With --manifest: folder with the authors' model files.",
)
@click.option("--features", multiple=True, type=_Features(), help="A metric to train inside each split (repeatable).")
@click.option("--group", help="Column of sources; splits and resamples keep a source together.")
@click.option("--method-column", help="Column of VSR methods.")
@click.option("--input-column", help="Column of LR clips.")
@click.option("--video-column", help="Column of video names.")
@click.option("--lower-better", callback=names, help="Metrics for which lower is better, with commas.")
@click.option("--higher-better", callback=names, help="Metrics for which higher is better, with commas.")
@click.option("--drop-missing", is_flag=True, help="Leave out rows with missing values instead of stopping.")
@click.option(
    "--protocol",
    help="none, kfold[:K], random[:N] (80/20), published (99 of the literature), leave-method-out, leave-source-out.  "
    "[default: none; kfold:5 with --features]",
)
@click.option(
    "--splits",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Instead of --protocol: a table of train and test by video_id, as a dataset's splits.parquet.",
)
@click.option("--plain-splits", is_flag=True, help="Let a source stand on both sides of a split.")
@click.option(
    "--regressor",
    type=click.Choice(["svr", "svr-benchmark", "ridge"]),
    default="svr",
    show_default=True,
    help="For --features.",
)
@click.option("--mapping", type=click.Choice(_KINDS), default="logistic4", show_default=True, help="Metric to MOS.")
@click.option("--resamples", type=click.IntRange(200, 100_000), default=2000, show_default=True, help="For intervals.")
@click.option(
    "--interval",
    type=click.Choice(["t", "percentile", "bca"]),
    default="t",
    show_default=True,
    help="Kind of bootstrap interval, all corrected for few sources.",
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Decides every draw.")
@click.option("--workers", type=click.IntRange(1, 1024), default=os.cpu_count() or 1, help="Threads.  [default: cores]")
@click.option("--overwrite", is_flag=True, help="Replace the results in --out.")
def command(**options: Any) -> None:
    """Compare quality metrics with people's scores: coefficients, intervals, splits, tests, and a report.

    The table has a row per video: MOS, metrics, and where there are any the source, the VSR method and the LR clip.
    With --manifest it is metadata.parquet (or .csv) in a dataset's folder, whose videos are scored by --metrics (names
    of `ddsr-bench metrics list`, or further columns of the table); sets of features are trained inside each split.
    OUT holds report.html, report.md, table.csv, table.tex, results.json and figures/ (PDF and PNG).
    """
    from ddsr_bench.cli._eval_qa import run

    _check(options)
    run(**options)
    sys.exit(0)


def _check(options: dict[str, Any]) -> None:
    if (options["scores"] is None) == (options["manifest"] is None):
        raise click.UsageError("give a table with --scores, or a dataset's folder with --manifest")
    computing = ("own", "pooling", "store", "no_store", "weights_dir")
    given = [name for name in computing if options[name]] + ["every"] * (options["every"] > 1)
    if options["scores"] is not None and given:
        name = "metric" if given[0] == "own" else given[0].replace("_", "-")
        raise click.UsageError(f"--{name} is for metrics that are computed; give --manifest, not --scores")
    if options["manifest"] is not None and not (options["metrics"] or options["own"]):
        raise click.UsageError("--manifest: no metric; name some with --metrics a,b (see: ddsr-bench metrics list)")
    if options["splits"] is not None and (options["protocol"] is not None or options["plain_splits"]):
        raise click.UsageError("--splits takes the place of --protocol and --plain-splits; leave these out")
    if options["store"] is not None and options["no_store"]:
        raise click.UsageError("--store and --no-store exclude each other; give one")
