"""MATLAB's imresize, against the project's other implementation and against Pillow."""

import numpy as np
import pytest
from PIL import Image

from ddsr_bench.degrade.resample import weights
from ddsr_bench.quality.imresize import contributions, imresize


def by_matrices(plane, size):
    for axis, n in enumerate(size):
        index, weight = weights("matlab_bicubic", plane.shape[axis], n)
        matrix = np.zeros((n, plane.shape[axis]))
        np.add.at(matrix, (np.arange(n)[:, None], index), weight)
        plane = np.moveaxis(np.tensordot(matrix, plane, axes=(1, axis)), 0, axis)
    return plane


@pytest.mark.parametrize("size", [(20, 31), (9, 70), (80, 100), (41, 63)])
def test_sizes_agree_with_the_generator_s_resampling(size):
    plane = np.random.default_rng(0).uniform(0, 255, (2, 41, 63))
    got = imresize(plane, size=size)
    np.testing.assert_allclose(got[1], by_matrices(plane[1], size), atol=1e-10)


@pytest.mark.parametrize("shape", [(40, 64), (2, 2), (6, 8)])
def test_half_of_even_sides_agrees_with_the_general_way(shape):
    plane = np.random.default_rng(1).uniform(0, 255, (1, *shape))
    np.testing.assert_allclose(
        imresize(plane, 0.5)[0], by_matrices(plane[0], (shape[0] // 2, shape[1] // 2)), atol=1e-10
    )


def test_half_agrees_with_pillow_away_from_the_border():
    """Pillow's bicubic is the same kernel, antialiased; it cuts windows at the border where MATLAB mirrors."""
    plane = np.random.default_rng(2).uniform(0, 255, (64, 96)).astype(np.float32)
    expected = np.asarray(Image.fromarray(plane).resize((48, 32), Image.Resampling.BICUBIC))
    np.testing.assert_allclose(imresize(plane[None], 0.5)[0, 2:-2, 2:-2], expected[2:-2, 2:-2], atol=2e-4)


@pytest.mark.parametrize("n", [1, 3, 5, 7, 9, 21, 427])
def test_odd_sides_are_rounded_up_and_keep_the_factor(n):
    """imresize(I, .5) of n samples gives ceil(n / 2), each centred on 2 i + 1/2, as its scale stays 1/2."""
    line = np.random.default_rng(n).uniform(0, 255, n)
    index, weight = contributions(n, (n + 1) // 2, 0.5)
    got = imresize(np.repeat(line[None, None], 2, axis=1), 0.5)
    np.testing.assert_allclose(got[0, 0], (line[index] * weight).sum(axis=1), atol=1e-10)
    assert got.shape == (1, 1, (n + 1) // 2)


def test_half_of_whole_grey_levels_is_exact_in_float32():
    plane = np.random.default_rng(4).integers(0, 256, (1, 101, 75)).astype(np.float64)
    plane[0, :40] = np.clip(plane[0, :40], 40, 200)
    exact, single = imresize(plane, 0.5), imresize(plane.astype(np.float32), 0.5)
    inside = exact < 256
    assert np.array_equal(single[inside], exact[inside])
    assert single.dtype == np.float32


def test_overshoot_is_kept():
    plane = np.zeros((1, 32, 32))
    plane[:, :, 16:] = 255
    assert imresize(plane, 0.5).max() > 256
    assert imresize(plane, 0.5).min() < -1


@pytest.mark.parametrize("arguments", [{}, {"scale": 0.5, "size": (2, 2)}])
def test_one_of_scale_and_size(arguments):
    with pytest.raises(ValueError, match="either scale or size"):
        imresize(np.zeros((1, 4, 4)), **arguments)


def test_an_empty_result_is_refused():
    with pytest.raises(ValueError, match=r"4x4 to 0x3 leaves nothing"):
        imresize(np.zeros((1, 4, 4)), size=(0, 3))
