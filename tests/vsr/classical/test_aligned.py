"""What stands beside a frame: the mean of it and its neighbours along their motion, and how much speaks for it."""

import numpy as np
import pytest

from ddsr_bench.data.scenes import make_scene, render_clip
from ddsr_bench.seeding import generator
from ddsr_bench.vsr.classical.aligned import CHANNELS, aligned


@pytest.fixture(scope="module")
def clip():
    return list(render_clip(make_scene("people", seed=4, width=96, height=64), 7, 24))


def noisy(frames, sigma=12.0):
    rng = generator("test aligned", 0)
    return [np.clip(frame + rng.normal(0, sigma, frame.shape), 0, 255).astype(np.uint8) for frame in frames]


def error(one, other):
    return np.sqrt(np.mean((one.astype(float) - other) ** 2))


def test_noise_is_averaged_out_while_things_move(clip):
    given = noisy(clip)
    # The scene does move, so a mean without motion would blur it.
    assert error(clip[2], clip[4]) > 8
    found = list(aligned(iter(given)))
    assert len(found) == 7
    for frame, out in zip(given, found, strict=True):
        assert (out.shape, out.dtype) == ((64, 96, CHANNELS), np.uint8)
        np.testing.assert_array_equal(out[..., :3], frame)
    middle = found[3]
    assert error(middle[..., 3:6], clip[3]) < 0.75 * error(given[3], clip[3])
    # Two neighbours at the ends of a shot, four in it.
    assert found[0][..., 6].mean() < 0.75 * middle[..., 6].mean()


def test_a_still_clip_has_all_support_and_stays(clip):
    found = list(aligned(iter([clip[0].copy() for _ in range(5)])))
    np.testing.assert_allclose(found[2][..., 3:6], clip[0], atol=1)
    assert np.median(found[2][..., 6]) == 255


def test_a_frame_alone_is_its_own_mean(clip):
    (out,) = aligned(iter(clip[:1]))
    np.testing.assert_array_equal(out[..., 3:6], clip[0])
    assert not out[..., 6].any()


def test_what_does_not_agree_does_not_count(clip):
    other = [255 - frame for frame in clip]
    found = list(aligned(iter([other[1], other[2], clip[3], other[4], other[5]])))
    assert error(found[2][..., 3:6], clip[3]) < 3
    assert found[2][..., 6].mean() < 26
