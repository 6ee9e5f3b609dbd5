"""BRISQUE against its authors' scores, and against its definition written out."""

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
from ddsr_bench.quality.metrics import brisque, brisque_features

SHAPES = 0.2 + 0.001 * np.arange(9801)


def picture(height=120, width=161, seed=0):
    noise = np.random.default_rng(seed).normal(size=(height, width, 3))
    sharp = ndimage.gaussian_filter(noise, (1, 1, 0)) / 0.28 + ndimage.gaussian_filter(noise, (9, 9, 0)) * 9
    return np.clip(np.rint(120 + 40 * sharp), 0, 255).astype(np.uint8)


def slow_pair(x):
    ratios = gamma(2 / SHAPES) ** 2 / (gamma(1 / SHAPES) * gamma(3 / SHAPES))
    left, right = np.sqrt(np.mean(x[x < 0] ** 2)), np.sqrt(np.mean(x[x > 0] ** 2))
    skew = left / right
    ratio = np.mean(np.abs(x)) ** 2 / np.mean(x**2) * (skew**3 + 1) * (skew + 1) / (skew**2 + 1) ** 2
    alpha = SHAPES[np.argmin((ratios - ratio) ** 2)]
    factor = np.sqrt(gamma(1 / alpha) / gamma(3 / alpha))
    return [alpha, (right - left) * gamma(2 / alpha) / gamma(1 / alpha) * factor, left**2, right**2]


def slow_features(plane):
    """brisque_feature.m with a dense window that sees zeros beyond the border."""
    y, x = np.mgrid[-3:4, -3:4]
    window = np.exp(-(x**2 + y**2) / (2 * (7 / 6) ** 2))
    window /= window.sum()
    ratios = gamma(1 / SHAPES) * gamma(3 / SHAPES) / gamma(2 / SHAPES) ** 2
    features = []
    for _ in range(2):
        mean = ndimage.correlate(plane, window, mode="constant")
        deviation = np.sqrt(np.abs(ndimage.correlate(plane**2, window, mode="constant") - mean**2))
        coefficients = (plane - mean) / (deviation + 1)
        square = np.mean(coefficients**2)
        features += [SHAPES[np.argmin(np.abs(square / np.mean(np.abs(coefficients)) ** 2 - ratios))], square]
        for shift in ((0, 1), (1, 0), (1, 1), (-1, 1)):
            features += slow_pair(coefficients * np.roll(coefficients, shift, (0, 1)))
        plane = imresize(plane[None], 0.5)[0]
    return np.array(features)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 3e-3), (np.float64, 1e-4)])
@pytest.mark.parametrize("shape", [(120, 161), (37, 40), (300, 1201)])
def test_features_are_the_definition(dtype, tolerance, shape):
    plane = Frames(picture(*shape)[None]).plane("gray")
    got = brisque.brisque_features(plane.astype(dtype))
    assert got.shape == (1, 36)
    np.testing.assert_allclose(got[0], slow_features(plane[0].astype(np.float64)), rtol=tolerance, atol=1e-6)


def test_columns_and_values_of_the_feature_metric():
    frames = Frames(np.stack([picture(seed=seed) for seed in range(3)]))
    got = brisque_features.METRIC.start().add(frames, None)
    assert brisque_features.METRIC.columns[:2] + brisque_features.METRIC.columns[-1:] == ("f00", "f01", "f35")
    assert got.shape == (3, len(brisque_features.METRIC.columns))
    alone = [brisque.brisque_features(plane[None])[0] for plane in frames.plane("gray")]
    assert np.array_equal(got, alone)


def test_transposed_pictures_swap_the_horizontal_and_vertical_columns():
    plane = Frames(picture(96, 96)[None]).plane("gray").astype(np.float64)
    there, back = (brisque.brisque_features(p) for p in (plane, plane.transpose(0, 2, 1)))
    for scale in (0, 18):
        horizontal, vertical = (np.s_[:, scale + first : scale + first + 4] for first in (2, 6))
        np.testing.assert_allclose(there[horizontal], back[vertical], rtol=1e-9)
        np.testing.assert_allclose(there[:, scale + 10 : scale + 18], back[:, scale + 10 : scale + 18], rtol=1e-9)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (8, 8), (33, 65)])
@pytest.mark.parametrize("content", ["black", "white", "checker", "noise"])
def test_degenerate_frames_have_features(size, content):
    y, x = np.mgrid[: size[0], : size[1]]
    noise = np.random.default_rng(0).integers(0, 256, size)
    plane = {"black": x * 0, "white": x * 0 + 255, "checker": (y + x) % 2 * 255, "noise": noise}[content]
    features = brisque.brisque_features(plane[None].astype(np.float32))
    assert features.shape == (1, 36)
    assert np.isfinite(features).all()


def test_a_black_frame_has_no_variance():
    features = brisque.brisque_features(np.zeros((1, 20, 20), np.float32))
    assert features[0, [0, 1, 2, 3, 4, 5]].tolist() == [0.2, 0, 0.2, 0, 0, 0]


def test_without_the_authors_files_it_says_how_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setenv("DDSR_BENCH_HOME", str(tmp_path))
    with pytest.raises(DdsrError, match=r"'brisque': its parameter file brisque_allmodel .* metrics fetch brisque"):
        brisque.METRIC.start()


@pytest.fixture
def official(shared, tmp_path, monkeypatch):
    """Pictures with the authors' scores, the parameter files in the store."""
    monkeypatch.setenv("DDSR_BENCH_HOME", str(tmp_path))
    models.adopt(shared / "data" / "params", "brisque")
    folder = Path(os.environ.get("DDSR_BENCH_CALIBRATION", shared / "data" / "calibration"))
    with (folder / "official_scores.csv").open(newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["Method"] == "brisque")
    return {folder / name: float(score) for name, score in row.items() if name != "Method"}


def test_scores_of_the_authors(official):
    """Within 0.5 % of the MATLAB release (absolute .02 near zero); 3.5 % (absolute .6) where regions are flat."""
    for path, expected in official.items():
        rgb = cv2.imread(str(path))[..., ::-1]
        got = brisque.METRIC.start().add(Frames(rgb[None]), None)
        flat = np.mean(ndimage.maximum_filter(rgb[..., 1], 7) == ndimage.minimum_filter(rgb[..., 1], 7)) > 0.01
        tolerance = {"rel": 0.035, "abs": 0.6} if flat else {"rel": 0.005, "abs": 0.02}
        assert got == pytest.approx(expected, **tolerance)


def test_float32_moves_no_score_by_a_thousandth(official):
    model = models.load_brisque()
    for path in official:
        plane = Frames(cv2.imread(str(path))[None, ..., ::-1]).plane("gray")
        scores = [model.predict(brisque.brisque_features(plane.astype(dtype))) for dtype in (np.float32, np.float64)]
        assert scores[0] == pytest.approx(scores[1], abs=1e-3)
