"""The statistics against their definitions in NumPy and OpenCV, and against GM-LOG as the metric computes it."""

import cv2
import numpy as np
import pytest
import torch

from ddsr_bench.quality.gm_log_maps import BINS, joint_bins
from ddsr_bench.quality.metrics.gm_log import gm_log_features, independency
from ddsr_bench.quality.rw_vsr_qa.network_statistics import STATISTICS, gm_log, statistics
from ddsr_bench.seeding import generator

NATIVE = 5


def patches(count=7):
    rng = generator("statistics test", count)
    soft = [
        cv2.GaussianBlur(rng.uniform(0, 255, (64, 64, 4)).astype(np.float32), (0, 0), 1 + k / 3) for k in range(count)
    ]
    sharp = [128 + 5 * (one - one.mean()) + rng.normal(0, 2, one.shape) for one in soft]
    return np.clip(np.stack(sharp), 0, 255).astype(np.uint8).transpose(0, 3, 1, 2)


def of(given, native=NATIVE):
    return statistics(torch.from_numpy(given)[None].float(), native)[0].numpy()


def blocks(planes):
    cut = planes.reshape(len(planes), 8, 8, 8, 8).transpose(0, 1, 3, 2, 4)
    return cut.reshape(-1, 64)


def levels(luma, change):
    """Twenty levels of one scale, by definition."""
    contrast, moving = blocks(luma).std(1), blocks(change).std(1)
    order = np.argsort(contrast, kind="stable")
    quarter = len(order) // 4
    flat, busy = order[:quarter], order[-quarter:]
    laplacian = np.stack([cv2.Laplacian(one, cv2.CV_32F) for one in luma])
    sharp = np.log((blocks(laplacian).std(1) + 0.05) / (contrast + 0.05))
    drift = np.abs(blocks(change).mean(1))
    step = np.diff(luma, axis=2)
    return [
        *np.log(np.quantile(contrast, [0.05, 0.1, 0.25, 0.5, 0.75, 0.9]) + 0.05),
        *(np.log(moving[order[k * quarter : (k + 1) * quarter]].mean() + 0.05) for k in range(4)),
        *np.log(np.quantile(moving, [0.1, 0.5, 0.9]) + 0.05),
        np.log(drift[flat].mean() + 0.05),
        np.log(drift[busy].mean() + 0.05),
        sharp[flat].mean(),
        sharp[busy].mean(),
        np.quantile(sharp, 0.9),
        np.log(np.abs(step).mean() + 0.05),
        np.log((step**4).mean() / ((step**2).mean() ** 2 + 1e-3) + 1e-3),
    ]


def histogram(planes):
    counts = sum(np.bincount(joint_bins(np.ascontiguousarray(one)).ravel(), minlength=BINS**2) for one in planes)
    return independency(counts.reshape(1, BINS, BINS).astype(np.float64))[0]


def test_they_are_what_their_definitions_say():
    given = patches()
    luma = np.tensordot(given[:, :3].astype(np.float32), np.array([0.299, 0.587, 0.114], np.float32), ((1,), (0,)))
    change = (given[:, 3].astype(np.float32) - 128) / 2
    native, half = slice(0, NATIVE), slice(NATIVE, None)
    colours = given[:, :3].astype(np.float32)
    frame = [
        luma.mean() / 64,
        luma.std() / 64,
        (luma < 8).mean(),
        (luma > 247).mean(),
        (colours.max(1) - colours.min(1)).mean() / 64,
    ]
    expected = [
        *histogram(luma[native]),
        *histogram(luma[half]),
        *histogram(4 * change[native] + 128),
        *histogram(4 * change[half] + 128),
        *levels(luma[native], change[native]),
        *levels(luma[half], change[half]),
        *frame,
    ]
    found = of(given)
    assert found.shape == (STATISTICS,) == (len(expected),)
    # A sample at the edge of a bin may fall to either side: single precision.
    assert found == pytest.approx(np.array(expected), abs=2e-3)
    assert np.abs(found - expected).mean() < 2e-5


def test_gm_log_of_one_patch_is_that_of_the_metric():
    planes = patches()[:, 0].astype(np.float32)
    found = gm_log(torch.from_numpy(planes)[:, None]).numpy()
    assert found == pytest.approx(gm_log_features(planes), abs=1e-3)


def test_frames_do_not_touch_one_another_and_order_does_not_matter():
    one, other = patches(), patches()[:, :, ::-1].copy()
    both = statistics(torch.from_numpy(np.stack([one, other])).float(), NATIVE).numpy()
    assert both[0] == pytest.approx(of(one), abs=1e-5)
    assert both[1] == pytest.approx(of(other), abs=1e-5)
    turned = one[[3, 1, 0, 4, 2, 6, 5]]
    assert of(turned) == pytest.approx(of(one), abs=1e-4)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_flat_patches_have_finite_statistics(value):
    assert np.isfinite(of(np.full((5, 4, 64, 64), value, np.uint8), 4)).all()


def test_noise_in_flat_places_shows():
    still = np.full((7, 4, 64, 64), 128, np.uint8)
    noisy = still.copy()
    noisy[:, 3] = np.clip(128 + generator("noise").normal(0, 8, (7, 64, 64)), 0, 255).astype(np.uint8)
    # The sixth to ninth level of native patches: change from the flattest to the busiest quarter.
    assert (of(noisy)[166:170] - of(still)[166:170] > 3).all()
