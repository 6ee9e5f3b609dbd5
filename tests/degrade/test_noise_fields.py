"""The tabulated noise against the distributions it stands for."""

import numpy as np
import pytest
from scipy import stats

from ddsr_bench import seeding
from ddsr_bench.degrade import noise


def test_normal_passes_kolmogorov_smirnov():
    sample = noise.normal(seeding.fast_generator("ks"), (200_000,))
    assert stats.kstest(sample, "norm").pvalue > 1e-3
    assert sample.dtype == np.float32


def test_normal_moments():
    sample = noise.normal(seeding.fast_generator("moments"), (2_000_000,)).astype(np.float64)
    assert sample.mean() == pytest.approx(0, abs=5 / np.sqrt(sample.size))
    assert sample.var() == pytest.approx(1, abs=5 * np.sqrt(2 / sample.size))
    assert stats.kurtosis(sample) == pytest.approx(0, abs=0.02)


def test_neighbours_are_uncorrelated():
    field = noise.normal(seeding.fast_generator("corr"), (1000, 1000)).astype(np.float64)
    for shifted in (field[:, 1:] * field[:, :-1], field[1:] * field[:-1]):
        assert shifted.mean() == pytest.approx(0, abs=5e-3)


@pytest.mark.parametrize("level", [0, 1, 4, 20, 128, 255])
def test_poisson_has_the_mean_and_variance_of_its_rate(level):
    levels = np.full(1_000_000, level, np.uint8)
    sample = noise.poisson(seeding.fast_generator("p", level), levels).astype(np.float64) * 256
    rate = level / 255 * 256
    assert sample.mean() == pytest.approx(0, abs=5 * np.sqrt(max(rate, 1e-9) / sample.size) + 1e-4)
    assert sample.var() == pytest.approx(rate, rel=0.01)


def test_poisson_shape_is_poisson_where_counts_are_low():
    sample = noise.poisson(seeding.fast_generator("low"), np.full(400_000, 3, np.uint8)) * 256 + 3 / 255 * 256
    counts = np.bincount(np.rint(sample).astype(int), minlength=16)[:12] / sample.size
    assert counts == pytest.approx(stats.poisson.pmf(np.arange(12), 3 / 255 * 256), abs=2e-3)


def test_the_stream_is_frozen():
    # A change here changes the bytes of every dataset: raise the recipe version with it.
    sample = noise.normal(seeding.fast_generator("frozen"), (4,))
    assert sample == pytest.approx(noise.normal(seeding.fast_generator("frozen"), (4,)))
    assert sample.tolist() == pytest.approx(FROZEN, abs=1e-6)


FROZEN = [0.2453361, 0.7830388, 0.2495165, -0.7480708]
