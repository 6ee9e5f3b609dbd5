"""Resize weights against hand-computed vectors, OpenCV and torch."""

import cv2
import numpy as np
import pytest

from ddsr_bench.degrade import resample
from ddsr_bench.degrade.linear import blur_resize
from ddsr_bench.errors import DdsrError


def resize_1d(signal, n_out, mode):
    index, weight = resample.weights(mode, len(signal), n_out)
    return (np.asarray(signal, float)[index] * weight).sum(axis=1)


def test_matlab_bicubic_half_of_an_impulse_by_hand():
    # imresize(x, 0.5): kernel 0.5 * cubic(d / 2), a = -0.5, at d = .5, 1.5, 2.5, 3.5 pixels:
    # cubic(.25) = 0.8671875, cubic(.75) = 0.2265625, cubic(1.25) = -0.0703125, cubic(1.75) = -0.0234375.
    signal = np.zeros(16)
    signal[8] = 256
    expected = 128 * np.array([0, 0, -0.0234375, 0.2265625, 0.8671875, -0.0703125, 0, 0])
    # Output k sits at input 2k + 0.5: input 8 is at distances 8-2k-0.5 = 3.5, 1.5, 0.5, 2.5 from k = 2, 3, 4, 5.
    assert resize_1d(signal, 8, "matlab_bicubic") == pytest.approx(expected, abs=1e-9)


def test_matlab_bicubic_half_of_a_step_by_hand():
    # Sums of the same weights; the border mirrors with the edge sample repeated, so a constant side stays constant.
    signal = [0, 0, 0, 0, 0, 0, 0, 0, 200, 200, 200, 200, 200, 200, 200, 200]
    a, b, c, d = 0.43359375, 0.11328125, -0.03515625, -0.01171875
    expected = 200 * np.array([0, 0, d, b + c + d, 1 - (b + c + d), 1 - d, 1, 1])
    assert a + b + c + d == 0.5
    assert resize_1d(signal, 8, "matlab_bicubic") == pytest.approx(expected, abs=1e-9)


def test_matlab_bicubic_quarter_of_a_ramp_keeps_the_ramp():
    # Output k sits at input 4k + 1.5; away from the border a symmetric kernel reproduces a ramp.
    result = resize_1d(np.arange(64.0), 16, "matlab_bicubic")
    assert result[3:-3] == pytest.approx(4 * np.arange(16)[3:-3] + 1.5, abs=1e-9)


def test_matlab_bicubic_border_is_symmetric_by_hand():
    # imresize([10 20 30 40], 0.5), first output at input 0.5 (0-based): the eight inputs -3..4 mirror to
    # 30 20 10 10 20 30 40 40 minus the outermost: weights d c b a a b c d on positions -3, -2, -1, 0, 1, 2, 3, 4.
    a, b, c, d = 0.43359375, 0.11328125, -0.03515625, -0.01171875
    mirrored = [30, 20, 10, 10, 20, 30, 40, 40]
    expected = np.dot([d, c, b, a, a, b, c, d], mirrored)
    assert resize_1d([10, 20, 30, 40], 2, "matlab_bicubic")[0] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_matlab_bicubic_equals_torch_antialias_inside(scale):
    torch = pytest.importorskip("torch")
    picture = np.random.default_rng(1).uniform(size=(3, 24 * scale, 30 * scale)).astype(np.float32)
    ours = blur_resize(picture, None, (24, 30), "matlab_bicubic")
    theirs = torch.nn.functional.interpolate(
        torch.from_numpy(picture)[None], (24, 30), mode="bicubic", antialias=True, align_corners=False
    )[0].numpy()
    assert np.abs(ours - theirs)[:, 3:-3, 3:-3].max() < 1e-5


@pytest.mark.parametrize(
    ("mode", "flag"),
    [
        ("bilinear", cv2.INTER_LINEAR),
        ("bicubic", cv2.INTER_CUBIC),
        ("area", cv2.INTER_AREA),
        ("lanczos", cv2.INTER_LANCZOS4),
        ("nearest", cv2.INTER_NEAREST),
    ],
)
@pytest.mark.parametrize("size", [(17, 23), (40, 61), (64, 96), (90, 121), (32, 48), (128, 192), (66, 99)])
def test_weights_equal_opencv(mode, flag, size):
    picture = np.random.default_rng(2).uniform(size=(64, 96)).astype(np.float32)
    shrinks = size[0] <= 64 and size[1] <= 96
    rows, columns = (resample.weights(mode, n, m, shrinks) for n, m in zip(picture.shape, size, strict=True))
    vertical = (picture[rows[0]] * rows[1][..., None]).sum(axis=1)
    ours = (vertical[:, columns[0]] * columns[1]).sum(axis=2)
    tolerance = 2e-3 if mode == "lanczos" else 2e-5  # OpenCV tabulates Lanczos at 1/32 of a pixel
    assert np.abs(ours - cv2.resize(picture, size[::-1], interpolation=flag)).max() < tolerance


def test_decimation_takes_every_nth_sample():
    assert resize_1d(np.arange(13.0), 4, "decimate").tolist() == [0, 3, 6, 9]


def test_unknown_mode_names_the_modes():
    with pytest.raises(DdsrError, match=r"resize mode 'cubic': unknown; allowed: nearest, bilinear, bicubic"):
        resample.weights("cubic", 8, 4)
