"""The planes that measures read."""

import numpy as np
import pytest

from ddsr_bench.quality.frames import Frames


def frames(shape=(2, 40, 33, 3), seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def test_gray_is_matlabs_rounded_to_whole_levels():
    rgb = frames((1, 600, 600, 3))
    expected = np.floor(rgb @ np.array([0.298936021293775, 0.587043074451121, 0.114020904255103]) + 0.5)
    assert np.array_equal(Frames(rgb).plane("gray"), expected)
    levels = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, 1, 256, 3)
    assert np.array_equal(Frames(levels).plane("gray")[0, 0], np.arange(256))


def test_luma_is_bt601_in_16_to_235():
    rgb = frames()
    assert Frames(rgb).plane("luma") == pytest.approx(rgb @ np.array([65.481, 128.553, 24.966]) / 255 + 16, abs=1e-4)
    ends = np.array([[[[0, 0, 0], [255, 255, 255]]]], np.uint8)
    assert Frames(ends).plane("luma").ravel().tolist() == [16.0, 235.0]


@pytest.mark.parametrize("name", ["gray", "luma"])
def test_planes_do_not_depend_on_the_batch_and_are_shared(name):
    rgb = frames()
    whole = Frames(rgb)
    single = np.concatenate([Frames(rgb[i : i + 1]).plane(name) for i in range(2)])
    assert np.array_equal(whole.plane(name), single)
    assert whole.plane(name) is whole.plane(name)
    with pytest.raises(ValueError, match="read-only"):
        whole.plane(name)[0] = 0


def test_unknown_planes_are_errors():
    with pytest.raises(KeyError):
        Frames(frames()).plane("hue")
