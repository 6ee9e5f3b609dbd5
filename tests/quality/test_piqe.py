"""PIQE: official figures, MATLAB's definition by the letter, closed forms, odd frames."""

import csv
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import correlate

from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metrics.piqe import METRIC, piqe_blocks, piqe_scores


def run(pictures):
    return METRIC.start().add(Frames(np.asarray(pictures)), None)


def texture(height, width, seed=0, sigma=0.7):
    """Grey levels, float64 (H, W), with a flat, a blocky and a smooth part where there is room."""
    rng = np.random.default_rng(seed)
    plane = 128 + 60 * cv2.GaussianBlur(rng.normal(0, 1, (height, width)), (0, 0), sigma)
    plane[: height // 4] = 90
    plane[height // 2 :] = cv2.GaussianBlur(plane[height // 2 :], (0, 0), 3)
    blocky = plane[:, width // 2 :]
    blocky[:, ::8] = blocky[:, :1]
    return np.clip(np.rint(plane), 0, 255)


def by_letter(plane):
    """MATLAB's ``piqe``, block by block, edge by edge, in float64: score and the three decisions on each block."""
    plane = np.pad(plane, [(0, -side % 16) for side in plane.shape], "edge")
    x = np.arange(-3, 4)
    window = np.exp(-(x[:, None] ** 2 + x[None] ** 2) / 2 / (7 / 6) ** 2)
    window /= window.sum()
    mean = correlate(plane, window, mode="nearest")
    sigma = np.sqrt(np.abs(correlate(plane * plane, window, mode="nearest") - mean**2))
    normal = (plane - mean) / (sigma + 1)
    decisions, total = [], 0.0
    for top in range(0, plane.shape[0], 16):
        for left in range(0, plane.shape[1], 16):
            block = normal[top : top + 16, left : left + 16]
            variance = block.var(ddof=1)
            if not variance > 0.1:
                decisions.append((False, False, False))
                continue
            edges = (block[0], block[:, 15], block[15], block[:, 0])
            segments = [edge[start : start + 6] for edge in edges for start in range(11)]
            impaired = any(segment.std(ddof=1) < 0.1 for segment in segments)
            centre = np.concatenate([block[:, 7], block[:, 8]])
            surround = np.delete(np.delete(block, 7, axis=1), 8, axis=1)
            ratio = centre.std(ddof=1) / surround.std(ddof=1)
            beta = abs(np.sqrt(variance) - ratio) / max(np.sqrt(variance), ratio)
            noisy = np.sqrt(variance) > 2 * beta
            total += impaired * (1 - variance) + noisy * variance
            decisions.append((True, impaired, noisy))
    active = sum(decision[0] for decision in decisions)
    return 100 * (total + 1) / (active + 1), decisions


def test_official_figures(shared):
    """Within .01 of MATLAB's figures, which have two decimals."""
    folder = Path(os.environ.get("DDSR_BENCH_CALIBRATION", shared / "data" / "calibration"))
    with (folder / "official_scores.csv").open() as file:
        official = next(row for row in csv.DictReader(file) if row.pop("Method") == "piqe")
    files = [name for name in official if (folder / name).is_file()]
    assert files
    for name in files:
        score = run(cv2.imread(str(folder / name))[None, ..., ::-1])
        assert score == pytest.approx([float(official[name])], abs=0.01)


@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 99), st.sampled_from([0.3, 0.7, 1.5]))
@settings(max_examples=60, deadline=None)
def test_follows_matlab_by_the_letter(height, width, seed, sigma):
    plane = texture(height, width, seed, sigma)
    score, decisions = by_letter(plane)
    blocks = piqe_blocks(plane)
    found = zip(blocks.active.ravel(), blocks.impaired.ravel(), blocks.noisy.ravel(), strict=True)
    assert [tuple(map(bool, decision)) for decision in found] == decisions
    assert blocks.score == pytest.approx(score, abs=1e-9)


def test_the_letter_meets_every_kind_of_block():
    """So that the test above tests something."""
    kinds = {decision for seed in range(5) for decision in by_letter(texture(90, 90, seed))[1]}
    assert {(False, False, False), (True, True, False), (True, False, True), (True, True, True)} <= kinds


@pytest.mark.parametrize("value", [0, 77, 255])
@pytest.mark.parametrize("shape", [(1, 1), (8, 8), (17, 40), (720, 1280)])
def test_flat_pictures_score_100(value, shape):
    assert run(np.full((1, *shape, 3), value, np.uint8)).tolist() == [100]


def test_blocks_of_known_kind():
    """Noise is noisy; noise with a flat piece of edge is impaired as well; a ramp is not active."""
    rng = np.random.default_rng(0)
    plane = 2.0 * np.indices((48, 48))[1]
    plane[:16, :16] = rng.integers(0, 256, (16, 16))
    plane[32:, 32:] = rng.integers(0, 256, (16, 16))
    plane[36:, 28:38] = 100
    blocks = piqe_blocks(plane)
    assert (blocks.active[0, 0], blocks.noisy[0, 0], blocks.impaired[0, 0]) == (True, True, False)
    assert (blocks.active[2, 2], blocks.impaired[2, 2]) == (True, True)
    assert not blocks.active[1, 1]


def test_a_checker_of_single_pixels():
    """Every block is the same: variance v of coefficients +-c, wholly noisy, unimpaired: 100 (n v + 1) / (n + 1)."""
    checker = 255.0 * (np.indices((160, 160)).sum(axis=0) % 2)
    blocks = piqe_blocks(checker)
    inner = blocks.variance[1:-1, 1:-1]
    assert np.ptp(inner) < 1e-12
    assert blocks.noisy.all()
    assert not blocks.impaired.any()
    assert blocks.score == pytest.approx(100 * (blocks.variance.sum() + 1) / 101)


@given(st.integers(0, 50), st.integers(-40, 40))
@settings(max_examples=20, deadline=None)
def test_brightness_changes_nothing(seed, change):
    plane = 60 + texture(50, 70, seed) / 3
    plane = np.rint(plane)
    assert piqe_scores((plane + change)[None]) == pytest.approx(piqe_scores(plane[None]), abs=1e-9)


def test_batches_and_precision_change_nothing():
    rgb = np.random.default_rng(0).integers(0, 256, (3, 50, 70, 3), dtype=np.uint8)
    together = run(rgb)
    assert [run(picture[None])[0] for picture in rgb] == together.tolist()
    gray = Frames(rgb).plane("gray")
    assert np.array_equal(piqe_scores(gray), piqe_scores(gray.astype(np.float64)))


def test_jpeg_and_noise_score_higher():
    rng = np.random.default_rng(0)
    sharp = cv2.GaussianBlur(rng.uniform(0, 255, (256, 256)).astype(np.float32), (0, 0), 1.2)
    sharp = np.clip((sharp - 127) * 4 + 127, 0, 255).astype(np.uint8)
    coded = cv2.imdecode(cv2.imencode(".jpg", sharp, [cv2.IMWRITE_JPEG_QUALITY, 5])[1], cv2.IMREAD_GRAYSCALE)
    noisy = np.clip(sharp + rng.normal(0, 25, sharp.shape), 0, 255).astype(np.uint8)
    scores = piqe_scores(np.stack([sharp, coded, noisy]).astype(np.float32))
    assert scores[1] > scores[0]
    assert scores[2] > scores[0]
