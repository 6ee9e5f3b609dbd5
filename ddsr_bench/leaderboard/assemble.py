"""From the books of a run to each method's results file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.leaderboard.clips import BoardClip, BoardData, safe_name
from ddsr_bench.leaderboard.entries import Entry
from ddsr_bench.leaderboard.metrics import Chosen
from ddsr_bench.leaderboard.results import Cell, ClipResult, Cost, MethodFacts, MethodResults, MetricUsed, Output
from ddsr_bench.leaderboard.run import Books, Matrix
from ddsr_bench.leaderboard.store import told
from ddsr_bench.quality.metric import Metric
from ddsr_bench.quality.pooling import pool

UNBEGUN = "not computed: the run ended before it; run the same command again"


def results_path(out: Path, method: str) -> Path:
    """Where a method's results are."""
    return out / "results" / f"{safe_name(method)}.json"


def method_results(
    entry: Entry, matrix: Matrix, provenance: Mapping[str, Any], *, previous: MethodResults | None = None
) -> MethodResults:
    """Everything known of a method after a run.

    Args:
        entry: the method.
        matrix: the run.
        provenance: of the run.
        previous: what the file held, whose provenance stands where nothing was added.
    """
    options, data = matrix.options, matrix.data
    books = {clip.id: matrix.report.books.get((entry.name, clip.id), Books()) for clip in data.clips}
    used = {
        metric.name: MetricUsed(
            version=metric.version, crop_border=options.crop_border if metric.reference == "FR" else 0
        )
        for metric in matrix.chosen.metrics.values()
    }
    made = MethodResults(
        method=MethodFacts(name=entry.name, version=entry.version, kind=entry.kind, weights=dict(entry.weights)),
        scale=int(options.settings.scale or 1),
        settings=told(options.settings),
        metrics=dict(sorted(used.items())),
        clips={} if entry.reason else _clips(data, books, matrix.chosen),
        reason=entry.reason,
        cost=_cost(entry, books),
        provenance=dict(provenance),
    )
    same = previous is not None and previous.quality() == made.quality() and previous.cost == made.cost
    return previous if same and previous is not None else made


def _clips(data: BoardData, books: Mapping[str, Books], chosen: Chosen) -> dict[str, ClipResult]:
    return {
        clip.id: ClipResult(
            lr_sha256=clip.lr_sha256,
            hr_sha256=clip.hr_sha256,
            frames=(clip.start, clip.stop),
            output=_output(clip, books[clip.id].output),
            cells={metric.name: _cell(metric, books[clip.id], chosen) for metric in _for(clip, chosen)},
        )
        for clip in data.clips
    }


def _for(clip: BoardClip, chosen: Chosen) -> list[Metric]:
    """The metrics of a clip; full-reference ones are none of those without a sharp clip."""
    return [metric for metric in chosen.metrics.values() if metric.reference == "NR" or clip.hr_sha256 is not None]


def _output(clip: BoardClip, output: Mapping[str, Any] | None) -> Output | None:
    if output is None:
        return None
    return Output(
        width=output["width"],
        height=output["height"],
        frames=clip.frames,
        frames_sha256=output["frames_sha256"],
        shift=output.get("shift"),
    )


def _cell(metric: Metric, books: Books, chosen: Chosen) -> Cell:
    stored = books.cells.get(metric.name)
    if stored is None:
        return Cell(reason=chosen.reasons.get(metric.name) or books.error or UNBEGUN)
    if "error" in stored:
        return Cell(reason=stored["error"])
    values = np.asarray(stored["values"], np.float64)[:, None]
    try:
        pooled = pool(metric, values, fps=float(stored["fps"]))
    except DdsrError as error:
        return Cell(reason=str(error))
    return Cell(value=next(iter(pooled.values())), n=len(values))


def _cost(entry: Entry, books: Mapping[str, Books]) -> Cost:
    """Nothing for clips that were made elsewhere: reading them is not their method's cost."""
    if entry.kind == "precomputed":
        return Cost()
    outputs = {clip: one.output for clip, one in books.items() if one.output is not None}
    flops = [output["gflops_per_mp"] for output in outputs.values() if "gflops_per_mp" in output]
    card = entry.card
    return Cost(
        seconds={clip: output["seconds"] for clip, output in outputs.items()},
        peak_mib={clip: output["peak_mib"] for clip, output in outputs.items() if "peak_mib" in output},
        cold_s=[output["cold_s"] for output in outputs.values() if "cold_s" in output],
        gflops_per_mp=flops[0] if flops else None,
        parameters=None if card is None else card.parameters,
    )
