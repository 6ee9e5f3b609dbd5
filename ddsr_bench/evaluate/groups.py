"""Coefficients inside each of many groups, and their mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ddsr_bench.evaluate import coefficients
from ddsr_bench.evaluate.intervals import fisher
from ddsr_bench.evaluate.records import Floats

# The weight of a group is n - 3, the inverse variance of Fisher's z.
FEWEST = 4
# More groups than this that each span several clusters get no interval: every one is computed on every resample.
MOST_CROSSED = 200
_SMALL = 96
_BLOCK = 1_000_000
_RANKED = ("srocc", "krocc")


@dataclass(frozen=True)
class Groups:
    """Rows in groups.

    Attributes:
        names: distinct labels, sorted (K,).
        codes: the group of each row, whole numbers (n,).
        sizes: rows per group (K,).
    """

    names: tuple[str, ...]
    codes: np.ndarray
    sizes: np.ndarray

    @classmethod
    def of(cls, labels: Sequence[str]) -> Groups:
        """Group rows by label."""
        names, codes, sizes = np.unique(np.asarray(labels, object).astype(str), return_inverse=True, return_counts=True)
        return cls(tuple(str(name) for name in names), codes, sizes)

    def rows(self) -> list[np.ndarray]:
        """Return the rows of each group, ascending."""
        return np.split(np.argsort(self.codes, kind="stable"), np.cumsum(self.sizes)[:-1])


def within(x: Floats, mapped: Floats, y: Floats, groups: Groups) -> dict[str, Floats]:
    """Return each coefficient inside each group: float64 (K,) by name, NaN where undefined or under 4 rows.

    Args:
        x: predictions (n,), higher is better; they give ``srocc``, ``krocc`` and ``plcc_raw``.
        mapped: the same on the scale of MOS; they give ``plcc`` and ``rmse``.
        y: MOS (n,).
    """
    found = {name: np.full(len(groups.names), np.nan) for name in coefficients.COEFFICIENTS}
    rows = groups.rows()
    for size in np.unique(groups.sizes):
        index = np.flatnonzero(groups.sizes == size)
        if size < FEWEST:
            continue
        step = max(1, _BLOCK // int(size) ** 2) if size <= _SMALL else len(index)
        for first in range(0, len(index), step):
            part = index[first : first + step]
            taken = np.stack([rows[i] for i in part])
            for name, values in _of_one_size(x[taken], mapped[taken], y[taken]).items():
                found[name][part] = values
    return found


def mean_of_groups(values: Floats, sizes: Floats, name: str) -> tuple[float, float]:
    """Return the mean over groups, weighted by n - 3 and unweighted; NaN where no group has a value.

    Correlations are averaged as Fisher's z (Fisher 1921); errors as they are.

    Args:
        values: float64 (K,), NaN where undefined.
        sizes: rows per group (K,).
    """
    usable = np.isfinite(values) & (sizes >= FEWEST)
    if not usable.any():
        return np.nan, np.nan
    scaled = to_scale(values[usable], sizes[usable], name)
    return (
        from_scale(float(np.average(scaled, weights=sizes[usable] - 3.0)), name),
        from_scale(float(scaled.mean()), name),
    )


def to_scale(values: Floats, sizes: Floats, name: str) -> Floats:
    """Bring values to the scale on which they are averaged.

    A perfect rank order in a small group is no infinite z: it counts as half a step of the coefficient below 1, which
    is half-way to the next value that n untied rows can take (1 - 12/(n^3 - n) for SROCC, 1 - 4/(n^2 - n) for KROCC).
    """
    if name == "rmse":
        return values
    n = np.asarray(sizes, np.float64)
    cap = {"srocc": 1 - 6 / (n**3 - n), "krocc": 1 - 2 / (n**2 - n)}.get(name, np.ones_like(n))
    return fisher(np.clip(values, -cap, cap))


def from_scale(value: float, name: str) -> float:
    """Bring a mean back from the scale of ``to_scale``."""
    return value if name == "rmse" else float(np.tanh(value))


def _of_one_size(x: Floats, mapped: Floats, y: Floats) -> dict[str, Floats]:
    """Coefficients of g groups of m rows each, all arrays (g, m)."""
    found = _ranked(x, y) if x.shape[1] <= _SMALL else _ranked_one_by_one(x, y)
    found["plcc_raw"], found["plcc"] = _pearson(x, y), _pearson(mapped, y)
    found["rmse"] = np.sqrt(np.mean((mapped - y) ** 2, axis=1))
    return found


def _pearson(a: Floats, b: Floats) -> Floats:
    a, b = a - a.mean(1, keepdims=True), b - b.mean(1, keepdims=True)
    flat = (np.ptp(a, axis=1) <= 1e-12 * np.abs(a).max()) | (np.ptp(b, axis=1) <= 1e-12 * np.abs(b).max())
    return np.clip(_cosine(a, b, flat), -1, 1)


def _cosine(a: Floats, b: Floats, flat: np.ndarray) -> Floats:
    squares = np.einsum("gi,gi->g", a, a) * np.einsum("gi,gi->g", b, b)
    safe = np.where(flat | (squares <= 0), np.nan, squares)
    cosine: Floats = np.einsum("gi,gi->g", a, b) / np.sqrt(safe)
    return cosine


def _ranked(x: Floats, y: Floats) -> dict[str, Floats]:
    signs = [np.sign(v[:, :, None] - v[:, None, :]) for v in (x, y)]
    # Half the sum of a row's signs is its midrank less the mean rank.
    ranks = [0.5 * s.sum(2) for s in signs]
    flat = np.logical_not(np.logical_and(signs[0].any((1, 2)), signs[1].any((1, 2))))
    pairs = [s.reshape(len(s), -1) for s in signs]
    return {"srocc": _cosine(ranks[0], ranks[1], flat), "krocc": _cosine(pairs[0], pairs[1], flat)}


def _ranked_one_by_one(x: Floats, y: Floats) -> dict[str, Floats]:
    return {name: np.array([getattr(coefficients, name)(a, b) for a, b in zip(x, y, strict=True)]) for name in _RANKED}
