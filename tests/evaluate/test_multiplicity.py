"""P values: Holm's correction against its textbook example and against the closed test it abridges."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ddsr_bench.evaluate.multiplicity import holm, holm_matrix, normal_test, student_test

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=6).map(np.array)


def test_worked_example():
    """Wikipedia, "Holm-Bonferroni method", four hypotheses: only those with 0.005 and 0.01 are rejected at 5 %."""
    adjusted = holm(np.array([0.01, 0.04, 0.03, 0.005]))
    assert adjusted == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert (adjusted < 0.05).tolist() == [True, False, False, True]


@given(p_values)
def test_equals_the_closed_bonferroni_test(p):
    """A hypothesis falls when Bonferroni rejects every set of hypotheses that holds it (Marcus et al. 1976)."""
    expected = np.zeros(len(p))
    for size in range(1, len(p) + 1):
        for chosen in itertools.combinations(range(len(p)), size):
            value = min(1.0, size * p[list(chosen)].min())
            for index in chosen:
                expected[index] = max(expected[index], value)
    assert holm(p) == pytest.approx(expected)


def test_undefined_tests_leave_the_family():
    assert holm(np.array([np.nan, 0.02, np.nan, 0.04]))[[1, 3]] == pytest.approx([0.04, 0.04])
    assert np.isnan(holm(np.array([np.nan, 0.02]))[0])
    assert holm(np.zeros(0)).shape == (0,)


def test_matrix_counts_each_pair_once():
    p = np.array([[1, 0.01, 0.04], [0.01, 1, 0.03], [0.04, 0.03, 1.0]])
    adjusted = holm_matrix(p)
    assert adjusted[0, 1] == adjusted[1, 0] == pytest.approx(0.03)
    assert adjusted[0, 2] == adjusted[1, 2] == pytest.approx(0.06)
    assert np.isnan(np.diag(adjusted)).all()


def test_tails_equal_scipys():
    z, df = np.array([-3.0, 0.5, 2.0]), np.array([1.0, 7.0, 200.0])
    assert normal_test(z, np.ones(3)).p == pytest.approx(2 * stats.norm.sf(np.abs(z)))
    assert student_test(z, np.ones(3), df).p == pytest.approx(2 * stats.t.sf(np.abs(z), df))


def test_nothing_over_nothing_is_no_difference_and_something_over_nothing_is_undefined():
    result = student_test(np.array([0.0, 1e-17, 0.3, np.nan, 0.3]), np.array([0.0, 1e-18, 0.0, 1.0, np.nan]), 5)
    assert result.p[:2].tolist() == [1.0, 1.0]
    assert result.statistic[:2].tolist() == [0.0, 0.0]
    assert np.isnan(result.p[2:]).all()
    assert np.isnan(student_test(np.array(1.0), np.array(1.0), 0).p)
