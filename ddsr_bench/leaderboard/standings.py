"""Ranking methods by one metric: means with intervals, paired tests over sources, groups that admit doubt.

Clips of one source are not independent, so whole sources are resampled and tested (Field and Welsh 2007, J. R. Stat.
Soc. B 69:369). All values are of the same clips: a method that lacks one is not ranked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.bootstrap import bootstrap_counts, clusters_of
from ddsr_bench.evaluate.intervals import t_quantile
from ddsr_bench.evaluate.multiplicity import holm_matrix, student_test
from ddsr_bench.evaluate.records import Floats

_FEWEST_SOURCES = 3


@dataclass(frozen=True)
class Standing:
    """A method's place by one metric.

    Attributes:
        method: its name.
        mean: over all clips.
        low, high: ends of the 95 % interval; None with fewer than three sources.
        n: number of clips.
        rank: 1 is best; equal means share a rank.
        group: letter of the group of methods, from A, whose best one it cannot be told from.
        p_next: Holm-corrected p value of the paired test against the next method; None for the last, and where there is
            no test.
    """

    method: str
    mean: float
    low: float | None
    high: float | None
    n: int
    rank: int
    group: str
    p_next: float | None


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
        values: float64 (M, N), a metric of M methods on N clips, finite.
        methods: M names.
        sources: the source of each clip.
        higher_is_better: which way the metric points.
        seed, resamples: of the cluster bootstrap behind intervals and tests.
        level: of the tests, after Holm's correction over all pairs.

    Raises:
        DdsrError: shapes that do not fit, or a value that is not finite.
    """
    values = _checked(values, methods, sources)
    means = values.mean(axis=1)
    spread, p = _uncertainty(values, sources, seed, resamples)
    sign = 1.0 if higher_is_better else -1.0
    order = [int(one) for one in np.argsort(-sign * means, kind="stable")]
    better = (p < level) & (sign * (means[:, None] - means[None, :]) > 0)
    letters = _groups(order, better)
    following: list[int | None] = [*order[1:], None]
    return [
        Standing(
            method=methods[one],
            mean=float(means[one]),
            low=_known(means[one] - spread[one]),
            high=_known(means[one] + spread[one]),
            n=values.shape[1],
            rank=1 + int((sign * means > sign * means[one]).sum()),
            group=letters[one],
            p_next=None if after is None else _known(p[one, after]),
        )
        for one, after in zip(order, following, strict=True)
    ]


def _uncertainty(values: Floats, sources: Sequence[str], seed: int, resamples: int) -> tuple[Floats, Floats]:
    """Half widths of the means' 95 % intervals (M,), and corrected p values of all pairs (M, M).

    Whole sources are drawn with replacement; the spread of the draws is corrected for their number G, and compared with
    Student's t with G - 1 degrees of freedom (Hesterberg 2015, The American Statistician 69:371; for differences,
    Cameron, Gelbach and Miller 2008). Two methods' means are drawn together, so their difference is a paired one.
    """
    clusters = clusters_of(sources, values.shape[1], "source")
    G = clusters.count
    if G < _FEWEST_SOURCES:
        return np.full(len(values), np.nan), np.full((len(values), len(values)), np.nan)
    member = np.zeros((values.shape[1], G))
    member[clusters.order, clusters.codes] = 1.0
    counts = bootstrap_counts(G, resamples, seed)
    # Centred first, so that methods that differ by rounding alone keep that little difference.
    means = values.mean(axis=1)
    centred = (values - means[:, None]) @ member
    draws = (centred @ counts.T) / (counts @ member.sum(axis=0))
    correction = np.sqrt(G / (G - 1))
    spread = t_quantile(G, 0.95) * correction * draws.std(axis=1, ddof=1)
    error = correction * np.array([(one - draws).std(axis=1, ddof=1) for one in draws])
    p = student_test(means[:, None] - means[None, :], error, G - 1).p
    np.fill_diagonal(p, np.nan)
    return spread, holm_matrix(p)


def _groups(order: Sequence[int], better: np.ndarray[Any, Any]) -> dict[int, str]:
    """Letters by method: a group begins with the first method that its leader is significantly better than."""
    groups: dict[int, str] = {}
    leader, number = order[0], 0
    for one in order:
        if better[leader, one]:
            leader, number = one, number + 1
        groups[one] = _letters(number)
    return groups


def _letters(number: int) -> str:
    """A, B, ..., Z, AA, AB, ..."""
    text = ""
    number += 1
    while number:
        number, digit = divmod(number - 1, len(ascii_uppercase))
        text = ascii_uppercase[digit] + text
    return text


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


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
