"""Correlation and error of predictions against MOS; undefined values are NaN, with a reason to be had."""

from __future__ import annotations

import numpy as np

from ddsr_bench.evaluate.ranks import midranks
from ddsr_bench.evaluate.records import Floats

COEFFICIENTS = ("srocc", "plcc_raw", "plcc", "krocc", "rmse")
FEWEST = 3


def why_undefined(x: Floats, y: Floats) -> str | None:
    """Say why a correlation of ``x`` and ``y`` (n,) is undefined; None where it is defined."""
    if len(x) < FEWEST:
        return f"{len(x)} videos; {FEWEST} or more are needed"
    if not np.isfinite(x).all():
        return "the metric holds NaN or infinity"
    if np.ptp(x) == 0:
        return "constant metric"
    return "all MOS are equal" if np.ptp(y) == 0 else None


def plcc(x: Floats, y: Floats) -> float:
    """Pearson's linear correlation coefficient of ``x`` and ``y`` (n,), in [-1, 1]; NaN where undefined.

    >>> plcc(np.array([1.0, 2, 3]), np.array([2.0, 4, 7])) > 0.99
    True
    """
    if why_undefined(x, y):
        return np.nan
    a, b = _scaled(x), _scaled(y)
    return float(np.clip(a @ b / np.sqrt((a @ a) * (b @ b)), -1, 1))


def srocc(x: Floats, y: Floats) -> float:
    """Spearman's rank order correlation coefficient of ``x`` and ``y`` (n,), ties sharing mean ranks; or NaN.

    >>> srocc(np.array([1.0, 2, 3]), np.array([10.0, 30, 20]))
    0.5
    """
    return np.nan if why_undefined(x, y) else round(plcc(midranks(x), midranks(y)), 15)


def krocc(x: Floats, y: Floats) -> float:
    """Kendall's rank order correlation coefficient, tau-b (Kendall 1945), of ``x`` and ``y`` (n,); or NaN.

    >>> round(krocc(np.array([1.0, 2, 3]), np.array([10.0, 30, 20])), 6)
    0.333333
    """
    from scipy.stats import kendalltau

    return np.nan if why_undefined(x, y) else float(kendalltau(x, y).statistic)


def rmse(mapped: Floats, y: Floats) -> float:
    """Root mean square of ``mapped - y`` (n,), in units of y; NaN for no rows."""
    return float(np.sqrt(np.mean((mapped - y) ** 2))) if len(y) else np.nan


def outlier_ratio(mapped: Floats, y: Floats, ci95: Floats) -> float:
    """Share of videos whose mapped prediction lies outside the MOS' 95 % interval (ITU-T P.1401, clause 7.5.3).

    Args:
        mapped, y: float64 (n,).
        ci95: half widths of the 95 % intervals of ``y``, float64 (n,).
    """
    return float(np.mean(np.abs(mapped - y) > ci95)) if len(y) else np.nan


def _scaled(values: Floats) -> Floats:
    """Centred and brought near 1, so that neither tiny nor huge units lose digits or overflow."""
    centred = values / np.abs(values).max() if np.abs(values).max() > 0 else values
    centred = centred - centred.mean()
    largest = np.abs(centred).max()
    scaled: Floats = centred / largest if largest > 0 else centred
    return scaled
