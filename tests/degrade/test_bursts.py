"""The burst chain against its own definition: share lost, mean length of a loss."""

import itertools

import numpy as np
import pytest

from ddsr_bench.degrade.bursts import Bursts


@pytest.mark.parametrize(("rate", "burst"), [(0.05, 1), (0.1, 4), (0.5, 1), (0.4, 10)])
def test_share_and_length_are_those_asked_for(rate, burst):
    chain = Bursts(rate, burst)
    lost = [chain.lost(draw) for draw in np.random.default_rng(2).random(60_000)]
    lengths = [len(list(run)) for state, run in itertools.groupby(lost) if state]
    assert np.mean(lost) == pytest.approx(rate, rel=0.08)
    assert np.mean(lengths) == pytest.approx(burst, rel=0.08)


def test_by_hand():
    # Begins below .1 / (2 * .9) = .0556, ends below 1 / 2.
    chain = Bursts(0.1, 2)
    assert [chain.lost(draw) for draw in (0.06, 0.05, 0.9, 0.49, 0.06)] == [False, True, True, False, False]


def test_no_rate_no_loss():
    chain = Bursts(0, 5)
    assert not any(chain.lost(draw) for draw in (0.0, 0.5, 0.0))
