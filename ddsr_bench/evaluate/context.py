"""What all metrics of one evaluation share: clusters, resamples, groups, splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ddsr_bench.evaluate.bootstrap import Clusters, bootstrap_counts, clusters_of, jackknife_counts, merged
from ddsr_bench.evaluate.draws import Sampler
from ddsr_bench.evaluate.given_splits import GivenSplits
from ddsr_bench.evaluate.groups import Groups
from ddsr_bench.evaluate.influence import LinearSampler
from ddsr_bench.evaluate.records import Floats, ScoreTable
from ddsr_bench.evaluate.settings import Settings
from ddsr_bench.evaluate.splits import Split

VIEWS = ("within_source", "within_method", "within_input")
# Above this the coefficients are not computed anew on each resample but to first order.
EXACT_ROWS = 5000
_MOST_CLUSTERS = 2000


@dataclass(frozen=True)
class Context:
    """The shared part of an evaluation.

    Attributes:
        table, settings: as given.
        clusters: what is resampled: sources, else inputs, else videos.
        counts: resamples of them, float64 (B, G).
        sampler: bootstrap draws of any metric.
        jackknife: leave-one-cluster-out values of any metric, for BCa intervals; else None.
        groups: the groups of each view, None where the table has no such column.
        splits: the protocol's, or those given.
        folds: by which trained metrics predict each video where the splits alone do not say; mostly empty.
    """

    table: ScoreTable
    settings: Settings
    clusters: Clusters
    counts: Floats
    sampler: Sampler | LinearSampler
    jackknife: Sampler | LinearSampler | None
    groups: dict[str, Groups | None]
    splits: tuple[Split, ...]
    folds: tuple[Split, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether coefficients are computed anew on each resample."""
        return isinstance(self.sampler, Sampler)

    @property
    def disjoint(self) -> bool | None:
        """Whether sources stay on one side of the splits; None without splits."""
        return all_disjoint((*self.splits, *self.folds), self.table.sources) if self.splits else None


def make_context(table: ScoreTable, settings: Settings) -> Context:
    """Draw the resamples and the splits of an evaluation.

    Raises:
        DdsrError: the protocol needs a column that the table lacks, or too few sources.
    """
    n = len(table.mos)
    label, labels = _independent(table)
    clusters = merged(clusters_of(labels, n, label), _MOST_CLUSTERS, settings.seed)
    counts = bootstrap_counts(clusters.count, settings.resamples, settings.seed)
    kind = Sampler if n <= EXACT_ROWS else LinearSampler
    jackknife = kind(table.mos, clusters, jackknife_counts(clusters.count)) if settings.interval == "bca" else None
    columns = dict(zip(VIEWS, (table.sources, table.methods, table.inputs), strict=True))
    groups = {view: None if labels is None else Groups.of(labels) for view, labels in columns.items()}
    chosen = settings.given_splits or GivenSplits(_protocol_splits(table, settings))
    sampler = kind(table.mos, clusters, counts)
    return Context(table, settings, clusters, counts, sampler, jackknife, groups, chosen.splits, chosen.folds)


def _protocol_splits(table: ScoreTable, settings: Settings) -> tuple[Split, ...]:
    return settings.protocol.splits(
        len(table.mos), sources=table.sources, methods=table.methods, disjoint=settings.disjoint, seed=settings.seed
    )


def all_disjoint(splits: Sequence[Split], sources: tuple[str, ...] | None) -> bool:
    """Whether no source stands on both sides of any split."""
    if sources is None:
        return False
    codes = np.unique(np.asarray(sources, object).astype(str), return_inverse=True)[1]
    return all(not np.intersect1d(codes[split.train], codes[split.test]).size for split in splits)


def _independent(table: ScoreTable) -> tuple[str, tuple[str, ...] | None]:
    if table.sources is not None:
        return "source", table.sources
    return ("input", table.inputs) if table.inputs is not None else ("video", None)
