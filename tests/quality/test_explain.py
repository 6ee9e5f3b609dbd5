"""Explanations of clips whose good and bad frames are known."""

import numpy as np
import pytest
import torch

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.explain import explain, frame_at
from ddsr_bench.quality.runner import score_clip
from ddsr_bench.quality.rw_vsr_qa.checkpoint import Calibration, save_network
from ddsr_bench.quality.rw_vsr_qa.fragments import SPAN
from ddsr_bench.quality.rw_vsr_qa.network import RwVsrQa, Shape
from ddsr_bench.quality.trained import trained_metric

OWN = """
def level(frames):
    return frames.mean(axis=(1, 2, 3))

def darkness(frames):
    return 255 - frames.mean(axis=(1, 2, 3))
level.higher_is_better = True
darkness.higher_is_better = False

def aimless(frames):
    return frames.mean(axis=(1, 2, 3))
"""


@pytest.fixture
def weights(tmp_path):
    """A small network's random weights."""
    torch.manual_seed(0)
    save_network(RwVsrQa(Shape(4, 8)), tmp_path / "w.safetensors", Calibration(5.0, 3.0))
    return tmp_path / "w.safetensors"


@pytest.fixture
def noisy(make_video):
    """Grey, with more noise from frame to frame; 13 frames."""
    rng = np.random.default_rng(0)
    frames = [np.clip(128 + t * 3 * rng.normal(size=(80, 96, 3)), 0, 255) for t in range(13)]
    return make_video("noisy.mkv", np.array(frames, np.uint8))


@pytest.mark.parametrize("name", ["level", "darkness"])
def test_the_worst_and_best_frames_are_found_whichever_way_is_better(name, make_video, tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    levels = [90, 40, 200, 120]
    clip = make_video("c.mkv", np.stack([np.full((20, 24, 3), level, np.uint8) for level in levels]))
    found = explain(clip, f"{tmp_path / 'own.py'}:{name}")
    assert (found.worst.frame, found.best.frame, found.frames) == (1, 2, (0, 1, 2, 3))
    assert found.places is None
    assert found.worst.places is None
    assert found.score == pytest.approx(found.values.mean())
    assert frame_at(clip, 2).mean() == 200


def test_the_curve_is_the_metric_s_own_and_places_add_up(weights, noisy):
    found = explain(noisy, f"rw-vsr-qa:{weights}")
    metric = trained_metric(f"rw-vsr-qa:{weights}")
    scores = score_clip(noisy, [metric])
    np.testing.assert_array_equal(found.values, scores.values[metric.name][:, 0])
    assert len(found.values) == 13
    assert {found.worst.frame, found.best.frame} <= {3, 9}
    assert found.worst.value == found.values.min() == found.values[found.worst.frame]
    assert found.best.value == found.values.max()
    for places in (found.worst.places, found.best.places, found.places):
        assert places.weights @ places.qualities == pytest.approx(places.score)
        assert len(places.boxes) == len(places.qualities)
    assert found.places.score == pytest.approx((found.worst.value + found.best.value) / 2)


def test_a_clip_shorter_than_a_key_frame_is_explained_too(weights, make_video):
    clip = make_video("short.mkv", np.full((1, 70, 70, 3), 99, np.uint8))
    assert SPAN > 1
    found = explain(clip, f"rw-vsr-qa:{weights}")
    assert (found.worst.frame, found.best.frame, len(found.values)) == (0, 0, 1)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("psnr", "compares with a sharp clip"),
        ("viideo", "has one value for the whole clip, none of its frames"),
        ("siti", "has 2 values for each frame"),
        ("OWN:aimless", "does not say whether higher is better"),
    ],
)
def test_what_has_no_worst_frame_is_told(name, reason, noisy, tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    name = name.replace("OWN", str(tmp_path / "own.py"))
    with pytest.raises(DdsrError) as error:
        explain(noisy, name)
    assert str(error.value) == f"metric {name!r}: {reason}, so no frame is the worst; explain another one, such as niqe"


def test_other_weights_are_refused_in_one_line(noisy, tmp_path):
    (tmp_path / "w.safetensors").write_bytes(b"nothing")
    with pytest.raises(DdsrError, match=r"w\.safetensors: not a safetensors file"):
        explain(noisy, f"rw-vsr-qa:{tmp_path / 'w.safetensors'}")
    with pytest.raises(DdsrError, match=r"gone: cannot read"):
        explain(noisy, f"rw-vsr-qa:{tmp_path / 'gone'}")
