"""Poolings: against SciPy, against the definition written out, and their properties."""

import numpy as np
import pytest
from fakes import metric
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.signal.windows import gaussian
from scipy.stats import hmean

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.pooling import POOLINGS, harmonic, hysteresis, pool, score_columns

HIGHER, LOWER = metric("up"), metric("down", higher_is_better=False)
qualities = arrays(np.float64, st.integers(1, 40), elements=st.floats(0.5, 100, width=32))


def written_out(q, reach):
    """Frame by frame, with SciPy's Gaussian window, of whose 2 K - 1 samples the falling half is taken."""
    pooled = []
    for t in range(len(q)):
        remembered = min(q[max(0, t - reach) : t]) if t else q[0]
        v = sorted(q[t : t + reach])
        window = gaussian(2 * len(v) - 1, (2 * len(v) - 1) / 6)[len(v) - 1 :]
        seen = sum(a * b for a, b in zip(v, window, strict=True)) / sum(window)
        pooled.append(0.8 * seen + 0.2 * remembered)
    return np.mean(pooled)


@pytest.mark.parametrize("fps", [0.4, 2.0, 12.5, 30.0])
def test_hysteresis_is_its_definition(fps):
    q = np.random.default_rng(0).uniform(20, 80, 90)
    assert hysteresis(q, fps) == pytest.approx(written_out(q, max(1, round(2 * fps))), rel=1e-12)


def test_harmonic_is_scipys():
    values = np.random.default_rng(1).uniform(0.1, 9, 50)
    assert harmonic(values) == pytest.approx(hmean(values), rel=1e-12)


@given(qualities)
def test_poolings_stay_between_the_worst_and_the_best(values):
    for pooling in POOLINGS:
        score = pool(HIGHER, values[:, None], pooling, fps=3)["up"]
        assert values.min() - 1e-9 <= score <= values.max() + 1e-9


@given(qualities)
def test_hysteresis_of_a_lower_better_metric_is_the_mirror_image(values):
    up = pool(HIGHER, values[:, None], "hysteresis", fps=3)["up"]
    down = pool(LOWER, -values[:, None], "hysteresis", fps=3)["down"]
    assert down == pytest.approx(-up)


def test_hysteresis_remembers_a_bad_moment_and_the_mean_forgets_it():
    good = np.full(60, 80.0)
    good[10] = 20.0
    dip = pool(HIGHER, good[:, None], "hysteresis", fps=10)["up"]
    assert dip < pool(HIGHER, good[:, None], "mean")["up"] - 4
    # The same numbers as distances: one frame of 20 among 80 is a good moment, which is not remembered.
    assert pool(LOWER, good[:, None], "hysteresis", fps=10)["down"] > dip + 4


def test_columns_are_pooled_each_by_itself():
    pair = metric("siti", columns=("si", "ti"))
    assert score_columns(pair) == ("siti-si", "siti-ti")
    assert pool(pair, np.array([[1.0, 4.0], [3.0, 8.0]])) == {"siti-si": 2.0, "siti-ti": 6.0}


def test_a_clip_level_metric_keeps_its_last_value():
    clip = metric("clip", pooling="last")
    values = np.array([[-1.0], [-2.0]])
    assert [pool(clip, values, pooling)["clip"] for pooling in (None, *POOLINGS)] == [-2.0] * 5


def test_a_harmonic_mean_of_zero_is_refused_by_name():
    with pytest.raises(DdsrError, match=r"^up: has the value -0.5, and only values above 0 have a harmonic mean$"):
        pool(HIGHER, np.array([[2.0], [-0.5]]), "harmonic")
