"""Ranking methods by one measure: means with intervals, paired tests over sources, ranks that admit doubt.

Clips of one source are not independent, so sources are what is resampled and what is tested (Field and Welsh 2007,
J. R. Stat. Soc. B 69:369). All values are of the same clips: a method that lacks one is not ranked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.bootstrap import bootstrap_counts, clusters_of
from ddsr_bench.evaluate.multiplicity import holm_matrix, student_test
from ddsr_bench.evaluate.records import Floats

_FEWEST_SOURCES = 3


@dataclass(frozen=True)
class Standing:
    """A method's place by one measure.

    Attributes:
        method: its name.
        mean: over all clips.
        low, high: ends of the 95 % interval; NaN with fewer than three sources.
        place: 1 is best; equal means share a place.
        best_rank, worst_rank: places it may hold: 1 + the number of methods that are significantly better, and the
            number of methods less those that are significantly worse.
        group: the number of the group of methods, from 1, whose leader it cannot be told from.
        p_next: Holm-corrected p value of the paired test against the next method; NaN for the last.
    """

    method: str
    mean: float
    low: float
    high: float
    place: int
    best_rank: int
    worst_rank: int
    group: int
    p_next: float


def standings(
    values: Floats,
    methods: Sequence[str],
    sources: Sequence[str],
    *,
    higher_is_better: bool,
    seed: int = 0,
    resamples: int = 2000,
    level: float = 0.05,
) -> list[Standing]:
    """Rank methods, the best first.

    Args:
        values: float64 (M, N), a measure of M methods on N clips, finite.
        methods: M names.
        sources: the source of each clip.
        higher_is_better: which way the measure points.
        seed, resamples: of the cluster bootstrap behind the intervals.
        level: of the tests, after Holm's correction over all pairs.

    Raises:
        DdsrError: shapes that do not fit, or a value that is not finite.
    """
    values = _checked(values, methods, sources)
    means = values.mean(axis=1)
    low, high = mean_intervals(values, sources, seed=seed, resamples=resamples)
    p = holm_matrix(paired_p(values, sources))
    sign = 1.0 if higher_is_better else -1.0
    order = np.argsort(-sign * means, kind="stable")
    better = (p < level) & (sign * (means[:, None] - means[None, :]) > 0)
    groups = _groups(order, better)
    result = []
    for place, one in enumerate(order):
        after = order[place + 1] if place + 1 < len(order) else None
        result.append(
            Standing(
                method=methods[one],
                mean=float(means[one]),
                low=float(low[one]),
                high=float(high[one]),
                place=1 + int((sign * means > sign * means[one]).sum()),
                best_rank=1 + int(better[:, one].sum()),
                worst_rank=len(methods) - int(better[one].sum()),
                group=groups[int(one)],
                p_next=float("nan") if after is None else float(p[one, after]),
            )
        )
    return result


def mean_intervals(values: Floats, sources: Sequence[str], *, seed: int, resamples: int) -> tuple[Floats, Floats]:
    """Ends of the 95 % intervals of the means of float64 (M, N) over clips, float64 (M,) each.

    Whole sources are drawn with replacement; the spread of the draws is corrected for their number G, and Student's t
    with G - 1 degrees of freedom is used (Hesterberg 2015, The American Statistician 69:371). NaN with fewer than three
    sources.
    """
    from ddsr_bench.evaluate.intervals import t_quantile

    clusters = clusters_of(sources, values.shape[1], "source")
    if clusters.count < _FEWEST_SOURCES:
        nothing = np.full(len(values), np.nan)
        return nothing, nothing
    sums, sizes = _per_source(values, sources)
    counts = bootstrap_counts(clusters.count, resamples, seed)
    draws = (sums @ counts.T) / (counts @ sizes)
    reach = t_quantile(clusters.count, 0.95) * np.sqrt(clusters.count / (clusters.count - 1))
    spread = reach * draws.std(axis=1, ddof=1)
    means = values.mean(axis=1)
    return means - spread, means + spread


def paired_p(values: Floats, sources: Sequence[str]) -> Floats:
    """P values of all pairs of methods, float64 (M, M), two-sided, NaN on the diagonal.

    The test is Student's on the differences of the two methods' means on each source; NaN with fewer than three
    sources.
    """
    sums, sizes = _per_source(values, sources)
    G = len(sizes)
    p = np.full((len(values), len(values)), np.nan)
    if G < _FEWEST_SOURCES:
        return p
    means = sums / sizes
    for i in range(len(values)):
        difference = means[i] - means
        error = difference.std(axis=1, ddof=1) / np.sqrt(G)
        p[i] = student_test(difference.mean(axis=1), error, G - 1).p
        p[i, i] = np.nan
    return p


def _per_source(values: Floats, sources: Sequence[str]) -> tuple[Floats, Floats]:
    """Sums of each method's values on each source (M, G), and the number of clips of each (G,)."""
    clusters = clusters_of(sources, values.shape[1], "source")
    member = np.zeros((values.shape[1], clusters.count))
    member[clusters.order, clusters.codes] = 1.0
    return values @ member, member.sum(axis=0)


def _groups(order: Floats, better: Floats) -> dict[int, int]:
    """Group numbers by method: a group begins with the first method that its leader is significantly better than."""
    groups: dict[int, int] = {}
    leader, number = int(order[0]), 1
    for one in map(int, order):
        if better[leader, one]:
            leader, number = one, number + 1
        groups[one] = number
    return groups


def _checked(values: Floats, methods: Sequence[str], sources: Sequence[str]) -> Floats:
    values = np.asarray(values, np.float64)
    if values.shape != (len(methods), len(sources)) or not values.size:
        raise DdsrError(
            f"values of shape {values.shape} for {len(methods)} methods and {len(sources)} clips; give one each"
        )
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        method, clip = bad[0]
        raise DdsrError(f"{methods[method]}: clip {clip} has no finite value; leave the method out of the ranking")
    return values
