"""NIQE against its authors' scores, and against its definition written out block by block."""

import csv
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy import ndimage
from scipy.special import gamma

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality import models
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.imresize import imresize
from ddsr_bench.quality.metrics import niqe, niqe_fit


def picture(height=200, width=310, seed=0):
    noise = np.random.default_rng(seed).normal(size=(height, width, 3))
    sharp = ndimage.gaussian_filter(noise, (1, 1, 0)) / 0.28 + ndimage.gaussian_filter(noise, (9, 9, 0)) * 9
    return np.clip(np.rint(120 + 40 * sharp), 0, 255).astype(np.uint8)


def gray(rgb):
    return Frames(rgb[None]).plane("gray")


def slow_fit(x):
    shapes = 0.2 + 0.001 * np.arange(9801)
    ratios = gamma(2 / shapes) ** 2 / (gamma(1 / shapes) * gamma(3 / shapes))
    left, right = np.sqrt(np.mean(x[x < 0] ** 2)), np.sqrt(np.mean(x[x > 0] ** 2))
    skew = left / right
    ratio = np.mean(np.abs(x)) ** 2 / np.mean(x**2) * (skew**3 + 1) * (skew + 1) / (skew**2 + 1) ** 2
    alpha = shapes[np.argmin((ratios - ratio) ** 2)]
    scale = np.sqrt(gamma(1 / alpha) / gamma(3 / alpha))
    return alpha, left * scale, right * scale


def slow_features(plane):
    """computefeature.m over blkproc: two scales, block by block, with a dense window."""
    y, x = np.mgrid[-3:4, -3:4]
    window = np.exp(-(x**2 + y**2) / (2 * (7 / 6) ** 2))
    window /= window.sum()
    plane = plane[: len(plane) // 96 * 96, : plane.shape[1] // 96 * 96].astype(np.float64)
    scales = []
    for size in (96, 48):
        mean = ndimage.correlate(plane, window, mode="nearest")
        deviation = np.sqrt(np.abs(ndimage.correlate(plane**2, window, mode="nearest") - mean**2))
        coefficients = (plane - mean) / (deviation + 1)
        rows = []
        for top in range(0, len(plane), size):
            for left in range(0, plane.shape[1], size):
                block = coefficients[top : top + size, left : left + size]
                alpha, low, high = slow_fit(block)
                row = [alpha, (low + high) / 2]
                for shift in ((0, 1), (1, 0), (1, 1), (1, -1)):
                    alpha, low, high = slow_fit(block * np.roll(block, shift, (0, 1)))
                    row += [alpha, (high - low) * gamma(2 / alpha) / gamma(1 / alpha), low, high]
                rows.append(row)
        scales.append(rows)
        plane = imresize(plane[None], 0.5)[0]
    return np.concatenate(scales, axis=1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_features_are_the_definition(dtype):
    plane = gray(picture())[0]
    got = niqe.block_features(plane.astype(dtype))
    assert got.shape == (6, 36)
    # Shapes come from a grid of .001 and may fall on the neighbour in float32.
    np.testing.assert_allclose(got, slow_features(plane), rtol=1e-4 if dtype == np.float64 else 2e-3)


def test_distance_by_hand():
    """Two blocks in two dimensions: the mean (1, 2), the covariance [[2, 0], [0, 0]]."""
    model = models.Gaussian(np.array([0.0, 0.0]), np.array([[2.0, 0], [0, 4.0]]))
    features = np.array([[0.0, 2.0], [2.0, 2.0], [np.nan, 2.0]])
    assert niqe.distance(features, model) == pytest.approx(np.sqrt(1 / 2 + 4 / 2))


def test_missing_features_are_left_out_as_nanmean_and_nancov_do():
    features = np.array([[1.0, 10], [np.nan, 40], [3, 10], [5, 70]])
    np.testing.assert_allclose(niqe.nan_mean(features), [3, 32.5])
    np.testing.assert_allclose(niqe.nan_covariance(features), np.cov(features[[0, 2, 3]].T))
    assert niqe.nan_mean(np.full((2, 1), np.nan)) == 0
    assert niqe.nan_covariance(features[:1]).tolist() == [[0, 0], [0, 0]]


def test_scores_do_not_depend_on_batch_or_crop_remainder():
    rgb = np.stack([picture(seed=seed) for seed in range(3)])
    together = niqe_fit.METRIC.start().add(Frames(rgb), None)
    alone = [niqe_fit.METRIC.start().add(Frames(frame[None]), None)[0] for frame in rgb]
    assert np.array_equal(together, alone)
    assert np.array_equal(together, niqe_fit.METRIC.start().add(Frames(rgb[:, :192, :288]), None))


@pytest.mark.parametrize("level", [0, 77, 255])
def test_flat_frames_have_a_large_score(level):
    flat = np.full((1, 200, 200, 3), level, np.uint8)
    score = niqe_fit.METRIC.start().add(Frames(flat), None)
    natural = niqe_fit.METRIC.start().add(Frames(picture()[None]), None)
    assert np.isfinite(score).all()
    assert score > natural


@pytest.mark.parametrize("size", [(96, 96), (97, 300), (291, 100)])
def test_odd_and_degenerate_frames_are_defined(size):
    y, x = np.mgrid[: size[0], : size[1]]
    half = np.where(x < 50, 255, np.random.default_rng(0).integers(0, 256, size))
    for plane in ((y + x) % 2 * 255, x % 256, half):
        rgb = np.repeat(plane[None, :, :, None], 3, axis=3).astype(np.uint8)
        assert np.isfinite(niqe_fit.METRIC.start().add(Frames(rgb), None)).all()


def test_too_small_a_picture_is_told():
    with pytest.raises(DdsrError, match=r"picture of 200x95: NIQE needs 96x96 pixels at least"):
        niqe.niqe_scores(np.zeros((1, 95, 200), np.float32), models.Gaussian(np.zeros(36), np.eye(36)))


@pytest.mark.parametrize(
    "worsen",
    [
        lambda rgb, k: cv2.GaussianBlur(rgb, (0, 0), 0.5 + k),
        lambda rgb, k: np.clip(rgb + np.random.default_rng(0).normal(0, 15 * k, rgb.shape), 0, 255).astype(np.uint8),
    ],
)
def test_the_fitted_model_sees_blur_and_noise(worsen):
    from sklearn.datasets import load_sample_images

    for rgb in load_sample_images().images:
        frames = np.stack([rgb, *(worsen(rgb, k) for k in (1, 2, 3))])
        scores = niqe_fit.METRIC.start().add(Frames(frames), None)
        assert (np.diff(scores) > 0).all()


def test_fit_is_the_mean_and_covariance_of_sharp_blocks(tmp_path):
    rgb = np.concatenate([np.concatenate([picture(480, 480, seed), picture(480, 480, seed)], 1) for seed in (1, 2)])
    blurred = cv2.GaussianBlur(rgb, (0, 0), 6)
    whole = niqe_fit.fit_niqe([rgb])
    # Blurred blocks of a picture that has sharp ones are not taken.
    half = np.concatenate([rgb, blurred])
    np.testing.assert_allclose(niqe_fit.fit_niqe([half]).mean, whole.mean, rtol=0.02)
    niqe_fit.save_model(tmp_path / "m.npz", whole, "two pictures")
    back = niqe_fit.load_model(tmp_path / "m.npz")
    assert np.array_equal(back.mean, whole.mean)
    assert np.array_equal(back.covariance, whole.covariance)
    sharp = niqe.block_features(gray(rgb)[0])
    assert niqe.distance(sharp, whole) < 1 < niqe.distance(niqe.block_features(gray(blurred)[0]), whole)


def test_too_few_pictures_to_fit():
    with pytest.raises(DdsrError, match=r"NIQE fit: 6 sharp blocks of 96x96, more than 36 are needed"):
        niqe_fit.fit_niqe([picture()])
    with pytest.raises(DdsrError, match=r"NIQE fit: 0 sharp blocks"):
        niqe_fit.fit_niqe([])


def test_another_file_is_no_model(tmp_path):
    (tmp_path / "m.npz").write_bytes(b"no")
    with pytest.raises(DdsrError, match=r"m.npz: no fitted NIQE model; make one with 'ddsr-bench metrics fit niqe"):
        niqe_fit.load_model(tmp_path / "m.npz")
    np.savez(tmp_path / "n.npz", mean=np.zeros(3), covariance=np.eye(3))
    with pytest.raises(DdsrError, match=r"n.npz: a model of 3 features, NIQE has 36"):
        niqe_fit.load_model(tmp_path / "n.npz")


def test_the_shipped_model_is_not_the_official_one(shared, tmp_path, monkeypatch):
    monkeypatch.setenv("DDSR_BENCH_HOME", str(tmp_path))
    models.adopt(shared / "data" / "params", "niqe")
    fitted, official = niqe_fit.load_model(niqe_fit.SHIPPED), models.load_niqe()
    assert niqe_fit.METRIC.name == "niqe-fit"
    assert not np.allclose(fitted.mean, official.mean, rtol=0.01)
    assert np.linalg.eigvalsh(fitted.covariance)[0] > 1e-7


def test_scores_of_the_authors(shared, tmp_path, monkeypatch):
    """Within 0.5 % of the official MATLAB values (absolute .02 near zero)."""
    monkeypatch.setenv("DDSR_BENCH_HOME", str(tmp_path))
    models.adopt(shared / "data" / "params", "niqe")
    folder = Path(os.environ.get("DDSR_BENCH_CALIBRATION", shared / "data" / "calibration"))
    with (folder / "official_scores.csv").open(newline="") as file:
        official = next(row for row in csv.DictReader(file) if row["Method"] == "niqe")
    for name in set(official) - {"Method"}:
        rgb = cv2.imread(str(folder / name))[..., ::-1]
        got = niqe.METRIC.start().add(Frames(rgb[None]), None)
        assert got == pytest.approx(float(official[name]), rel=0.005, abs=0.02)
