"""Unsharp masking against the published formula with full kernels."""

import cv2
import numpy as np
import pytest
from conftest import moving_scene

from ddsr_bench.degrade.stages import sharpen


def published(image, amount=0.5, size=51, threshold=10):
    column = cv2.getGaussianKernel(size, 0)
    kernel = column @ column.T
    residual = image - cv2.filter2D(image, -1, kernel)
    mask = (np.abs(residual) * 255 > threshold).astype(np.float32)
    soft = cv2.filter2D(mask, -1, kernel)
    return soft * np.clip(image + amount * residual, 0, 1) + (1 - soft) * image


@pytest.mark.parametrize("size", [(256, 300), (263, 333), (60, 80)])
@pytest.mark.parametrize("as_float", [False, True])
def test_within_one_grey_level_of_the_published_formula(size, as_float):
    frame = moving_scene(1, size[1], size[0])[0]
    source = np.ascontiguousarray(frame.transpose(2, 0, 1)).astype(np.float32) / 255
    given = source.copy() if as_float else frame
    ours = next(sharpen.apply(iter([given]), sharpen.Params(), None))
    expected = published(frame.astype(np.float32) / 255).transpose(2, 0, 1)
    assert np.mean(np.abs(ours - expected) * 255 <= 1) >= 0.999
    if as_float:
        assert np.array_equal(given, source)  # a float frame may be somebody else's
