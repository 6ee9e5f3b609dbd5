import itertools

import numpy as np
import pytest

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.catalogue import get_metric
from ddsr_bench.quality.pooling import hysteresis, pool
from ddsr_bench.quality.runner import score_frames
from ddsr_bench.quality.rw_vsr_qa.checkpoint import Calibration
from ddsr_bench.quality.rw_vsr_qa.fragments import KEY, SPAN
from ddsr_bench.quality.rw_vsr_qa.scorer import KeyFrames, bounded
from ddsr_bench.seeding import generator


def clip(count, height=96, width=128):
    base = generator("scorer").integers(0, 256, (height, width + count, 3), dtype=np.uint8)
    return [base[:, k : k + width].copy() for k in range(count)]


def values(frames, qa_weights, **how):
    scores = score_frames(frames, [get_metric(f"rw-vsr-qa:{qa_weights}")], **how)
    assert not scores.errors
    return scores.values["rw-vsr-qa-mine"][:, 0]


def keys(frames, qa_network):
    look = KeyFrames(qa_network, Calibration())
    return [one for one in map(look.add, frames) if one is not None]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 6, 7, 15, 20])
def test_each_frame_has_the_value_of_the_key_frame_that_speaks_for_it(count, qa_weights):
    found = values(clip(count), qa_weights)
    assert len(found) == count
    assert ((found >= 1) & (found <= 5)).all()
    last_key = max((k for k in range(count) if k % SPAN == KEY), default=None)
    for start in range(0, count, SPAN):
        stop = count if last_key is None or start >= last_key - KEY else start + SPAN
        assert len(set(found[start:stop].tolist())) == 1


def test_values_do_not_depend_on_batches_and_threads(qa_weights):
    frames = clip(20)
    reference = values(frames, qa_weights, batch=1, threads=1)
    assert len(set(reference.tolist())) == 3
    for batch, threads in ((5, 1), (7, 2), (20, 2)):
        assert values(frames, qa_weights, batch=batch, threads=threads).tolist() == reference.tolist()


def test_key_frames_tell_their_patches(qa_network):
    found = keys(clip(10), qa_network)
    assert [one.number for one in found] == [3, 9]
    for one in found:
        assert len(one.patches) == len(one.weights) == len(one.boxes)
        assert one.weights.sum() == pytest.approx(1, abs=1e-5)


def test_calibration_is_a_line_that_is_bounded(qa_network):
    frames = clip(4)
    plain = keys(frames, qa_network)[0]
    look = KeyFrames(qa_network, Calibration(2.0, 3.0))
    told = next(one for one in map(look.add, frames) if one is not None)
    assert told.patches == pytest.approx(3 + 2 * plain.patches, abs=1e-5)


def test_bounded_keeps_order_and_the_middle():
    assert [bounded(x) for x in (1.2, 2.5, 4.8)] == [1.2, 2.5, 4.8]
    wide = [bounded(x) for x in np.linspace(0.7, 5.3, 60)]
    assert all(a < b for a, b in itertools.pairwise(wide))
    assert wide[0] > 1
    assert wide[-1] < 5
    assert bounded(-50) == pytest.approx(1, abs=1e-9)


def test_it_is_pooled_as_people_remember(qa_weights):
    metric = get_metric(f"rw-vsr-qa:{qa_weights}")
    found = np.array([3.0] * 30 + [1.5] * 6 + [3.0] * 30)
    assert pool(metric, found[:, None], fps=25.0)["rw-vsr-qa-mine"] == pytest.approx(hysteresis(found, 25.0))
    assert pool(metric, found[:, None], fps=25.0)["rw-vsr-qa-mine"] < found.mean()


def test_own_weights_are_named_and_known_by_their_content(qa_weights, tmp_path):
    metric = get_metric(f"rw-vsr-qa:{qa_weights}")
    assert metric.name == "rw-vsr-qa-mine"
    assert len(metric.parameters["weights_sha256"]) == 64
    with pytest.raises(DdsrError, match=r"gone\.safetensors: cannot read \(No such file or directory\)"):
        get_metric(f"rw-vsr-qa:{tmp_path / 'gone.safetensors'}")


def test_features_are_for_weights_with_a_kernel_regression(qa_network):
    from ddsr_bench.quality.metrics.rw_vsr_qa_features import COLUMNS, METRIC, features_of

    with pytest.raises(DdsrError, match="rw-vsr-qa-features: the weights have no regression; train with"):
        features_of(keys(clip(4), qa_network)[0])
    found = score_frames(clip(9), [METRIC, get_metric("rw-vsr-qa")])
    assert not found.errors
    values = found.values["rw-vsr-qa-features"]
    assert values.shape == (9, len(COLUMNS))
    assert np.unique(values, axis=0).shape == (1, 48)
    assert found.values["rw-vsr-qa"].shape == (9, 1)
