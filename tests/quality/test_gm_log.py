"""GM-LOG features against a plain writing-out of their definition and constants printed elsewhere."""

import numpy as np
import pytest
from conftest import moving_scene
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import correlate

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.gm_log_maps import gradient_taps, laplacian_window
from ddsr_bench.quality.metrics.gm_log import COLUMNS, METRIC, gm_log_features, independency


def slow_features(plane):
    """Dense windows, double precision, numpy's own histogram."""

    def window(size, sigma):
        x = np.arange(size) - (size - 1) / 2
        w = np.exp(-(x[:, None] ** 2 + x**2) / (2 * sigma**2))
        return w / w.sum()

    def filtered(w, image=None):
        return correlate(plane.astype(float) if image is None else image, w, mode="constant")

    w = window(7, 0.5)
    sides = w[1:-1, 1:-1] - w[1:-1, 2:], w[1:-1, 1:-1] - w[2:, 1:-1]
    gradient = np.hypot(*(filtered(side / np.abs(side).sum()) for side in sides)) / 2.5
    x = np.arange(-2, 3)
    log = window(5, 0.5) * ((x[:, None] ** 2 + x**2) - 0.5) / 0.0625
    log -= log.mean()
    laplacian = np.abs(filtered(log / np.abs(log).sum()))
    strength = np.sqrt(filtered(window(7, 1.0), (gradient**2 + laplacian**2) / 2)) + 0.2
    bins = [np.clip(np.ceil((v / strength)[2:-2, 2:-2] / 0.2), 1, 10).ravel() for v in (gradient, laplacian)]
    joint = np.histogram2d(*bins, bins=10, range=((0.5, 10.5),) * 2)[0]
    joint /= joint.sum()
    g, l = joint.sum(axis=1), joint.sum(axis=0)  # noqa: E741
    g_given_l = sum(joint[:, j] / (l[j] + 1e-4) for j in range(10))
    l_given_g = sum(joint[i] / (g[i] + 1e-4) for i in range(10))
    return np.concatenate([g, l, g_given_l / g_given_l.sum(), l_given_g / l_given_g.sum()])


@pytest.mark.parametrize(("height", "width"), [(64, 96), (61, 47), (8, 8), (5, 5)])
def test_features_follow_the_definition(height, width):
    rng = np.random.default_rng(0)
    planes = moving_scene(2, width, height, speed=3)[..., 0] + rng.normal(0, 8, (2, height, width))
    planes = np.clip(np.rint(planes), 0, 255)
    # Single precision may move a sample that lies on an edge between bins.
    assert gm_log_features(planes) == pytest.approx(np.stack([slow_features(p) for p in planes]), abs=1e-3)


def test_windows_as_printed_elsewhere():
    # MATLAB's documentation of fspecial('log'), whose defaults are this size and sigma, to four places.
    printed = np.array([[0.0448, 0.0468, 0.0564], [0.0468, 0.3167, 0.7146], [0.0564, 0.7146, -4.9048]])
    assert laplacian_window()[:3, :3] * 2 * 4.9048 == pytest.approx(printed, abs=6e-5)
    # The middle row of the gradient window in OpenCV's xquality module.
    rise, smooth = gradient_taps()
    row = [-0.053102360779, -0.340117027823, 0.340117027823, 0.053102360779, 0.000131948685]
    assert smooth[2] * rise == pytest.approx(row, abs=1e-9)


@given(arrays(np.float64, (2, 10), elements=st.floats(0.5, 50)))
def test_independent_responses_depend_on_their_margins_alone(margins):
    # With nothing to learn from the other response, the conditional distribution is the marginal one.
    gradient, laplacian = margins / margins.sum(axis=1, keepdims=True)
    features = independency(np.outer(gradient, laplacian)[None] * 1e6)[0]
    expected = np.concatenate([gradient, laplacian, gradient, laplacian])
    assert features == pytest.approx(expected, abs=1e-12)


def test_each_ten_sum_to_one(clip):
    features = METRIC.start().add(Frames(clip), None)
    assert features.shape == (8, len(COLUMNS)) == (8, 40)
    assert features.reshape(8, 4, 10).sum(axis=2) == pytest.approx(np.ones((8, 4)))


def test_batches_do_not_change_them(clip):
    whole = METRIC.start().add(Frames(clip), None)
    parts = [METRIC.start().add(Frames(clip[t : t + 3], t), None) for t in range(0, 8, 3)]
    assert np.array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize("level", [0, 90, 255])
def test_flat_frames_lie_in_the_first_bins(level):
    # Large enough that the zeros beyond the border matter little.
    features = gm_log_features(np.full((1, 300, 300), float(level)))[0]
    assert features.reshape(4, 10)[:2, 0] == pytest.approx([1, 1], abs=0.01)
    assert np.isfinite(features).all()


def test_one_pixel_checker_lies_in_one_bin_of_each():
    features = gm_log_features(np.indices((1, 64, 64)).sum(axis=0) % 2 * 255.0)[0]
    assert sorted(features.reshape(4, 10).max(axis=1) > 0.99) == [True] * 4


def test_small_frames_are_refused():
    assert METRIC.smallest == (5, 5)
    with pytest.raises(DdsrError, match=r"^gm-log: frames are 4x9, it needs 5x5; leave gm-log out$"):
        gm_log_features(np.zeros((1, 9, 4)))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_samples_that_are_no_numbers_are_refused(bad):
    plane = np.zeros((1, 9, 9))
    plane[0, 4, 4] = bad
    with pytest.raises(DdsrError, match="gm-log: frames hold samples that are NaN or infinite; repair them"):
        gm_log_features(plane)
