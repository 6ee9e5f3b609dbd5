"""The videos that metrics can be compared on."""

import numpy as np

from ddsr_bench.evaluate.pairs_rows import common_rows


def test_rows_that_all_scored():
    scores = np.arange(12.0).reshape(3, 4)
    scores[0, 1] = np.nan
    scores[1, 3] = np.inf
    usable, rows = common_rows(scores)
    assert usable.all()
    assert rows.tolist() == [0, 2]


def test_a_metric_that_scored_too_few_steps_aside():
    scores = np.arange(12.0).reshape(3, 4)
    scores[2, :3] = np.nan
    usable, rows = common_rows(scores)
    assert usable.tolist() == [True, True, False]
    assert rows.tolist() == [0, 1, 2, 3]


def test_no_videos():
    usable, rows = common_rows(np.zeros((2, 0)))
    assert (usable.tolist(), rows.tolist()) == ([False, False], [])
