"""ILNIQE: official figures, its release's code by the letter, each part alone, odd frames, error texts."""

import csv
import os
from pathlib import Path

import cv2
import ilniqe_by_letter as letter
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.signal import convolve2d
from threadpoolctl import threadpool_limits

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality import ilniqe_fits, nss_fit
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.ilniqe_features import block_features, ilniqe_features
from ddsr_bench.quality.ilniqe_filters import derivatives, log_gabor_responses
from ddsr_bench.quality.ilniqe_fit import fit_ilniqe, load_template, save_template
from ddsr_bench.quality.ilniqe_model import TEMPLATE, Template, distance, read_template
from ddsr_bench.quality.ilniqe_picture import imresize_bytes, standard_planes
from ddsr_bench.quality.metrics.ilniqe import METRIC, ilniqe_scores
from ddsr_bench.weights import use_file


def scene(height=300, width=400, seed=0, flat=False):
    """Texture of several widths, with a flat part if wanted; uint8 (H, W, 3)."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 1, (height, width, 3)).astype(np.float32)
    picture = 120 + sum(cv2.GaussianBlur(noise, (0, 0), sigma) * gain for sigma, gain in ((0.6, 30), (4, 300)))
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if flat:
        # In four blocks, but in none as a whole.
        picture[height // 4 : 2 * height // 5, width // 4 : 2 * width // 5] = (200, 30, 90)
    return picture


def random_template(seed=0, axes=20):
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(axes, axes))
    basis = np.linalg.qr(rng.normal(size=(468, axes)))[0]
    return Template(rng.normal(size=axes), mixed @ mixed.T + np.eye(axes), rng.normal(size=468), basis)


@pytest.fixture(scope="session")
def template(shared):
    """The authors' model."""
    return read_template(shared / "data" / "params" / "ilniqe_templateModel.mat")


def test_official_figures(shared, template):
    """Within .5 % of what the authors' program gave."""
    folder = Path(os.environ.get("DDSR_BENCH_CALIBRATION", shared / "data" / "calibration"))
    with (folder / "official_scores.csv").open() as file:
        official = next(row for row in csv.DictReader(file) if row.pop("Method") == "ilniqe")
    files = [name for name in official if (folder / name).is_file()]
    assert files
    pictures = np.stack([cv2.imread(str(folder / name))[..., ::-1] for name in files])
    expected = np.array([float(official[name]) for name in files])
    assert ilniqe_scores(pictures, template) == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize("flat", [False, True])
def test_score_and_features_are_those_of_the_release_by_the_letter(template, flat):
    picture = scene(flat=flat)
    planes = standard_planes(picture)
    features = letter.features(planes, range(36))
    # Shapes are entries of a grid of .001, which single precision may leave by one; scales follow them.
    assert block_features(planes) == pytest.approx(features, rel=1e-3, abs=1.1e-3)
    parts = (template.mean, template.covariance, template.centre, template.axes)
    assert ilniqe_scores(picture[None], template) == pytest.approx([letter.distance(features, *parts)], rel=1e-4)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 60), st.integers(0, 99))
@example(6, 7, 56, 1)  # sums of half a level: the last bit of a weight decides
@settings(max_examples=40, deadline=None)
def test_resized_bytes_are_matlabs_by_the_letter(height, width, size, seed):
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    expected = np.stack([letter.resize(picture[..., k], size) for k in range(3)], axis=-1)
    assert np.array_equal(imresize_bytes(picture, size), expected)


def test_resizing_rounds_after_each_axis():
    """A corner, doubled by hand: weights across its edge are .203, .797, 1.070, 1.023, 1."""
    picture = np.zeros((4, 4, 3), np.uint8)
    picture[2:, 2:] = 8
    doubled = imresize_bytes(picture, 8)[..., 0]
    assert doubled[7].tolist() == [0, 0, 0, 2, 6, 9, 8, 8]
    # Upright first: 1.625 becomes 2 there, then .797 * 2 becomes 2; .797 * 1.625 would become 1.
    assert doubled[3].tolist() == [0, 0, 0, 0, 2, 2, 2, 2]


def test_weibull_fit_is_scipys():
    rng = np.random.default_rng(0)
    shapes = np.array([0.4, 1.0, 1.7, 3.0])
    samples = 7.5 * rng.weibull(shapes, (20, 30, 4)).transpose(2, 0, 1)
    expected = [stats.weibull_min.fit(sample.ravel(), floc=0)[::2] for sample in samples]
    scale, shape = ilniqe_fits.weibull_fit(samples)
    assert np.stack([shape, scale], axis=1) == pytest.approx(np.array(expected), rel=1e-4)
    single = ilniqe_fits.weibull_fit(samples.astype(np.float32))
    assert np.stack(single) == pytest.approx(np.stack([scale, shape]), rel=1e-5)


@given(st.floats(0.05, 20), st.floats(-30, 30), st.integers(0, 50))
@settings(max_examples=50, deadline=None)
def test_weibull_fit_solves_the_likelihood_equation(shape, log_scale, seed):
    samples = np.exp(log_scale + np.log(np.random.default_rng(seed).weibull(shape, (1, 15, 20)) + 1e-300))
    (scale,), (found,) = ilniqe_fits.weibull_fit(samples)
    logs = np.log(samples)
    weights = np.exp(found * (logs - logs.max()))
    assert (weights * logs).sum() / weights.sum() - 1 / found == pytest.approx(logs.mean(), abs=1e-5 / found)
    assert np.mean(np.exp(found * (logs - np.log(scale)))) == pytest.approx(1, abs=1e-5)


def test_weibull_fit_of_a_flat_set_beside_others():
    rng = np.random.default_rng(1)
    samples = rng.weibull(2, (3, 10, 10))
    alone = ilniqe_fits.weibull_fit(samples[::2])
    samples[1] = 5.0
    scale, shape = ilniqe_fits.weibull_fit(samples)
    assert (scale[1], shape[1]) == (pytest.approx(5), np.inf)
    assert np.stack([scale[::2], shape[::2]]) == pytest.approx(np.stack(alone), rel=1e-7)


def test_block_moments_are_those_of_the_blocks():
    plane = np.random.default_rng(0).normal(0.1, 1, (60, 60)).astype(np.float32)
    plane[:10, :10], plane[10:20, :10] = 0, np.abs(plane[10:20, :10])
    expected = nss_fit.moments(ilniqe_fits.blocks(plane).reshape(36, -1))
    found = ilniqe_fits.block_moments(plane)
    for name in ("mean_abs", "mean_square", "left", "right"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-5, nan_ok=True)


@pytest.mark.parametrize("scale", [1, 2])
def test_derivatives_are_those_of_dense_windows(scale):
    plane = np.random.default_rng(0).normal(size=(30, 40))
    y, x = np.mgrid[-5:6, -5:6]
    bell = np.exp(-(x**2 + y**2) / 2 / (1.66 / scale**0.28) ** 2)
    for found, kernel in zip(derivatives(plane, scale), (x * bell, y * bell), strict=True):
        assert -found == pytest.approx(convolve2d(plane, kernel, "same"), abs=1e-12)


def test_responses_to_a_wave_follow_the_transfer_function():
    """A wave of amplitude 10 that runs to the right, 42 periods: each filter passes it as its formula says."""
    side, periods = 504, 42
    wave = np.tile(10 * np.cos(2 * np.pi * periods * np.arange(side) / side), (side, 1))
    for number, response in enumerate(log_gabor_responses(wave, 1)):
        index, orientation = divmod(number, 4)
        band = np.exp(-(np.log(2.4 * 1.31**index * periods / side) ** 2) / (2 * np.log(0.55) ** 2))
        there, back = (
            np.exp(-(apart**2) / (2 * (np.pi / 4 / 1.1) ** 2))
            for apart in (orientation * np.pi / 4, np.pi - orientation * np.pi / 4)
        )
        assert np.abs(response).max() == pytest.approx(5 * band * (there + back), rel=1e-9)
        assert np.abs(response).min() == pytest.approx(5 * band * abs(there - back), rel=1e-9)


def test_distance_is_the_mean_over_blocks():
    template = random_template()
    features = np.random.default_rng(1).normal(size=(36, 468))
    parts = (template.mean, template.covariance, template.centre, template.axes)
    assert distance(features, template) == pytest.approx(letter.distance(features, *parts), rel=1e-9)


def test_blocks_that_lack_features_are_put_at_the_mean_of_the_others():
    template = random_template()
    features = np.random.default_rng(1).normal(size=(36, 468))
    features[7, 100], features[8, 3] = np.nan, np.inf
    whole = np.delete(np.where(np.isinf(features), 1e4, features), 7, axis=0)
    projected = (whole - template.centre) @ template.axes
    inverse = np.linalg.inv((template.covariance + np.cov(projected, rowvar=False)) / 2)
    rows = np.vstack([projected, projected.mean(axis=0)]) - template.mean
    expected = np.sqrt(np.einsum("ij,jk,ik->i", rows, inverse, rows)).mean()
    assert distance(features, template) == pytest.approx(expected, rel=1e-6)


def test_without_any_block_the_authors_constants_count():
    template = random_template()
    apart = 2000 - template.mean
    expected = np.sqrt(apart @ np.linalg.inv((template.covariance + 2000) / 2) @ apart)
    assert distance(np.full((36, 468), np.nan), template) == pytest.approx(expected)


@pytest.mark.parametrize("value", [0, 100, 255])
def test_flat_pictures_have_one_score(template, value):
    """What the authors' constants lead to: sqrt(2 * 2000) to all but the model's own share."""
    flat = np.full((2, 50, 70, 3), value, np.uint8)
    assert ilniqe_scores(flat, template) == pytest.approx([63.2456] * 2, abs=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (8, 8), (97, 131), (524, 524), (1000, 3)])
def test_every_size_has_a_score(shape):
    picture = np.random.default_rng(0).integers(0, 256, (1, *shape, 3), dtype=np.uint8)
    assert np.isfinite(ilniqe_scores(picture, random_template())).all()


def test_pictures_with_black_and_flat_parts_have_a_score():
    checker = np.repeat((np.indices((200, 200)).sum(axis=0) % 2 * 255).astype(np.uint8)[..., None], 3, axis=2)
    letterbox = scene(200, 200)
    letterbox[:70] = letterbox[-70:] = 0
    grey = np.repeat(scene(200, 200)[..., :1], 3, axis=2)
    scores = ilniqe_scores(np.stack([checker, letterbox, grey]), random_template())
    assert np.isfinite(scores).all()


def test_batches_threads_and_memory_order_change_nothing():
    pictures, template = np.stack([scene(120, 90, seed) for seed in range(3)]), random_template()
    together = ilniqe_scores(pictures, template)
    with threadpool_limits(1):
        assert [ilniqe_scores(picture[None], template)[0] for picture in pictures] == pytest.approx(together, rel=1e-12)
    turned = np.asfortranarray(pictures)
    for _ in range(3):
        assert np.array_equal(ilniqe_features(turned[1]), ilniqe_features(pictures[1]))


def test_worse_pictures_score_higher(template):
    sharp = scene(524, 524)
    noisy = np.clip(sharp + np.random.default_rng(0).normal(0, 30, sharp.shape), 0, 255).astype(np.uint8)
    blurred = cv2.GaussianBlur(sharp, (0, 0), 3)
    scores = ilniqe_scores(np.stack([sharp, noisy, blurred]), template)
    assert scores[1] > scores[0]
    assert scores[2] > scores[0]


def test_only_bytes_are_taken():
    with pytest.raises(DdsrError, match=r"^ilniqe: pictures of float32; it is defined on 8-bit RGB, give uint8$"):
        ilniqe_scores(np.zeros((1, 8, 8, 3), np.float32), random_template())


def test_scorer_reads_the_stored_model(shared, template, tmp_path, monkeypatch):
    monkeypatch.setenv("DDSR_BENCH_HOME", str(tmp_path))
    with pytest.raises(DdsrError, match=r"ilniqe_templateModel.mat is not in the store; run 'ddsr-bench metrics fetch"):
        METRIC.start()
    use_file(TEMPLATE, shared / "data" / "params" / "ilniqe_templateModel.mat")
    picture = scene(90, 100)[None]
    assert np.array_equal(METRIC.start().add(Frames(picture), None), ilniqe_scores(picture, template))


def test_a_damaged_model_file_is_refused(tmp_path):
    path = tmp_path / "model.mat"
    path.write_bytes(b"MATLAB 5.0 MAT-file" + bytes(200))
    with pytest.raises(DdsrError, match=r"model.mat: no MATLAB file with a templateModel of ILNIQE; fetch it again$"):
        read_template(path)


@pytest.mark.slow
def test_fitted_model_tells_sharp_pictures_from_blurred_ones(tmp_path):
    pictures = [scene(524, 524, seed) for seed in range(16)]
    fitted = fit_ilniqe(pictures)
    assert fitted.axes.shape == (468, 430)
    assert fitted.axes.T @ fitted.axes == pytest.approx(np.eye(430), abs=1e-9)
    assert fitted.mean == pytest.approx(np.zeros(430), abs=1e-6)
    save_template(tmp_path / "own.npz", fitted, "noise")
    other = scene(524, 524, 99)
    scores = ilniqe_scores(np.stack([other, cv2.GaussianBlur(other, (0, 0), 1)]), load_template(tmp_path / "own.npz"))
    assert scores[0] < 0.5 * scores[1]
    assert scores[0] == ilniqe_scores(other[None], fitted)[0]


def test_fitting_takes_more_blocks_than_features(tmp_path):
    with pytest.raises(DdsrError, match=r"^ILNIQE fit: 36 sharp blocks, more than 468 are needed"):
        fit_ilniqe([np.random.default_rng(0).integers(0, 256, (524, 524, 3), dtype=np.uint8)])
    np.savez(tmp_path / "other.npz", mean=np.zeros(3))
    with pytest.raises(DdsrError, match=r"other.npz: no fitted ILNIQE model; fit it again$"):
        load_template(tmp_path / "other.npz")
