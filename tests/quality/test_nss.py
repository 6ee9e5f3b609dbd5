"""Local normalisation and the fits to it, against the definitions written out the slow way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from scipy.special import gamma

from ddsr_bench.quality import nss, nss_fit

MODES = {"replicate": "nearest", "zero": "constant"}


def dense_window():
    """MATLAB's fspecial('gaussian', 7, 7/6), two-dimensional."""
    y, x = np.mgrid[-3:4, -3:4]
    window = np.exp(-(x**2 + y**2) / (2 * (7 / 6) ** 2))
    return window / window.sum()


def textured(height, width, seed=0):
    noise = np.random.default_rng(seed).normal(size=(height, width))
    return np.clip(np.rint(128 + 60 * ndimage.gaussian_filter(noise, 1) / 0.3), 0, 255)


def slow_aggd(x):
    """The authors' estimateaggdparam: a search through the whole grid."""
    shapes = 0.2 + 0.001 * np.arange(9801)
    ratios = gamma(2 / shapes) ** 2 / (gamma(1 / shapes) * gamma(3 / shapes))
    left, right = np.sqrt(np.mean(x[x < 0] ** 2)), np.sqrt(np.mean(x[x > 0] ** 2))
    skew = left / right
    ratio = np.mean(np.abs(x)) ** 2 / np.mean(x**2) * (skew**3 + 1) * (skew + 1) / (skew**2 + 1) ** 2
    return shapes[np.argmin((ratios - ratio) ** 2)], left, right


def slow_ggd(x):
    """The authors' estimateggdparam."""
    shapes = 0.2 + 0.001 * np.arange(9801)
    ratios = gamma(1 / shapes) * gamma(3 / shapes) / gamma(2 / shapes) ** 2
    square = np.mean(x**2)
    return shapes[np.argmin(np.abs(square / np.mean(np.abs(x)) ** 2 - ratios))], np.sqrt(square)


@pytest.mark.parametrize("border", MODES)
@pytest.mark.parametrize("shape", [(64, 48), (7, 200), (1, 1), (1, 9), (150, 1300)])
def test_mscn_is_the_dense_definition(border, shape):
    plane = textured(*shape)
    mean = ndimage.correlate(plane, dense_window(), mode=MODES[border])
    deviation = np.sqrt(np.abs(ndimage.correlate(plane**2, dense_window(), mode=MODES[border]) - mean**2))
    expected = (plane - mean) / (deviation + 1)
    got, spread = nss.mscn_sigma(plane[None], border)
    # Where the variance is zero but for rounding, its root is 1e-5 of noise on both sides.
    np.testing.assert_allclose(got[0], expected, atol=1e-4)
    np.testing.assert_allclose(spread[0], deviation, atol=1e-4)
    single = nss.mscn(plane[None].astype(np.float32), border)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single[0], got[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("level", [1, 77, 201, 255])
def test_flat_and_ramp_are_exactly_zero(dtype, level):
    """Sums of rounded products would leave specks of 1e-14 there."""
    flat = np.full((1, 40, 40), level, dtype)
    ramp = np.broadcast_to(np.arange(40, dtype=dtype) * 3, (1, 40, 40))
    assert not nss.mscn(flat, "replicate").any()
    assert not nss.mscn(np.ascontiguousarray(ramp), "replicate")[:, :, 3:-3].any()
    assert not nss.mscn(flat, "zero")[:, 3:-3, 3:-3].any()
    assert nss.mscn(flat, "zero")[0, 0].all()


def test_the_flat_rule_is_the_same_in_both_precisions():
    plane = textured(120, 90)
    plane[20:60, 30:70] = 255
    plane[80:110, :40] = np.arange(40) * 5
    zeros = [nss.mscn(plane[None].astype(dtype), "replicate") == 0 for dtype in (np.float32, np.float64)]
    assert np.array_equal(*zeros)
    assert zeros[0][0, 23:57, 33:67].all()


def test_a_step_just_above_the_rule_is_kept():
    plane = np.full((1, 21, 21), 100.0)
    plane[0, 10, 10] += 3e-6
    assert nss.mscn(plane, "replicate")[0, 10, 10] > 0
    plane[0, 10, 10] = 100 + 1e-6
    assert not nss.mscn(plane, "replicate").any()


def test_frames_do_not_depend_on_their_batch():
    planes = np.stack([textured(200, 170, seed) for seed in range(3)]).astype(np.float32)
    together = nss.mscn(planes, "replicate")
    for plane, expected in zip(planes, together, strict=True):
        assert np.array_equal(nss.mscn(plane[None], "replicate")[0], expected)
    alone = [nss.pair_moments(plane[None])[1].left for plane in together]
    assert np.array_equal(np.concatenate(alone), nss.pair_moments(together)[1].left)


def test_ratios_are_monotone():
    _, rising, falling = nss_fit.grid()
    assert (np.diff(rising) > 0).all()
    assert (np.diff(falling) < 0).all()


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**31), st.floats(0.2, 6), st.floats(0.1, 10), st.floats(0, 0.5))
def test_fits_are_the_search_through_the_grid(seed, power, skew, zeros):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(500)
    x = np.sign(x) * np.abs(x) ** power * np.where(x > 0, skew, 1)
    x[rng.uniform(size=500) < zeros] = 0
    np.testing.assert_allclose(nss.aggd_fit(x), slow_aggd(x), rtol=1e-12)
    np.testing.assert_allclose(nss.ggd_fit(x), slow_ggd(x), rtol=1e-12)


def test_fits_take_any_leading_axes():
    x = np.random.default_rng(0).laplace(size=(2, 3, 400))
    for fit in (nss.aggd_fit, nss.ggd_fit):
        together = np.stack(fit(x))
        assert together.shape[1:] == (2, 3)
        np.testing.assert_array_equal(together[:, 1, 2], np.stack(fit(x[1, 2])))


def test_shapes_of_known_distributions():
    """Laplacian: shape 1; normal: shape 2; within 4 standard errors at 200 000 samples."""
    rng = np.random.default_rng(5)
    assert nss.ggd_fit(rng.laplace(size=200_000))[0] == pytest.approx(1, abs=0.02)
    assert nss.aggd_fit(rng.standard_normal(200_000))[0] == pytest.approx(2, abs=0.04)


def test_empty_halves_are_nan_and_the_shape_is_the_first():
    alpha, left, right = nss.aggd_fit(np.array([[0.0, 1, 2], [0, -1, -2], [0, 0, 0]]))
    np.testing.assert_array_equal(alpha, 0.2)
    np.testing.assert_array_equal(np.isnan(left), [True, False, True])
    np.testing.assert_array_equal(np.isnan(right), [False, True, True])
    assert nss.ggd_fit(np.zeros(4)) == (0.2, 0.0)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 2**31),
    st.tuples(st.integers(1, 3), st.integers(1, 40), st.integers(1, 40)),
    st.floats(-3, 3),
    st.floats(0, 0.9),
    st.sampled_from([np.float32, np.float64]),
)
def test_pair_moments_are_those_of_the_products(seed, shape, shift, zeros, dtype):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal(shape) + shift
    a[rng.uniform(size=shape) < zeros] = 0
    check_pairs(a.astype(dtype))


def test_products_that_are_all_zero_leave_no_speck():
    check_pairs(np.array([[[0.0], [0.82161814]]], np.float32))


@pytest.mark.parametrize("shape", [(1, 300, 1000), (9, 96, 96), (1, 3, 20000)])
def test_pair_moments_of_large_sets(shape):
    check_pairs(np.random.default_rng(1).standard_normal(shape).astype(np.float32))


def check_pairs(a):
    alone, pairs = nss.pair_moments(a)
    expected = nss_fit.moments(a.reshape(len(a), -1))
    products = [nss.paired_products(a, shift).reshape(len(a), -1) for shift in nss.SHIFTS]
    together = [nss_fit.moments(product) for product in products]
    for name in ("mean_abs", "mean_square", "left", "right"):
        np.testing.assert_allclose(getattr(alone, name), getattr(expected, name), rtol=2e-4)
        columns = np.stack([getattr(m, name) for m in together], axis=-1)
        np.testing.assert_allclose(getattr(pairs, name), columns, rtol=2e-4, atol=1e-7)


def test_tiles_are_sets_of_their_own():
    plane = np.random.default_rng(3).standard_normal((36, 60)).astype(np.float32)
    tiles = plane.reshape(3, 12, 5, 12).transpose(0, 2, 1, 3).reshape(15, 12, 12)
    for got, expected in zip(nss.tile_moments(plane, 12), nss.pair_moments(tiles), strict=True):
        np.testing.assert_array_equal(got.left, expected.left)
        np.testing.assert_array_equal(got.mean_abs, expected.mean_abs)


def test_paired_products_wrap_as_circshift():
    a = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(nss.paired_products(a, (0, 1)), [[0 * 2, 1 * 0, 2 * 1], [3 * 5, 4 * 3, 5 * 4]])
    np.testing.assert_array_equal(nss.paired_products(a, (1, -1)), [[0 * 4, 1 * 5, 2 * 3], [3 * 1, 4 * 2, 5 * 0]])
