"""What ``eval-qa`` does once its options are read."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.records import Evaluation, ScoreTable

if TYPE_CHECKING:
    from ddsr_bench.cli._eval_manifest import Computed
    from ddsr_bench.evaluate.settings import Settings

_COMPUTING = ("own", "pooling", "every", "store", "no_store", "weights_dir")


def run(
    *,
    scores: Path | None,
    manifest: Path | None,
    out: Path | None,
    overwrite: bool,
    seed: int,
    workers: int,
    **options: Any,
) -> None:
    """Load (and compute what is to be computed), evaluate, write, print.

    Raises:
        DdsrError: every mistake of the user.
    """
    from ddsr_bench.evaluate.run import evaluate

    start = time.perf_counter()
    folder = out if out is not None else Path(f"eval-{_default_name(scores, manifest)}")
    _check_folder(folder, overwrite)
    computed = None
    if manifest is not None:
        from ddsr_bench.cli._eval_manifest import compute

        asked = {name: options[name] for name in ("metrics", "mos", "drop_missing", *_COMPUTING)}
        computed = compute(manifest, folder, workers=workers, **asked)
        scores = computed.table
        options["metrics"], options["features"] = computed.metrics, [*options["features"], *computed.features]
    assert scores is not None
    table = _load(scores, options)
    settings = _settings(table, options, computed, seed, workers)
    with _Line(len(table.metrics) + len(table.features)) as line:
        evaluation = evaluate(table, settings, line)
    evaluation = _with_provenance(evaluation, scores, seed, computed)
    _write(evaluation, folder)
    click.echo(summary(evaluation))
    for note in evaluation.results["data"]["notes"]:
        click.echo(f"Note: {note}")
    click.echo(f"Done in {time.perf_counter() - start:.0f} s; open {folder / 'report.html'}")


def _load(scores: Path, options: Mapping[str, Any]) -> ScoreTable:
    from ddsr_bench.evaluate.table import load_table

    names = ("mos", "metrics", "group", "method_column", "input_column", "video_column", "drop_missing")
    return load_table(scores, features=dict(options["features"]), **{name: options[name] for name in names})


def _settings(
    table: ScoreTable, options: Mapping[str, Any], computed: Computed | None, seed: int, workers: int
) -> Settings:
    from ddsr_bench.evaluate.given_splits import read_splits
    from ddsr_bench.evaluate.protocol import GIVEN, Protocol, parse_protocol
    from ddsr_bench.evaluate.settings import Settings

    path = options["splits"]
    protocol = options["protocol"] or ("kfold:5" if options["features"] else "none")
    return Settings(
        mapping=options["mapping"],
        protocol=Protocol(GIVEN) if path else parse_protocol(protocol),
        given_splits=read_splits(path, table.video_ids) if path else None,
        disjoint=not options["plain_splits"],
        regressor=options["regressor"],
        resamples=options["resamples"],
        interval=options["interval"],
        seed=seed,
        workers=workers,
        given=_directions(table, options["lower_better"] or (), options["higher_better"] or ()),
        cards={**_cards(table), **(computed.directions if computed else {})},
    )


def _default_name(scores: Path | None, manifest: Path | None) -> str:
    return _stem(scores) if scores is not None else manifest.resolve().name if manifest is not None else ""


def _stem(path: Path) -> str:
    name = path.name.removesuffix(".gz")
    return name.rpartition(".")[0] or name


def _check_folder(folder: Path, overwrite: bool) -> None:
    if (folder / "results.json").exists() and not overwrite:
        raise DdsrError(f"{folder}: holds results already; give another --out, or --overwrite to replace them")


def _directions(table: ScoreTable, lower: Sequence[str], higher: Sequence[str]) -> dict[str, bool]:
    for option, names in (("--lower-better", lower), ("--higher-better", higher)):
        for name in names:
            if name not in table.metrics:
                raise DdsrError(f"{option} {name}: no such metric; the metrics are {', '.join(table.metrics)}")
    both = set(lower) & set(higher)
    if both:
        raise DdsrError(f"metric {sorted(both)[0]!r}: given as lower-better and as higher-better; choose one")
    return {**dict.fromkeys(lower, False), **dict.fromkeys(higher, True)}


def _cards(table: ScoreTable) -> dict[str, bool]:
    from ddsr_bench.evaluate.cards import direction_of

    known = {name: direction_of(name) for name in table.metrics}
    return {name: higher for name, higher in known.items() if higher is not None}


def _with_provenance(evaluation: Evaluation, scores: Path, seed: int, computed: Computed | None) -> Evaluation:
    from dataclasses import replace

    from ddsr_bench.provenance import collect
    from ddsr_bench.video import file_sha256

    results = dict(evaluation.results)
    results["data"] = {**results["data"], "table": scores.name, "sha256": file_sha256(scores)}
    if computed is not None:
        results["data"]["manifest"] = computed.facts
        results["data"]["notes"] = [*computed.notes, *results["data"]["notes"]]
    order = ["schema_version", "kind", "provenance"]
    results["provenance"] = collect("eval-qa", seed)
    ordered = {key: results[key] for key in [*order, *(key for key in results if key not in order)]}
    return replace(evaluation, results=ordered)


def _write(evaluation: Evaluation, folder: Path) -> None:
    from ddsr_bench.evaluate.report import write_report
    from ddsr_bench.provenance import write_json_atomic

    write_report(evaluation, folder)
    # Last: where results.json stands, the rest stands too.
    write_json_atomic(folder / "results.json", evaluation.results)


def summary(evaluation: Evaluation) -> str:
    """Return the table that is printed: pooled SROCC and PLCC with their intervals, and SROCC inside groups."""
    metrics: Mapping[str, Any] = evaluation.results["metrics"]
    views = [
        view
        for view in ("within_source", "within_method", "within_input")
        if any(part["views"][view] for part in metrics.values())
    ]
    simulated = " (simulated MOS)" if evaluation.table.score_origin == "simulated" else ""
    heads = ["metric", "SROCC" + simulated, "PLCC", *(f"SROCC {view.replace('_', ' ')}" for view in views)]
    rows = [heads]
    for name, part in sorted(metrics.items(), key=lambda item: -(item[1]["views"]["pooled"]["srocc"] or -2)):
        pooled = part["views"]["pooled"]
        inside = [_cell(part["views"][view], "srocc") for view in views]
        rows.append([name, _cell(pooled, "srocc"), _cell(pooled, "plcc"), *inside])
    widths = [max(len(row[i]) for row in rows) for i in range(len(heads))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _cell(view: Mapping[str, Any] | None, name: str) -> str:
    if view is None or view[name] is None:
        return "-"
    ends = view[f"{name}_ci95"]
    return f"{view[name]:.3f}" + (f" [{ends[0]:.3f}, {ends[1]:.3f}]" if ends else "")


class _Line:
    """One line on a terminal's stderr that says what is being done; nothing elsewhere."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._shown = total, 0, sys.stderr.isatty()

    def __enter__(self) -> _Line:
        return self

    def __call__(self, text: str) -> None:
        self._done += 1
        if self._shown:
            click.echo(f"\r\x1b[K{min(self._done, self._total)}/{self._total} {text}", nl=False, err=True)

    def __exit__(self, *_: object) -> None:
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)
