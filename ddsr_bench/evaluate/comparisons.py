"""The significance tests between metrics: the ``comparisons`` part of ``results.json``.

Every test is a matrix over the metrics, row against column, its p values corrected for the number of comparisons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ddsr_bench.evaluate.dependent import bootstrap_difference, meng, steiger
from ddsr_bench.evaluate.multiplicity import Significance, holm_matrix
from ddsr_bench.evaluate.paired_splits import corrected_t, wilcoxon
from ddsr_bench.evaluate.pairs import PairResults
from ddsr_bench.evaluate.pairs_rows import common_rows
from ddsr_bench.evaluate.ranks import midranks
from ddsr_bench.evaluate.records import Floats
from ddsr_bench.evaluate.residuals import f_test, morgan_pitman

PRIMARY = "bootstrap_srocc"

# Test id: title, and what it tests and assumes.
_TEXTS = {
    "bootstrap_srocc": (
        "Difference in SROCC, clustered bootstrap",
        "Tests equal SROCC by the spread of the difference over common resamples of clusters (Fisher z, Student's t "
        "with one degree of freedom less than clusters); takes clusters as independent, not the videos within one.",
    ),
    "bootstrap_plcc": (
        "Difference in PLCC, clustered bootstrap",
        "Tests equal PLCC after mapping by the spread of the difference over common resamples of clusters (Fisher z, "
        "Student's t with one degree of freedom less than clusters); takes clusters as independent, not the videos "
        "within one.",
    ),
    "meng_srocc": (
        "Difference in SROCC, Meng-Rosenthal-Rubin",
        "Tests equal SROCC by the z of Meng, Rosenthal and Rubin (1992) with the variance that Bonett and Wright "
        "(2000) give for ranks; takes videos as independent and scores as normal up to a monotone map.",
    ),
    "meng_plcc": (
        "Difference in PLCC, Meng-Rosenthal-Rubin",
        "Tests equal PLCC after mapping by the z of Meng, Rosenthal and Rubin (1992); takes videos as independent and "
        "scores as normal.",
    ),
    "steiger_srocc": (
        "Difference in SROCC, Steiger",
        "Tests equal SROCC by Steiger's Z2* (1980) with the variance that Bonett and Wright (2000) give for ranks; "
        "takes videos as independent and scores as normal up to a monotone map.",
    ),
    "steiger_plcc": (
        "Difference in PLCC, Steiger",
        "Tests equal PLCC after mapping by Steiger's Z2* (1980); takes videos as independent and scores as normal.",
    ),
    "f_residuals": (
        "Ratio of residual variances, F-test",
        "Tests equal residual variance after mapping as ITU-T P.1401 does, two-sided; takes videos as independent, "
        "residuals as normal, and the two metrics' residuals as unrelated, which on the same videos makes it too "
        "cautious.",
    ),
    "morgan_pitman": (
        "Residual variances, Morgan-Pitman",
        "Tests equal residual variance after mapping and allows for the two metrics' residuals being correlated; "
        "takes videos as independent and residuals as normal.",
    ),
    "wilcoxon_srocc": (
        "SROCC over splits, Wilcoxon",
        "Tests a median difference of nil over the splits by signed ranks; takes splits as independent, which those "
        "of one dataset are not, so that p is too small.",
    ),
    "corrected_t_srocc": (
        "SROCC over splits, corrected t",
        "Tests a mean difference of nil over the splits with the variance enlarged for their overlap (Nadeau and "
        "Bengio 2003).",
    ),
    "delong_different_similar": (
        "AUC different/similar, DeLong",
        "Tests equal area for telling different from similar pairs; takes pairs as independent although they share "
        "videos, so that p is too small.",
    ),
    "delong_better_worse": (
        "AUC better/worse, DeLong",
        "Tests equal area for telling the better of two videos, each pair counted once; takes pairs as independent "
        "although they share videos, so that p is too small.",
    ),
}


@dataclass(frozen=True)
class Compared:
    """The M metrics under comparison and what is known of them.

    Attributes:
        names: M distinct names.
        predictions: float64 (M, n), oriented so that higher means better; NaN where a metric has no score.
        mapped: float64 (M, n), the predictions mapped to MOS.
        mos: float64 (n,), finite.
        estimates: by coefficient (``srocc``, ``plcc``) float64 (M,), oriented.
        resampled: by coefficient float64 (B, M), the same on B resamples of clusters that all metrics share.
        clusters: how many clusters were resampled.
        mapping_parameters: free parameters of each metric's mapping, M numbers.
        split_values: by coefficient float64 (S, M), the same on the test part of each split; None without splits.
        test_fraction: the share of the videos that a split tests on; needed with ``split_values``.
        pairs: the pair analysis, or None.
    """

    names: Sequence[str]
    predictions: Floats
    mapped: Floats
    mos: Floats
    estimates: Mapping[str, Floats]
    resampled: Mapping[str, Floats]
    clusters: int
    mapping_parameters: Sequence[int]
    split_values: Mapping[str, Floats] | None = None
    test_fraction: float | None = None
    pairs: PairResults | None = None


def compare(metrics: Compared, alpha: float = 0.05) -> dict[str, Any]:
    """Run every test that the material allows and return the ``comparisons`` part of ``results.json``.

    ``better`` holds 1 where the row's metric is significantly better than the column's after Holm's correction over
    all M(M-1)/2 comparisons, -1 where it is worse, else 0. The statistic is positive where the row is the better; of
    ``f_residuals``, a ratio, above 1. None stands for what is undefined and for a metric beside itself.
    """
    tests = {}
    for name, outcome in _outcomes(metrics):
        title, about = _TEXTS[name]
        tests[name] = {"title": title, "about": about, **_matrices(name, outcome, alpha)}
    ordered = {name: tests[name] for name in _TEXTS if name in tests}
    return {"metrics": list(metrics.names), "alpha": alpha, "primary": PRIMARY, "tests": ordered}


def _outcomes(metrics: Compared) -> Iterator[tuple[str, Significance]]:
    for coefficient in ("srocc", "plcc"):
        if coefficient in metrics.resampled:
            estimates, draws = metrics.estimates[coefficient], metrics.resampled[coefficient]
            yield f"bootstrap_{coefficient}", bootstrap_difference(estimates, draws, metrics.clusters)
    usable, rows = common_rows(np.where(np.isfinite(metrics.mapped), metrics.predictions, np.nan))
    mos, mapped = metrics.mos[rows], _rows(metrics.mapped, usable, rows)
    ranked = np.array([midranks(row) for row in metrics.predictions[:, rows]])
    yield from _correlation_tests("srocc", np.where(usable[:, None], ranked, np.nan), midranks(mos))
    yield from _correlation_tests("plcc", mapped, mos)
    yield from _residual_tests(mos - mapped, np.asarray(metrics.mapping_parameters))
    splits = (metrics.split_values or {}).get("srocc")
    if splits is not None and metrics.test_fraction is not None:
        yield "wilcoxon_srocc", wilcoxon(splits)
        yield "corrected_t_srocc", corrected_t(splits, metrics.test_fraction)
    if metrics.pairs is not None:
        for area, outcome in metrics.pairs.delong["all"].items():
            yield f"delong_{area}", outcome


def _rows(values: Floats, usable: np.ndarray, rows: np.ndarray) -> Floats:
    """The common videos; a metric that lacks too many becomes NaN throughout."""
    return np.where(usable[:, None], values[:, rows], np.nan)


def _centred(values: Floats) -> Floats:
    return np.asarray(values - values.sum(axis=1, keepdims=True) / max(values.shape[1], 1))


def _correlation_tests(coefficient: str, scores: Floats, mos: Floats) -> Iterator[tuple[str, Significance]]:
    with np.errstate(all="ignore"):
        centred = _centred(np.vstack([scores, mos]))
        size = np.sqrt((centred**2).sum(axis=1))
        correlation = np.clip(centred @ centred.T / (size[:, None] * size), -1.0, 1.0)
    r, between, n = correlation[-1, :-1], correlation[:-1, :-1], len(mos)
    ranks = coefficient == "srocc"
    yield f"meng_{coefficient}", meng(r[:, None], r, between, n, ranks=ranks)
    yield f"steiger_{coefficient}", steiger(r[:, None], r, between, n, ranks=ranks)


def _residual_tests(residuals: Floats, parameters: np.ndarray) -> Iterator[tuple[str, Significance]]:
    n = residuals.shape[1]
    with np.errstate(all="ignore"):
        free = np.maximum(n - parameters, 0).astype(np.float64)
        squares = (residuals**2).sum(axis=1) / free
        centred = _centred(residuals)
        covariance = centred @ centred.T / (n - 1)
    yield "f_residuals", f_test(squares[:, None], squares, free[:, None], free)
    variance = np.diag(covariance)
    yield "morgan_pitman", morgan_pitman(variance[:, None], variance, covariance, n)


def _matrices(name: str, outcome: Significance, alpha: float) -> dict[str, Any]:
    adjusted = holm_matrix(outcome.p)
    sign = np.sign(outcome.statistic - (1.0 if name == "f_residuals" else 0.0))
    better = np.where(np.isfinite(adjusted), np.where(adjusted < alpha, sign, 0.0), np.nan)
    off = np.where(np.eye(len(adjusted), dtype=bool), np.nan, 0.0)
    return {
        "statistic": _listed(outcome.statistic + off),
        "p": _listed(outcome.p + off),
        "p_holm": _listed(adjusted),
        "better": [[None if value is None else int(value) for value in row] for row in _listed(better)],
    }


def _listed(matrix: Floats) -> list[list[float | None]]:
    return [[float(value) if np.isfinite(value) else None for value in row] for row in matrix]
