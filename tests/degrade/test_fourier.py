"""Filtering in the Fourier domain against ``cv2.filter2D``."""

import cv2
import numpy as np
import pytest

from ddsr_bench.degrade import fourier
from ddsr_bench.degrade.kernels import make_kernel, path_kernel


@pytest.mark.parametrize("size", [(90, 130), (91, 133), (7, 300), (5, 3)])
@pytest.mark.parametrize(
    "kernel",
    [
        make_kernel("plateau_aniso", 13, sigma_x=2, sigma_y=1, theta=0.5, beta=1.5),
        make_kernel("sinc", 21, omega=1.2),
        make_kernel("iso", 25, sigma_x=2.0, shift=1.5),
        path_kernel(np.array([[0, 0], [3, 1], [6, 5], [7, 9]])),
    ],
    ids=["plateau", "sinc", "shifted", "path"],
)
def test_equals_dense_filtering(kernel, size):
    frame = np.random.default_rng(0).uniform(size=(3, *size)).astype(np.float32)
    dense = np.stack([cv2.filter2D(plane, -1, kernel) for plane in frame])
    assert np.abs(fourier.correlate(frame, kernel) - dense).max() < 2e-5


def test_lengths_are_quick_and_long_enough():
    for least in range(1, 3000, 7):
        length = fourier.fast_length(least)
        assert length >= least
        assert length % 2 == 0
        rest = length
        for factor in (2, 3, 5, 7):
            while rest % factor == 0:
                rest //= factor
        assert rest == 1
