"""From a score table to a finished evaluation."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.comparisons import Compared, compare
from ddsr_bench.evaluate.context import Context, make_context
from ddsr_bench.evaluate.metric import TESTED, MetricResult, evaluate_metric
from ddsr_bench.evaluate.pairs import PairResults, pair_analysis
from ddsr_bench.evaluate.protocol_run import SplitScores, summary
from ddsr_bench.evaluate.records import Evaluation, Floats, ScoreTable
from ddsr_bench.evaluate.regress import train_predict
from ddsr_bench.evaluate.settings import Settings

SCHEMA_VERSION = 1
_PARAMETERS = {"logistic4": 4, "logistic5": 5, "linear": 2, "none": 0}
Progress = Callable[[str], None]


def evaluate(table: ScoreTable, settings: Settings, progress: Progress = lambda text: None) -> Evaluation:
    """Evaluate all metrics of a table.

    Every metric gets its coefficients pooled and inside sources, methods and inputs, each with a confidence interval
    from resampling whole sources; pair analysis; the values over the protocol's splits; and tests against every other
    metric. Metrics given as features are trained inside each split, and evaluated on predictions of held-out videos.

    Args:
        table: the scores.
        settings: choices.
        progress: called with a short text as the work goes on.

    Returns:
        The evaluation; ``results`` holds everything of ``results.json`` but its provenance.

    Raises:
        DdsrError: settings or protocol that do not fit the table.
    """
    import threadpoolctl

    settings.check()
    if not table.metrics and not table.features:
        raise DdsrError(f"{table.name}: no metric column; name some with --metrics, or features with --features")
    # One thread for matrix products: their last bits depend on how many share the work.
    with threadpoolctl.threadpool_limits(1):
        return _evaluate(table, settings, progress)


def _evaluate(table: ScoreTable, settings: Settings, progress: Progress) -> Evaluation:
    context = make_context(table, settings)
    scores = SplitScores(context)
    context.sampler.share()
    scores.share()
    for groups in context.groups.values():
        if groups is not None:
            context.sampler.prepare_groups(groups)
    trained = {name: _train(name, context, progress) for name in table.features}
    predictions = {**table.metrics, **{name: _held_out(name, rows, context) for name, rows in trained.items()}}

    def work(name: str) -> tuple[MetricResult, dict[str, Floats] | None]:
        result = evaluate_metric(name, predictions[name], context, trained=name in trained)
        progress(name)
        if not context.splits:
            return result, None
        sign = 1.0 if result.part["higher_is_better"] else -1.0
        if name in trained:
            return result, scores.trained(trained[name][: len(context.splits)])
        return result, scores.fixed(predictions[name], sign)

    with ThreadPoolExecutor(max(1, min(settings.workers, os.cpu_count() or 1))) as pool:
        found = dict(zip(predictions, pool.map(work, predictions), strict=True))
    results = {name: result for name, (result, _) in found.items()}
    split_values = {name: values for name, (_, values) in found.items() if values is not None}
    progress("pairs and tests")
    pairs = _pairs(results, context)
    content = _content(context, results, split_values, pairs)
    mapped = {name: result.mapped for name, result in results.items()}
    return Evaluation(table, content, predictions, mapped, {name: result.curve for name, result in results.items()})


def _train(name: str, context: Context, progress: Progress) -> Floats:
    if not context.splits:
        raise DdsrError(
            f"metric {name!r}: features are trained inside splits and --protocol is none; use kfold or random"
        )
    progress(f"training {name}")
    settings, table = context.settings, context.table
    groups = table.sources if context.disjoint else None
    return train_predict(
        table.features[name],
        table.mos,
        (*context.splits, *context.folds),
        regressor=settings.regressor,
        groups=groups,
        seed=settings.seed,
        workers=settings.workers,
    )


def _held_out(name: str, predictions: Floats, context: Context) -> Floats:
    """For each video the prediction of its fold, or of the first split that held it out: of one model, as a user's."""
    if context.folds:
        predictions = predictions[len(context.splits) :]
    held = np.isfinite(predictions)
    missing = int((~held.any(0)).sum())
    if missing:
        raise DdsrError(
            f"metric {name!r}: the protocol holds out all but {missing} of {held.shape[1]} videos; use kfold, "
            "random with more splits, or splits with a column fold"
        )
    first: Floats = predictions[held.argmax(0), np.arange(held.shape[1])]
    return first


def _pairs(results: dict[str, MetricResult], context: Context) -> PairResults:
    table, clusters = context.table, context.clusters
    codes = np.empty(len(table.mos), np.int64)
    codes[clusters.order] = clusters.codes
    return pair_analysis(
        list(results),
        np.stack([result.oriented for result in results.values()]),
        table.mos,
        codes,
        mos_ci95=table.mos_ci95,
        groups=table.inputs if table.inputs is not None else table.sources,
        counts=context.counts.astype(np.int64),
        seed=context.settings.seed,
    )


def _content(
    context: Context, results: dict[str, MetricResult], split_values: dict[str, dict[str, Floats]], pairs: PairResults
) -> dict[str, Any]:
    metrics = {}
    for name, result in results.items():
        trained = context.table.features.get(name)
        metrics[name] = {
            **result.part,
            "trained": None
            if trained is None
            else {"regressor": context.settings.regressor, "n_features": trained.shape[1]},
            "pairs": dict(pairs.per_metric[name]),
            "protocol": summary(split_values[name]) if name in split_values else None,
        }
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "eval-qa",
        "data": _data(context.table),
        "settings": _settings(context),
        "metrics": metrics,
        "comparisons": _compared(context, results, split_values, pairs),
    }


def _data(table: ScoreTable) -> dict[str, Any]:
    def count(labels: tuple[str, ...] | None) -> int | None:
        return None if labels is None else len(set(labels))

    return {
        "table": table.name,
        "n": len(table.mos),
        "n_sources": count(table.sources),
        "n_methods": count(table.methods),
        "n_inputs": count(table.inputs),
        "mos_min": float(table.mos.min()),
        "mos_max": float(table.mos.max()),
        "score_origin": table.score_origin,
        "columns": dict(table.columns),
        "notes": list(table.notes),
    }


def _settings(context: Context) -> dict[str, Any]:
    settings, protocol = context.settings, context.settings.protocol
    return {
        "mapping": settings.mapping,
        "protocol": protocol.kind if not protocol.count else f"{protocol.kind}:{protocol.count}",
        "splits": len(context.splits),
        "folds": len(context.folds),
        "source_disjoint": context.disjoint,
        "resamples": settings.resamples,
        "resampling": "exact" if context.exact else "linearised",
        "seed": settings.seed,
        "interval": settings.interval,
        "confidence": settings.confidence,
        "cluster": context.clusters.label,
        "pairs_within": "input" if context.table.inputs is not None else "source" if context.table.sources else None,
        "n_clusters": context.clusters.count,
    }


def _compared(
    context: Context, results: dict[str, MetricResult], split_values: dict[str, dict[str, Floats]], pairs: PairResults
) -> dict[str, Any]:
    pooled = [result.part["views"]["pooled"] for result in results.values()]
    estimates = {name: np.array([np.nan if view[name] is None else view[name] for view in pooled]) for name in TESTED}
    resampled = {name: np.stack([result.draws[name] for result in results.values()], 1) for name in TESTED}
    parameters = [_PARAMETERS[result.part["mapping"]["used"]] for result in results.values()]
    over_splits = None
    if split_values:
        over_splits = {name: np.stack([split_values[metric][name] for metric in results], 1) for name in TESTED}
    tested = np.mean([len(split.test) for split in context.splits]) / len(context.table.mos) if split_values else None
    return compare(
        Compared(
            names=list(results),
            predictions=np.stack([result.oriented for result in results.values()]),
            mapped=np.stack([result.mapped for result in results.values()]),
            mos=context.table.mos,
            estimates=estimates,
            resampled=resampled,
            clusters=context.clusters.count,
            mapping_parameters=parameters,
            split_values=over_splits,
            test_fraction=None if tested is None else float(tested),
            pairs=pairs,
        ),
        context.settings.alpha,
    )
