"""Which pairs of videos an analysis looks at, and which of them differ in quality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.evaluate.records import Floats
from ddsr_bench.seeding import generator

LIMIT = 1_000_000
# Above this many pairs, distinct ones are found by drawing a few too many: a shuffle of all would need too much memory.
_SHUFFLE = 8 * LIMIT
_SHARE = 0.1

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """Pairs of videos, the better one first.

    Attributes:
        better, worse: int64 (P,), row numbers; MOS of ``better`` is at least that of ``worse``.
        different: bool (P,), whether the two differ significantly.
        criterion: what "differ" means here, a sentence.
        sampled: whether the pairs are a random part of more.
    """

    better: Indices
    worse: Indices
    different: NDArray[np.bool_]
    criterion: str
    sampled: bool


def draw_pairs(
    mos: Floats, mos_ci95: Floats | None, groups: Sequence[str] | None, seed: int, limit: int = LIMIT
) -> Pairs:
    """Return all pairs of videos, or all that share a group; a seeded draw of ``limit`` where there are more.

    Two videos differ where a z-test of their MOS at 5 % says so: ``|dMOS| > sqrt(h_i^2 + h_j^2)`` with the half widths
    h of the 95 % intervals. Without spreads, where they are a tenth of the observed MOS range apart.

    Args:
        mos: float64 (n,), finite.
        mos_ci95: half widths of the 95 % intervals, float64 (n,), finite, or None.
        groups: n labels, or None for all pairs.
        seed: the draw's seed; the same seed gives the same pairs.
        limit: the most pairs returned.
    """
    order, sizes = _blocks(len(mos), groups)
    total = int((sizes * (sizes - 1) // 2).sum())
    numbers = np.arange(total) if total <= limit else _distinct(total, limit, seed)
    first, second = _unrank(numbers, order, sizes)
    swap = mos[first] < mos[second]
    better, worse = np.where(swap, second, first), np.where(swap, first, second)
    gap = mos[better] - mos[worse]
    if mos_ci95 is None:
        threshold = _SHARE * np.ptp(mos) if len(mos) else 0.0
        # 1.4 - 1.0 is a hair below 0.4: "at least" allows for rounding.
        different = (gap >= threshold * (1 - 1e-9)) & (gap > 0)
        criterion = f"MOS at least {threshold:.3g} apart ({_SHARE:.0%} of the observed range; no MOS spread given)"
    else:
        different = gap > np.hypot(mos_ci95[better], mos_ci95[worse])
        criterion = "MOS differ by a z-test at 5 %, from the two 95 % intervals"
    return Pairs(better, worse, different, criterion, total > limit)


def _blocks(n: int, groups: Sequence[str] | None) -> tuple[Indices, Indices]:
    """Rows sorted by group, and the groups' sizes."""
    if groups is None:
        return np.arange(n), np.array([n])
    codes = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)[1]
    return np.argsort(codes, kind="stable"), np.bincount(codes)


def _distinct(total: int, count: int, seed: int) -> Indices:
    """``count`` distinct numbers below ``total``, ascending."""
    rng = generator(seed, "pairs", total, count)
    if total <= max(_SHUFFLE, 2 * count):
        return np.sort(rng.permutation(total)[:count])
    found = np.zeros(0, np.int64)
    while len(found) < count:
        found = np.sort(np.concatenate([found, rng.integers(total, size=count + count // 5)]))
        found = found[np.diff(found, prepend=-1) > 0]
    return np.sort(rng.permutation(found)[:count])


def _unrank(numbers: Indices, order: Indices, sizes: Indices) -> tuple[Indices, Indices]:
    """The pairs behind running numbers: group after group, within one (1,0), (2,0), (2,1), (3,0), ..."""
    ends = np.cumsum(sizes * (sizes - 1) // 2)
    group = np.searchsorted(ends, numbers, side="right")
    inside = numbers - np.concatenate([[0], ends])[group]
    high = ((1 + np.sqrt(1 + 8 * inside.astype(np.float64))) / 2).astype(np.int64)
    # The root can be off by one near whole numbers.
    high -= high * (high - 1) // 2 > inside
    high += high * (high + 1) // 2 <= inside
    low = inside - high * (high - 1) // 2
    start = (np.cumsum(sizes) - sizes)[group]
    return order[start + high], order[start + low]
