"""Outputs stay what they were: the open dataset is made of them. A wanted change raises `version` and makes new files.

`python tests/vsr/classical/test_frozen.py` writes frozen.npz anew.
"""

from pathlib import Path

import cv2
import numpy as np
import pytest

from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.classical import CONDITIONS
from ddsr_bench.vsr.method import Settings

FILE = Path(__file__).with_name("frozen.npz")
SCALES = (2, 4)


def made(name, clip, scale):
    """The middle frame."""
    return list(get_method(name).start(Settings(scale=scale))(iter(list(clip))))[1]


def input_clip():
    """Three frames of a moving scene with some noise, 20x16."""
    rng = np.random.default_rng(11)
    base = cv2.GaussianBlur(rng.uniform(-300, 560, (40, 60, 3)), (0, 0), 2.2)
    base[10:26, 12:28] = (226, 60, 40)
    moved = [base[t : t + 32 : 2, 2 * t : 2 * t + 40 : 2] for t in range(3)]
    return np.clip(np.rint(np.stack(moved) + rng.normal(0, 4, (3, 16, 20, 3))), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def kept():
    with np.load(FILE) as file:
        return dict(file)


@pytest.mark.parametrize("name", CONDITIONS)
def test_the_output_is_the_one_that_was_kept(kept, name):
    """Within a level, since processors round exp and products in their own ways; nearly all samples are the same."""
    for scale in SCALES:
        expected = kept[f"{name} {scale} version {get_method(name).version}"]
        apart = np.abs(made(name, kept["clip"], scale).astype(int) - expected)
        assert apart.max() <= 1
        assert (apart > 0).mean() < 0.01


def test_the_kept_outputs_differ_from_each_other(kept):
    for scale in SCALES:
        pictures = [kept[key].astype(int) for key in kept if f" {scale} version" in key]
        assert len(pictures) == len(CONDITIONS)
        for index, one in enumerate(pictures):
            for other in pictures[index + 1 :]:
                assert np.abs(one - other).mean() > 0.4


if __name__ == "__main__":
    clip = input_clip()
    outputs = {
        f"{name} {scale} version {get_method(name).version}": made(name, clip, scale)
        for name in CONDITIONS
        for scale in SCALES
    }
    np.savez_compressed(FILE, clip=clip, **outputs)
