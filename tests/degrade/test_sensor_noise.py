"""The sensor's statistics: Poisson's law, the photon transfer line, read and row noise, the converter."""

import numpy as np
import pytest
from scipy import stats

from ddsr_bench.degrade.sensor_noise import POISSON_BELOW, Readout, capture, digitise, expose, poisson
from ddsr_bench.seeding import fast_generator

COUNT = 200_000


def _rng(*what):
    return fast_generator("test", *what)


def _flat(level, rows=400):
    return np.full((rows, COUNT // rows), level, np.float32)


@pytest.mark.parametrize("mean", [0.0, 0.02, 0.51, 3.3, 9.99, 15.99])
def test_low_counts_follow_poisson(mean):
    drawn = poisson(_rng(mean), np.full(COUNT, mean, np.float32))
    assert (drawn == np.rint(drawn)).all()
    law = stats.poisson(mean)
    observed = np.bincount(drawn.astype(int), minlength=64)[:64]
    expected = law.pmf(np.arange(64)) * COUNT
    # Cells with few expected counts are joined, as the chi-square test asks for.
    big = expected >= 10
    table = np.append(observed[big], observed[~big].sum()), np.append(expected[big], expected[~big].sum())
    deviation = ((table[0] - table[1]) ** 2 / np.maximum(table[1], 1)).sum()
    assert deviation < stats.chi2(max(big.sum(), 1)).ppf(1 - 1e-4)


def test_photon_transfer_line():
    """Variance against mean: slope 1, intercept read noise squared, on both sides of the Gaussian limit."""
    read = 3.0
    levels = np.array([0, 1, 5, 12, POISSON_BELOW - 0.1, POISSON_BELOW, 20, 40])
    patches = [expose(_flat(level), read, _rng("transfer", float(level))) for level in levels]
    means = np.array([patch.mean(dtype=np.float64) for patch in patches])
    variances = np.array([patch.var(dtype=np.float64) for patch in patches])
    assert means == pytest.approx(levels, abs=4 * np.sqrt(50 / COUNT))
    slope, intercept = np.polyfit(means, variances, 1)
    assert slope == pytest.approx(1, rel=0.02)
    assert intercept == pytest.approx(read**2, rel=0.03)
    assert variances == pytest.approx(levels + read**2, rel=0.02)


def test_dark_and_bright_pixels_of_one_frame_are_treated_apart():
    mean = _flat(2.0)
    mean[:, ::2] = 900.0
    electrons = expose(mean, 0.0, _rng("mixed"))
    dark, bright = electrons[:, 1::2], electrons[:, ::2]
    assert (dark == np.rint(dark)).all()
    assert stats.skew(dark.ravel()) == pytest.approx(1 / np.sqrt(2), abs=0.03)
    assert bright.var(dtype=np.float64) == pytest.approx(900, rel=0.02)


def test_raw_values_have_the_sensors_gain():
    # In shares of white, variance = mean / electrons + (read / electrons)^2 + the step's 1/12.
    readout = Readout(white=1000, read=4, bits=12)
    levels = np.array([0.02, 0.1, 0.3, 0.6])
    variances = [capture(_flat(v), readout, _rng("gain", float(v))).var(dtype=np.float64) for v in levels]
    slope, intercept = np.polyfit(levels, variances, 1)
    assert slope == pytest.approx(1 / 1000, rel=0.02)
    assert variances[0] == pytest.approx(0.02 / 1000 + 16e-6 + (1 / 3839) ** 2 / 12, rel=0.02)
    assert intercept == pytest.approx(16e-6, abs=4e-6)


def test_row_noise_moves_whole_rows():
    raw = np.full((2000, 100), 0.2, np.float32)
    noisy = capture(raw, Readout(white=1000, row=5, bits=14), _rng("row"))
    within = noisy.var(axis=1, dtype=np.float64).mean()
    assert within == pytest.approx(0.2 / 1000, rel=0.02)
    between = noisy.mean(axis=1, dtype=np.float64).var() - within / 100
    assert between == pytest.approx(25e-6, rel=0.1)


def test_fixed_offsets_are_added_in_electrons():
    offsets = np.float32([[-3, 0], [7, 50]])
    readout = Readout(white=1e6, bits=16)
    noisy = capture(np.zeros((2, 2), np.float32), readout, _rng("fixed"), offsets)
    assert noisy * 1e6 == pytest.approx(offsets, abs=1e6 / 61439 / 2 + 0.01)


def test_converter_by_hand():
    # 8 bits: black is code 16, white 255, so one step is 1/239 of white.
    electrons = np.float32([0, 100, 0.4, -6, -1000, 5000, 50])
    codes = digitise(electrons, Readout(white=100, bits=8)) * 239
    assert codes == pytest.approx([0, 239, 1, -14, -16, 239, 120], abs=1e-4)


def test_noise_belongs_to_its_generator():
    raw, readout = np.full((8, 8), 0.001, np.float32), Readout(white=3000, read=2, row=1)
    first, again, other = (capture(raw, readout, _rng("same", i)) for i in (0, 0, 1))
    assert (first == again).all()
    assert (first != other).any()
