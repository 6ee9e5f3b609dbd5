"""Scores of whole videos, and how they agree with what is known."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import pearsonr, spearmanr

from ddsr_bench.quality.rw_vsr_qa.network import RwVsrQa, Shape
from ddsr_bench.train.rw_vsr_qa.cache import Fragments
from ddsr_bench.train.rw_vsr_qa.judge import agreement, pair_share, video_score, video_scores
from ddsr_bench.train.rw_vsr_qa.samples import Sample
from ddsr_bench.train.rw_vsr_qa.task import watched


def sample(name, label, group, rated=True):
    return Sample(name, Path(name), group, group, label, rated, "simulated" if rated else "order")


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return RwVsrQa(Shape(4, 8)).eval()


def fragments(keys, seed=0):
    patches = np.random.default_rng(seed).integers(0, 256, (keys, 5, 4, 64, 64), np.uint8)
    return Fragments(patches, 3)


def test_a_videos_score_is_the_mean_over_all_key_frames(network):
    held = fragments(9)
    with torch.no_grad():
        frames = network(torch.from_numpy(held.patches)[None], held.native).frames
    assert frames.shape == (1, 9)
    assert video_score(network, held) == pytest.approx(float(frames.mean()), abs=1e-5)
    samples = [sample(str(k), 1.0, "a") for k in range(2)]
    clips = {"0": fragments(1), "1": fragments(2, 1)}
    found = video_scores(network, samples, lambda one: clips[one.id])
    assert found == [video_score(network, clips["0"]), video_score(network, clips["1"])]


def test_agreement_is_what_scipy_and_counting_say():
    rng = np.random.default_rng(3)
    labels, scores = rng.normal(size=24).round(1), rng.normal(size=36).round(1)
    rated = [sample(f"r{k}", label, f"in{k // 4}") for k, label in enumerate(labels)]
    ladders = [sample(f"l{k}", -float(k % 4), f"ladder{k // 4}", False) for k in range(12)]
    found = agreement([*rated, *ladders], list(scores), gap=0.2)
    assert found["srocc"] == pytest.approx(spearmanr(labels, scores[:24]).statistic)
    assert found["plcc"] == pytest.approx(pearsonr(labels, scores[:24]).statistic)
    right = count = 0
    for first, second in itertools.permutations(range(24), 2):
        if first // 4 == second // 4 and labels[first] - labels[second] > 0.2:
            count += 1
            right += (scores[first] > scores[second]) + 0.5 * (scores[first] == scores[second])
    assert found["pairs"] == pytest.approx(right / count)
    pairs = [(24 + 4 * k + a, 24 + 4 * k + b) for k in range(3) for a, b in itertools.combinations(range(4), 2)]
    inorder = [(scores[a] > scores[b]) + 0.5 * (scores[a] == scores[b]) for a, b in pairs]
    assert found["ladder_pairs"] == pytest.approx(np.mean(inorder))


def test_what_there_is_none_of_is_left_out():
    ladder = [sample(str(k), -float(k), "a", False) for k in range(3)]
    assert agreement(ladder, [3.0, 2.0, 1.0]) == {"ladder_pairs": 1.0}
    alone = [sample(str(k), float(k), f"in{k}") for k in range(3)]
    assert set(agreement(alone, [1.0, 2.0, 3.0])) == {"srocc", "plcc"}
    assert pair_share([(sample("a", 1.0, "x"), 0.0), (sample("b", 1.05, "x"), 1.0)], 0.1) is None
    assert pair_share([(sample("a", 1.0, "x"), 1.0), (sample("b", 2.0, "x"), 1.0)], 0.1) == 0.5


def test_constant_scores_agree_with_nothing():
    found = agreement([sample(str(k), float(k), "in") for k in range(4)], [1.0] * 4)
    assert math.isnan(found["srocc"])
    assert found["pairs"] == 0.5


def test_what_is_watched():
    values = {"srocc": 0.8, "plcc": 0.1, "pairs": 0.6, "ladder_pairs": 0.7}
    assert watched(values, "both") == pytest.approx(0.7)
    assert watched(values, "srocc") == 0.8
    assert watched(values, "pairs") == pytest.approx(0.65)
    assert watched({"ladder_pairs": 0.7}, "srocc") == 0.7
    assert math.isnan(watched({}, "both"))
    assert math.isnan(watched({"srocc": math.nan, "pairs": 0.5}, "both"))
