"""Tests over splits: scipy's Wilcoxon, the corrected t by hand, and what overlapping splits do to both."""

import numpy as np
import pytest
from scipy import stats

from ddsr_bench.evaluate.paired_splits import corrected_t, wilcoxon


def test_wilcoxon_by_hand():
    """Darwin's Zea mays differences (Fisher, "The Design of Experiments", 1935): the negative ones rank 10 and 14.

    So the negative ranks add up to 24, the positive ones to 120 - 24 = 96; p is scipy's exact one.
    """
    zea = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48.0])
    result = wilcoxon(np.stack([zea, np.zeros(15)], axis=1))
    assert result.statistic[0, 1] == 96 - 24
    assert result.p[0, 1] == pytest.approx(stats.wilcoxon(zea).pvalue)


def test_wilcoxon_leaves_out_what_is_undefined_and_alike():
    values = np.random.default_rng(0).normal(size=(30, 3))
    values[:, 1] += 0.8
    values[:5, 0] = np.nan
    values[5:8, 1] = values[5:8, 0]
    result = wilcoxon(values)
    assert result.p[0, 1] == pytest.approx(stats.wilcoxon(values[8:, 0], values[8:, 1]).pvalue)
    assert result.statistic[1, 0] == -result.statistic[0, 1] > 0
    assert result.p[2, 2] == 1.0
    assert np.isnan(wilcoxon(np.full((4, 2), np.nan)).p).all()


def test_size_of_wilcoxon_on_independent_splits():
    """Under its own assumptions (independent, symmetric differences): 3 to 7 % of 2000 nulls rejected at 5 %."""
    differences = np.random.default_rng(1).standard_t(4, size=(2000, 30))
    p = [wilcoxon(np.stack([row, np.zeros(30)], axis=1)).p[0, 1] for row in differences]
    assert 0.03 <= np.mean(np.array(p) < 0.05) <= 0.07


def test_corrected_t_by_hand():
    values = np.array([[0.50, 0.40], [0.60, 0.45], [0.55, 0.50], [0.70, 0.52]])
    d = values[:, 0] - values[:, 1]
    t = d.mean() / np.sqrt((1 / 4 + 0.2 / 0.8) * d.var(ddof=1))
    result = corrected_t(values, 0.2)
    assert result.statistic == pytest.approx(np.array([[0, t], [-t, 0]]))
    assert result.p[0, 1] == pytest.approx(2 * stats.t.sf(t, 3))


def test_corrected_t_degenerate():
    values = np.random.default_rng(0).normal(size=(20, 3))
    values[:, 1], values[1:, 2] = values[:, 0], np.nan
    result = corrected_t(values, 0.2)
    assert result.p[0, 1] == 1.0
    assert np.isnan(result.p[0, 2])


def test_overlapping_splits():
    """Fifty 80/20 splits of 100 videos, two equally good metrics, 600 datasets.

    Wilcoxon takes the splits for fifty datasets and finds a difference in most; the corrected t keeps its level.
    """
    rng = np.random.default_rng(2)
    alarms = np.zeros((600, 2))
    for index in range(600):
        mos = rng.normal(size=100)
        scores = np.stack([mos, mos + rng.normal(size=100), mos + rng.normal(size=100)])
        tests = np.argsort(rng.random((50, 100)), axis=1)[:, :20]
        x = scores[:, tests]
        x = x - x.mean(axis=2, keepdims=True)
        x /= np.linalg.norm(x, axis=2, keepdims=True)
        values = (x[1:] * x[0]).sum(axis=2).T
        alarms[index] = wilcoxon(values).p[0, 1] < 0.05, corrected_t(values, 0.2).p[0, 1] < 0.05
    assert alarms[:, 0].mean() > 0.4
    assert 0.03 <= alarms[:, 1].mean() <= 0.07
