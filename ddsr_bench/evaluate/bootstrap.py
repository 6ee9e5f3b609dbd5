"""Cluster bootstrap: whole sources are drawn with replacement, since videos of one source are not independent.

Field and Welsh 2007 (J. R. Stat. Soc. B 69:369) on the bootstrap of clustered data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ddsr_bench import seeding
from ddsr_bench.evaluate.records import Floats


@dataclass(frozen=True)
class Clusters:
    """The clusters of n rows.

    Attributes:
        order: permutation (n,) that brings the rows of each cluster together.
        codes: whole numbers (n,), the cluster of each row *in that order*, ascending.
        count: number of clusters G.
        label: what a cluster is, for the report: ``"source"``, ``"input"`` or ``"video"``.
    """

    order: np.ndarray
    codes: np.ndarray
    count: int
    label: str


def clusters_of(labels: Sequence[str] | None, n: int, label: str) -> Clusters:
    """Group n rows by their labels; None makes each row a cluster of its own."""
    if labels is None:
        return Clusters(np.arange(n), np.arange(n), n, "video")
    names, codes = np.unique(np.asarray(labels, object).astype(str), return_inverse=True)
    order = np.argsort(codes, kind="stable")
    return Clusters(order, codes[order], len(names), label)


def bootstrap_counts(clusters: int, resamples: int, seed: int) -> Floats:
    """Return how often each cluster is drawn in each resample, float64 (resamples, clusters)."""
    generator = seeding.generator(seed, "bootstrap")
    counts = np.empty((resamples, clusters))
    for row in counts:
        row[:] = np.bincount(generator.integers(0, clusters, clusters), minlength=clusters)
    return counts


def jackknife_counts(clusters: int) -> Floats:
    """Return the weights that leave out one cluster each, float64 (clusters, clusters)."""
    return 1.0 - np.eye(clusters)


def merged(clusters: Clusters, most: int, seed: int) -> Clusters:
    """Merge clusters at random into ``most`` larger ones of equal number, when there are more.

    Unions of independent clusters are independent too, so the spread stays right, and thousands of them tell it as
    well as millions.
    """
    if clusters.count <= most:
        return clusters
    shuffled = seeding.generator(seed, "merge").permutation(clusters.count)
    home = np.empty(clusters.count, np.intp)
    home[shuffled] = np.arange(clusters.count) % most
    codes = home[clusters.codes]
    order = np.argsort(codes, kind="stable")
    return Clusters(clusters.order[order], codes[order], most, clusters.label)
