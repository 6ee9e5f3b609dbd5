"""``srq-fr``: the model's arithmetic, its bounds, ladders that lead down, and the study that it was fitted to."""

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from ddsr_bench.data.scenes import make_scene, render_clip
from ddsr_bench.quality.catalogue import get_metric
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.srq_fr import FEATURES, MOTION, Model, load_model, missing_parts, score

needs_ffmpeg = pytest.mark.skipif(
    importlib.util.find_spec("imageio_ffmpeg") is None,
    reason="imageio-ffmpeg is absent; pip install 'ddsr-bench[vmaf]'",
)


def test_a_perfect_copy_has_the_sources_score():
    perfect = np.ones((3, len(FEATURES)))
    np.testing.assert_allclose(score(perfect, np.array([0.0, 5.0, 99.0])), load_model().perfect, atol=1e-12)
    assert 4.0 <= load_model().perfect <= 4.5


def test_the_arithmetic_by_hand():
    model = Model(np.arange(11.0), np.full(10, 0.5), (1.0, 4.0), 3.0)
    features = np.ones((1, 10))
    features[0, 0], features[0, 9] = 0.8, 0.3
    parts = missing_parts(features, np.array([9.0]), model)[0]
    np.testing.assert_allclose(parts, [0.2, 0, 0, 0, 0, 0, 0, 0, 0, 0.5, 0.8])
    # perfect 3 is the middle of the curve; the weighted sum is 9 * .5 + 10 * .8
    expected = 1 + 4 / (1 + np.exp(12.5))
    assert score(features, np.array([9.0]), model)[0] == pytest.approx(expected)


def test_scores_are_bounded_whatever_comes():
    rng = np.random.default_rng(0)
    features = rng.normal(0.5, 3, (2000, len(FEATURES)))
    scores = score(features, rng.uniform(-9, 99, 2000))
    assert (scores > 1).all()
    assert (scores < 5).all()


def test_the_study_is_reproduced(shared):
    data = pd.read_csv(shared / "data" / "predictions" / "sr_video_222_libvmaf_features_mos.csv")
    predicted = score(data[list(FEATURES)].to_numpy(), data[MOTION].to_numpy())
    rated = (data["method"] != "source").to_numpy()
    assert spearmanr(predicted[rated], data["mos"][rated]).statistic > 0.87
    within = [spearmanr(predicted[rows], data["mos"].to_numpy()[rows]).statistic
              for rows in data[rated].groupby("source_id").indices.values()]  # fmt: skip
    assert len(within) == 6
    assert 4.0 < predicted[~rated].mean() < 4.5


def test_the_fit_holds_for_sources_it_has_not_seen(shared, monkeypatch):
    monkeypatch.setenv("DDSR_BENCH_SHARED", str(shared))
    script = Path(__file__).parents[2] / "reports" / "srq-fr" / "fit.py"
    spec = importlib.util.spec_from_file_location("fit_srq_fr", script)
    fitting = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fitting)
    data, ladders = fitting.read(), pd.read_csv(script.with_name("ladders.csv"))
    model = fitting.ranges(data)
    parts, steps = fitting.parts_of(data, model), fitting.ladder_steps(ladders, fitting.parts_of(ladders, model))
    predicted = fitting.held_out(data, parts, steps, fitting.RIDGE, fitting.LADDERS, ["source_id"])
    pooled, within, pairs, count = fitting.figures(data, predicted)
    assert pooled >= 0.82
    assert within >= 0.86
    assert pairs >= 0.78
    assert count == 204
    # What ships is what the script finds.
    weights = fitting.fit(parts, data["mos"].to_numpy(), steps)
    shipped = load_model()
    np.testing.assert_allclose(parts @ weights, parts @ shipped.weights, atol=0.02)
    np.testing.assert_array_equal(model.most, shipped.most)
    assert model.motion == shipped.motion
    # Each kind of ladder leads from the perfect copy downwards, on the mean over its clips.
    scores = ladders.assign(score=fitting.predict(fitting.parts_of(ladders, model), shipped.weights))
    for kind, rungs in scores.groupby("kind"):
        means = [shipped.perfect, *rungs.groupby("level")["score"].mean()]
        assert (np.diff(means) < 0).all(), kind


@pytest.fixture(scope="module")
def sharp():
    scene = make_scene("text", seed=1, width=256, height=192)
    return np.stack(list(render_clip(scene, frames=4)))


def run(clip, sharp):
    scorer = get_metric("srq-fr").start()
    scorer.add(Frames(clip[:3]), Frames(sharp[:3]))
    scorer.add(Frames(clip[3:], 3), Frames(sharp[3:], 3))
    return float(scorer.finish()[0])


@needs_ffmpeg
def test_ladders_lead_down(sharp):
    perfect = run(sharp, sharp)
    assert perfect == pytest.approx(load_model().perfect, abs=0.02)
    blur = [run(np.stack([cv2.GaussianBlur(frame, (0, 0), s) for frame in sharp]), sharp) for s in (1.2, 2.0, 4.0)]
    rng = np.random.default_rng(2)
    noise = [run(np.clip(sharp + rng.normal(0, s, sharp.shape), 0, 255).astype(np.uint8), sharp) for s in (5, 15, 40)]
    for ladder in (blur, noise):
        assert perfect > ladder[0] > ladder[1] > ladder[2]


@needs_ffmpeg
def test_features_mean_what_the_study_calls_them(sharp):
    from ddsr_bench.quality.srq_fr import SrqScorer

    scorer = SrqScorer()
    scorer.add(Frames(sharp), Frames(sharp))
    means = dict(zip((*FEATURES, MOTION), scorer.means(), strict=True))
    for name in FEATURES:
        assert means[name] == pytest.approx(1, abs=0.05), name
    assert 0.5 < means[MOTION] < 40
