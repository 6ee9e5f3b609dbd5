"""Scores of videos outside a run: those of the metric, and adapted ones."""

import numpy as np
import pytest
import torch

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.pooling import pool
from ddsr_bench.quality.runner import score_clip
from ddsr_bench.quality.rw_vsr_qa.adapt import Adaptation
from ddsr_bench.quality.rw_vsr_qa.checkpoint import Calibration, load_network, save_network
from ddsr_bench.quality.rw_vsr_qa.network import RwVsrQa, Shape
from ddsr_bench.quality.rw_vsr_qa.videos import key_patches, score_patches, score_videos
from ddsr_bench.quality.trained import trained_metric


@pytest.fixture
def weights(tmp_path):
    torch.manual_seed(0)
    save_network(RwVsrQa(Shape(4, 8)), tmp_path / "w.safetensors", Calibration(5.0, 3.0))
    return tmp_path / "w.safetensors"


@pytest.fixture
def clips(make_video):
    """Of 2 to 22 frames: too short for a key frame, one, and several with frames behind the last."""
    rng = np.random.default_rng(0)
    lengths = (2, 4, 14, 22)
    frames = [rng.integers(0, 256 - 8 * n, (n, 80, 72, 3), np.uint8) for n in lengths]
    return [make_video(f"c{n}.mkv", one) for n, one in zip(lengths, frames, strict=True)]


def test_scores_are_the_metric_s_from_the_file_and_from_patches(weights, clips):
    metric = trained_metric(f"rw-vsr-qa:{weights}")
    network, calibration = load_network(weights)
    found = score_videos(clips, weights=weights)
    for path, score in zip(clips, found, strict=True):
        scores = score_clip(path, [metric])
        assert score == pool(metric, scores.values[metric.name], fps=scores.fps)[metric.name]
        patches = key_patches(path)
        frames = len(scores.values[metric.name])
        assert score_patches(network, calibration, patches, frames=frames, fps=scores.fps) == pytest.approx(score)


def test_key_frames_are_spread_when_there_are_many(clips):
    every = key_patches(clips[3]).patches
    assert len(every) == 4
    some = key_patches(clips[3], 2).patches
    np.testing.assert_array_equal(some, every[[1, 3]])


def test_adapted_scores_differ_and_come_again(weights, clips):
    plain = score_videos(clips, weights=weights)
    settings = Adaptation(learning_rate=0.01)
    first, second = (score_videos(clips, adapt=True, weights=weights, settings=settings) for _ in range(2))
    assert first == second
    assert max(abs(a - b) for a, b in zip(plain, first, strict=True)) > 1e-4
    assert score_videos(clips, weights=weights) == plain


def test_faults_are_told(weights, tmp_path):
    (tmp_path / "bad.mkv").write_bytes(b"nothing")
    with pytest.raises(DdsrError, match=r"bad\.mkv"):
        score_videos([tmp_path / "bad.mkv"], weights=weights)
    with pytest.raises(DdsrError, match=r"gone: no such file"):
        score_videos([], weights=tmp_path / "gone")
